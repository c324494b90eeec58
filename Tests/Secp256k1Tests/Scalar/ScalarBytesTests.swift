import Primitives
import Secp256k1
import Testing

/// How scalars are read and written.
@Suite struct ScalarBytesTests {
    private static let order = SlowInteger.order
    private static let one = SlowInteger(1)
    private static let zeros = Bytes(repeating: 0, count: 32)

    @Test(
        "Strict reading takes what is below n",
        arguments: [SlowInteger(0), one, SlowInteger.power(255), order - one])
    func strictTakes(value: SlowInteger) throws {
        let bytes = value.bytes(32)
        #expect(try #require(Scalar(strict: bytes)).bytes == bytes)
        #expect((Scalar(strictNonzero: bytes)?.bytes == bytes) == (value != SlowInteger(0)))
    }

    @Test(
        "Strict reading refuses n and above",
        arguments: [
            order, order + one, order + SlowInteger.power(64), order + SlowInteger.power(128),
            SlowInteger.power(256) - SlowInteger.power(128), SlowInteger.power(256) - one,
        ])
    func strictRefuses(value: SlowInteger) throws {
        let bytes = value.bytes(32)
        #expect(Scalar(strict: bytes) == nil)
        #expect(Scalar(strictNonzero: bytes) == nil)
        let fromSecret = Scalar(secret: try SecretBytes(hex: bytes.hex))
        #expect(fromSecret == nil)
    }

    @Test("Reading refuses every other length", arguments: [0, 1, 31, 33, 64])
    func lengths(count: Int) {
        let bytes = Bytes(repeating: 1, count: count)
        #expect(Scalar(strict: bytes) == nil)
        #expect(Scalar(strictNonzero: bytes) == nil)
        let fromSecret = Scalar(secret: SecretBytes(count: count) { $0.copyBytes(from: bytes) })
        #expect(fromSecret == nil)
    }

    @Test("Only reading of nonzero values refuses 0")
    func zero() {
        #expect(Scalar(strict: Self.zeros)?.isZero == .max)
        #expect(Scalar(strictNonzero: Self.zeros) == nil)
        let fromSecret = Scalar(secret: SecretBytes(count: 32) { _ in })
        #expect(fromSecret == nil)
    }

    @Test("Arrays, slices, raw memory and lists without storage are read alike")
    func sources() {
        var random = SeededRandom("sources")
        let bytes = Scalar(random: &random).bytes
        #expect(Scalar(strict: bytes)?.bytes == bytes)
        #expect(Scalar(strict: ([7] + bytes + [9])[1..<33])?.bytes == bytes)
        #expect(bytes.withUnsafeBytes { Scalar(strict: $0)?.bytes } == bytes)
        #expect(Scalar(strict: Bytes(bytes.reversed()).reversed() as ReversedCollection)?.bytes == bytes)
        #expect(Scalar(strict: bytes.lazy.map { $0 })?.bytes == bytes)
    }

    @Test(
        "Wrapping subtracts n once",
        arguments: [SlowInteger(0), one, order - one, order, order + one, SlowInteger.power(256) - one])
    func wrapping(value: SlowInteger) throws {
        let hash = try #require(Hash32(value.bytes(32)))
        #expect(Scalar(wrapping: hash).bytes == (value % Self.order).bytes(32))
    }

    /// The first leaves a carry out of 256 bits after the third fold, which is rare: a search made it.
    private static let wideEdges: [SlowInteger] = [
        SlowInteger(
            hex: "9e87383ed50ad6e290b6e3cd8d5926753b37ceabb6e7d7421fa37a70911972c7"
                + "0000000000000000000000000000000011f5dd1cdab414002689cae03394ab86"),
        SlowInteger(0), one, order - one, order, order + one, SlowInteger.power(256) - one, SlowInteger.power(256),
        order * order, order * order - one, (order - one) * (order - one), order * (SlowInteger.power(256) - one),
        order * SlowInteger.power(256), order * SlowInteger.power(256) - one, SlowInteger.power(384) - one,
        SlowInteger.power(385) - one, SlowInteger.power(511), SlowInteger.power(512) - one,
    ]

    @Test("64 bytes are reduced as the model does, at the edges and at random")
    func wide() throws {
        var random = SeededRandom("wide")
        for value in Self.wideEdges + (0..<300).map({ _ in SlowInteger(random.publicBytes(64)) }) {
            let scalar = try #require(Scalar(wide: value.bytes(64)))
            #expect(scalar.bytes == (value % Self.order).bytes(32), "\(value)")
        }
    }

    @Test("48 bytes are reduced as the model does, at the edges and at random")
    func medium() throws {
        var random = SeededRandom("medium")
        let edges = [SlowInteger(0), Self.order, Self.order + Self.one, SlowInteger.power(384) - Self.one]
        for value in edges + (0..<100).map({ _ in SlowInteger(random.publicBytes(48)) }) {
            let scalar = try #require(Scalar(wide: value.bytes(48)))
            #expect(scalar.bytes == (value % Self.order).bytes(32), "\(value)")
        }
    }

    @Test("Wide reading refuses every other length", arguments: [0, 32, 47, 49, 63, 65, 96])
    func wideLengths(count: Int) { #expect(Scalar(wide: Bytes(repeating: 1, count: count)) == nil) }

    @Test("A scalar gives its bytes out in the clear, lent, or as a secret")
    func writing() {
        var random = SeededRandom("writing")
        let scalar = Scalar(random: &random)
        let lent = scalar.withSecretBytes { Bytes(UnsafeBufferPointer(start: $0, count: 32)) }
        #expect(lent == scalar.bytes)
        let (secret, readBack) = (scalar.secretBytes.hex, Scalar(secret: scalar.secretBytes))
        #expect(secret == scalar.bytes.hex)
        #expect(readBack?.bytes == scalar.bytes)
    }
}
