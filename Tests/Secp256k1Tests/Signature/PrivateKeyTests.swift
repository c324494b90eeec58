import Primitives
import Secp256k1
import Testing

/// Keys with one owner.
@Suite struct PrivateKeyTests {
    private static let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"

    @Test(
        "A key has the known public key and address",
        arguments: [
            (
                "0000000000000000000000000000000000000000000000000000000000000001",
                "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
                "7e5f4552091a69125d5dfcb7b8c2659029395bdf"
            ),
            // EIP-155's example.
            (
                "4646464646464646464646464646464646464646464646464646464646464646",
                "024bc2a31265153f07e70e0bab08724e6b85e217f8cd628ceb62974247bb493382",
                "9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f"
            ),
        ])
    func known(secret: String, publicKey: String, address: String) throws {
        let key = try PrivateKey(hex: secret).publicKey
        #expect(key.compressed.hex == publicKey)
        #expect(EthereumAddress(publicKey: key).hex == address)
    }

    @Test(
        "0, n and above, and every other length are no key",
        arguments: [
            String(repeating: "0", count: 64), order, String(repeating: "f", count: 64),
            "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364142", "", "01",
            String(repeating: "1", count: 62), String(repeating: "1", count: 66),
        ])
    func refused(secret: String) throws {
        let taken = PrivateKey(secret: try SecretBytes(hex: secret)) != nil
        #expect(!taken)
    }

    @Test("1 and n - 1 are keys, and mirror images of each other")
    func edges() throws {
        let first = try PrivateKey(hex: String(repeating: "0", count: 63) + "1").publicKey
        let last = try PrivateKey(hex: Self.order.dropLast() + "0").publicKey
        #expect(first == .generator)
        #expect(last == first.negated)
    }

    @Test("A drawn key takes its bytes from the generator, and draws again while they are no key")
    func drawn() throws {
        var random = ScriptedRandom([
            Bytes(repeating: 0, count: 32), try Bytes(hex: Self.order), Bytes(repeating: 0xff, count: 32),
            Bytes(repeating: 0x46, count: 32),
        ])
        let address = PrivateKey(random: &random).ethereumAddress
        #expect(address.hex == "9d8a62f656a8d1615c1294fd71e9cfb3e4855a4f")
        #expect(random.isUsedUp)
        var system = SystemRandom()
        let (one, other) = (PrivateKey(random: &system).publicKey, PrivateKey(random: &system).publicKey)
        #expect(one != other)
    }

    @Test("A clone signs as its original does, also after the original is gone")
    func clone() {
        var random = SeededRandom("clone")
        let digest = sha256([1, 2, 3])
        var made: (CurvePoint, RecoverableSignature)?
        func cloned() -> PrivateKey {
            let original = PrivateKey(random: &random)
            made = (original.publicKey, original.signRecoverable(digest))
            return original.clone()
        }
        let key = cloned()
        let (clonedKey, clonedSignature) = (key.publicKey, key.signRecoverable(digest))
        #expect(clonedKey == made?.0)
        #expect(clonedSignature == made?.1)
    }

    @Test("The copy of a secret is the secret")
    func secretCopy() throws {
        let secret = String(repeating: "46", count: 32)
        let copy = try PrivateKey(hex: secret).secretCopy().hex
        #expect(copy == secret)
    }
}

/// Gives out the listed blocks, one a call.
private struct ScriptedRandom: SecureRandom {
    private var blocks: [Bytes]

    init(_ blocks: [Bytes]) { self.blocks = blocks }

    var isUsedUp: Bool { blocks.isEmpty }

    mutating func fill(_ buffer: UnsafeMutableRawBufferPointer) { buffer.copyBytes(from: blocks.removeFirst()) }
}
