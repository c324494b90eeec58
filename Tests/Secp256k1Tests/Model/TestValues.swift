import Primitives
import Secp256k1

extension SecretBytes {
    /// A secret of a test, which is none.
    init(hex: String) throws {
        var bytes = try Bytes(hex: hex)
        self.init(wiping: &bytes)
    }

    var hex: String { withUnsafeBytes { $0.hex } }
}

extension PrivateKey {
    /// The bytes are no key.
    struct Refused: Error {}

    /// A key of a test.
    init(hex: String) throws {
        guard let key = PrivateKey(secret: try SecretBytes(hex: hex)) else { throw Refused() }
        self = key
    }
}

extension Scalar {
    /// A number of a test below n.
    init(_ model: SlowInteger) {
        guard let scalar = Scalar(strict: model.bytes(32)) else { preconditionFailure("the number is not below n") }
        self = scalar
    }

    /// A uniform number below n.
    init(random: inout SeededRandom) {
        guard let scalar = Scalar(wide: random.publicBytes(64)) else { preconditionFailure("64 bytes are wide") }
        self = scalar
    }
}
