import Primitives
import Secp256k1
import Testing

/// BIP-0340 beyond its published table, which `BIP340Vectors` holds.
@Suite struct SchnorrSignatureTests {
    private static func signature(_ message: Bytes) -> (SchnorrSignature, CurvePoint) {
        var random = SeededRandom("schnorr")
        let key = PrivateKey(random: &random)
        return (key.signSchnorr(message: message, auxiliary: sha256(message)), key.publicKey)
    }

    @Test("Messages of any length are signed and verified", arguments: [0, 1, 31, 32, 33, 64, 1_000])
    func lengths(count: Int) {
        let message = Bytes(repeating: 0x42, count: count)
        let (signature, point) = Self.signature(message)
        #expect(XOnlyPublicKey(point).verifies(signature, message: message))
        #expect(!XOnlyPublicKey(point).verifies(signature, message: message + [0]))
        #expect(!XOnlyPublicKey(point).verifies(signature, message: [0] + message))
        #expect(!XOnlyPublicKey(.generator).verifies(signature, message: message))
    }

    @Test("Other auxiliary bytes give another signature; the same give the same")
    func auxiliary() {
        var random = SeededRandom("auxiliary")
        let key = PrivateKey(random: &random)
        let first = key.signSchnorr(message: [1], auxiliary: .zero)
        let again = key.signSchnorr(message: [1], auxiliary: .zero)
        let other = key.signSchnorr(message: [1], auxiliary: sha256([1]))
        let verifier = XOnlyPublicKey(key.publicKey)
        #expect(first == again)
        #expect(first != other)
        #expect(verifier.verifies(other, message: [1]))
    }

    @Test("A signature with any bit flipped is invalid")
    func flips() throws {
        let message = Bytes("flip".utf8)
        let (signature, point) = Self.signature(message)
        for index in signature.bytes.indices {
            for bit in 0..<8 {
                var bytes = signature.bytes
                bytes[index] ^= 1 << UInt8(bit)
                let flipped = try #require(SchnorrSignature(bytes))
                #expect(!XOnlyPublicKey(point).verifies(flipped, message: message), "byte \(index), bit \(bit)")
            }
        }
    }

    @Test("A signature has 64 bytes", arguments: [0, 63, 65])
    func length(count: Int) { #expect(SchnorrSignature(Bytes(repeating: 1, count: count)) == nil) }

    @Test("An x-only key is the same from a point, its mirror image and its x")
    func keys() throws {
        for seed in 1...20 {
            let point = try #require(Point.generatorMultiplied(by: Scalar(UInt64(seed))).finite)
            let key = XOnlyPublicKey(point)
            #expect(key == XOnlyPublicKey(point.negated))
            #expect(key == XOnlyPublicKey(point.xOnly))
            #expect(!key.point.hasOddY)
            #expect(key.x == point.xOnly)
            #expect(key.bytes == point.xOnly.bytes)
        }
    }
}
