import Primitives
import Secp256k1
import Testing

/// Signatures from which the key is recovered.
@Suite struct RecoverableSignatureTests {
    private static let order = "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
    private static let zero = String(repeating: "0", count: 64)
    private static let half = "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0"
    private static let aboveHalf = "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1"
    private static let x = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798"

    private static func signature(_ digest: Hash32, seed: String = "recoverable") -> (RecoverableSignature, CurvePoint)
    {
        var random = SeededRandom(seed)
        let key = PrivateKey(random: &random)
        return (key.signRecoverable(digest), key.publicKey)
    }

    @Test("A known signature gives its known key (go-ethereum's test)")
    func known() throws {
        let signature = try RecoverableSignature(
            bytes: Bytes(
                hex: "90f27b8b488db00b00606796d2987f6a5f59ae62ea05effe84fef5b8b0e54998"
                    + "4a691139ad57a3f0b906637673aa2f63d1f55cb1a69199d4009eea23ceaddc93" + "1c"))
        let digest = try Hash32(hex: "ce0677bb30baa8cf067c88db9811f4333d131bf8bcf12fe7065d211dce971008")
        let key = signature.recover(digest: digest)
        #expect(
            key?.uncompressed.hex == "04e32df42865e97135acfb65f3bae71bdc86f4d49150ad6a440b6f15878109880a"
                + "0a2b2667f7e725ceea70c673093bf67663e0312623c8e091b13cf2c0f11ef652")
    }

    @Test("Who signs is who is recovered; the form is canonical and the nonce repeatable", arguments: 0..<50)
    func roundTrip(index: Int) throws {
        var random = SeededRandom("round trip \(index)")
        let key = PrivateKey(random: &random)
        let digest = try #require(Hash32(random.publicBytes(32)))
        let (signature, again) = (key.signRecoverable(digest), key.signRecoverable(digest))
        let (publicKey, address) = (key.publicKey, key.ethereumAddress)
        #expect(signature == again)
        #expect(try RecoverableSignature(bytes: signature.bytes) == signature)
        #expect(signature.recover(digest: digest) == publicKey)
        #expect(signature.recover(digest: digest).map(EthereumAddress.init(publicKey:)) == address)
        #expect(signature.recover(digest: sha256(digest.bytes)) != publicKey)
    }

    @Test("Every other length is refused", arguments: [0, 1, 64, 66, 130])
    func lengths(count: Int) {
        #expect(throws: SignatureFailure.length(count)) {
            try RecoverableSignature(bytes: Bytes(repeating: 1, count: count))
        }
    }

    @Test(
        "r and s from 1 to n - 1 only, s at most n / 2",
        arguments: [
            (zero, x, .range), (order, x, .range), (String(repeating: "f", count: 64), x, .range),
            (x, zero, .range), (x, order, .range), (x, String(repeating: "f", count: 64), .range),
            (x, aboveHalf, .highS), (x, String(order.dropLast()) + "0", .highS), (zero, aboveHalf, .range),
        ] as [(String, String, SignatureFailure)])
    func ranges(r: String, s: String, failure: SignatureFailure) {
        #expect(throws: failure) { try RecoverableSignature(bytes: Bytes(hex: r + s + "1b")) }
    }

    @Test("The largest low s and the smallest r and s are taken")
    func edges() throws {
        let one = String(zero: 63) + "1"
        for (r, s) in [(one, one), (one, Self.half), (String(Self.order.dropLast()) + "0", Self.half)] {
            #expect(try RecoverableSignature(bytes: Bytes(hex: r + s + "1b")).bytes.hex == r + s + "1b")
        }
    }

    @Test("v is 27 or 28, and no other", arguments: UInt8.min...UInt8.max)
    func recoveryID(v: UInt8) {
        let (signature, _) = Self.signature(sha256([9]))
        let bytes = Bytes(signature.bytes.dropLast()) + [v]
        guard v == 27 || v == 28 else {
            #expect(throws: SignatureFailure.recoveryID(v)) { try RecoverableSignature(bytes: bytes) }
            return
        }
        #expect(throws: Never.self) { try RecoverableSignature(bytes: bytes) }
    }

    @Test("The other form of a signature, with n - s and the other v, is refused")
    func malleability() throws {
        let (signature, _) = Self.signature(sha256([9]))
        let s = try #require(Scalar(strict: signature.bytes[32..<64]))
        let other = signature.bytes[..<32] + (-s).bytes + [signature.bytes[64] ^ (27 ^ 28)]
        #expect(throws: SignatureFailure.highS) { try RecoverableSignature(bytes: Bytes(other)) }
    }

    @Test("A signature with any bit flipped is refused or recovers another key, or none", arguments: 0..<65)
    func flips(byte: Int) {
        let digest = sha256([7])
        let (signature, key) = Self.signature(digest)
        for bit in 0..<8 {
            var bytes = signature.bytes
            bytes[byte] ^= 1 << UInt8(bit)
            guard let flipped = try? RecoverableSignature(bytes: bytes) else { continue }
            #expect(flipped.recover(digest: digest) != key, "bit \(bit)")
        }
    }

    @Test("An r that is no x coordinate recovers no key; nor does a sum of infinity")
    func nothingRecovered() throws {
        let five = String(zero: 63) + "5"
        #expect(try RecoverableSignature(bytes: Bytes(hex: five + five + "1b")).recover(digest: .zero) == nil)
        // R = G and s = z: r^-1·(s·G - z·G).
        let s = try Hash32(hex: String(zero: 63) + "7")
        let signature = try RecoverableSignature(bytes: Bytes(hex: Self.x) + s.bytes + [27])
        #expect(signature.recover(digest: s) == nil)
        #expect(signature.recover(digest: .zero) != nil)
    }
}

extension String {
    /// That many zeros.
    fileprivate init(zero count: Int) { self.init(repeating: "0", count: count) }
}
