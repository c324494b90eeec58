import Primitives
import Secp256k1
import Testing

/// ECDSA in strict DER.
@Suite struct ECDSASignatureTests {
    /// Widely published figures of RFC 6979 on this curve with SHA-256 (low s): secret, message, r and s.
    private static let deterministic = [
        (
            "0000000000000000000000000000000000000000000000000000000000000001", "Satoshi Nakamoto",
            "934b1ea10a4b3c1757e2b0c017d0b6143ce3c9a7e6a4a49860d7a6ab210ee3d8"
                + "2442ce9d2b916064108014783e923ec36b49743e2ffa1c4496f01a512aafd9e5"
        ),
        (
            "0000000000000000000000000000000000000000000000000000000000000001",
            "All those moments will be lost in time, like tears in rain. Time to die...",
            "8600dbd41e348fe5c9465ab92d23e3db8b98b873beecd930736488696438cb6b"
                + "547fe64427496db33bf66019dacbf0039c04199abb0122918601db38a72cfc21"
        ),
        (
            "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140", "Satoshi Nakamoto",
            "fd567d121db66e382991534ada77a6bd3106f0a1098c231e47993447cd6af2d0"
                + "6b39cd0eb1bc8603e159ef5c20a5c8ad685a45b06ce9bebed3f153d10d93bed5"
        ),
        (
            "f8b8af8ce3c7cca5e300d33939540c10d45ce001b8f252bfbc57ba0342904181", "Alan Turing",
            "7063ae83e7f62bbb171798131b4a0564b956930092b33b07b395615d9ec7e15c"
                + "58dfcc1e00a35e1572f366ffe34ba0fc47db1e7189759b9fb233c5b05ab388ea"
        ),
        (
            "cca9fbcc1b41e5a95d369eaa6ddcff73b61a4efaa279cfc6567e8daa39cbaf50", "sample",
            "af340daf02cc15c8d5d08d7735dfe6b98a474ed373bdb5fbecf7571be52b3842"
                + "5009fb27f37034a9b24b707b7c6b79ca23ddef9e25f7282e8a797efe53a8f124"
        ),
    ]

    private static func signature(_ digest: Hash32) -> (ECDSASignature, CurvePoint) {
        var random = SeededRandom("ecdsa")
        let key = PrivateKey(random: &random)
        return (key.signECDSA(digest), key.publicKey)
    }

    @Test("Signing gives the published figures, in both forms", arguments: deterministic)
    func published(secret: String, message: String, compact: String) throws {
        let key = try PrivateKey(hex: secret)
        let digest = sha256(message.utf8)
        let (signature, recoverable, publicKey) = (
            key.signECDSA(digest), key.signRecoverable(digest), key.publicKey
        )
        #expect(signature == (try ECDSASignature(compact: try Bytes(hex: compact))))
        #expect(recoverable.bytes.dropLast().hex == compact)
        #expect(recoverable.recover(digest: digest) == publicKey)
        #expect(signature.verifies(digest: digest, key: publicKey))
    }

    @Test("A signature is valid for its digest and key only")
    func verification() {
        let digest = sha256([1])
        let (signature, key) = Self.signature(digest)
        #expect(signature.verifies(digest: digest, key: key))
        #expect(!signature.verifies(digest: sha256([2]), key: key))
        #expect(!signature.verifies(digest: digest, key: .generator))
        #expect(!signature.verifies(digest: digest, key: key.negated))
    }

    @Test("What is signed encodes to strict DER of at most 71 bytes, which decodes to the same", arguments: 0..<50)
    func roundTrip(index: UInt8) throws {
        let (signature, _) = Self.signature(sha256([index]))
        #expect((8...71).contains(signature.der.count))
        #expect(try ECDSASignature(der: signature.der) == signature)
    }

    @Test("DER as short as it gets, and as long")
    func extremes() throws {
        let one = Bytes(repeating: 0, count: 31) + [1]
        let short = try ECDSASignature(compact: one + one)
        #expect(short.der.hex == "3006020101020101")
        #expect(try ECDSASignature(der: short.der) == short)
        let order = try Bytes(hex: "fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364140")
        let half = try Bytes(hex: "7fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a0")
        let long = try ECDSASignature(compact: order + half)
        #expect(long.der.hex == "3045022100" + order.hex + "0220" + half.hex)
        #expect(try ECDSASignature(der: long.der) == long)
    }

    @Test(
        "DER that is not strict is refused",
        arguments: [
            "", "30", "3000", "30020200", "300602010102",  // nothing, and too little
            "300602010102010100",  // a byte left over
            "3007020101020101", "3005020101020101",  // wrong length of the whole
            "308106020101020101", "30820006020101020101",  // length in the long form
            "3080020101020101" + "0000",  // indefinite length
            "30070202000102" + "0101", "3007020101" + "02020001",  // a zero too many before r or s
            "3006020181020101", "3006020101020181",  // negative r or s
            "300502000201" + "01", "3005020101" + "0200",  // empty r or s
            "3106020101020101", "3006030101020101", "3006020101030101",  // wrong tags
            "30090201010201010201" + "01",  // a third number
        ])
    func notStrict(der: String) throws {
        let bytes = try Bytes(hex: der)
        #expect(throws: SignatureFailure.self) { try ECDSASignature(der: bytes) }
    }

    @Test("Strict DER of numbers out of range is refused")
    func ranges() throws {
        let order = "022100fffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141"
        let above = "02207fffffffffffffffffffffffffffffff5d576e7357a4501ddfe92f46681b20a1"
        let large = "022101" + String(repeating: "0", count: 64)
        let cases: [(String, SignatureFailure)] = [
            ("3006020100020101", .range), ("3006020101020100", .range),
            ("3026" + order + "020101", .range), ("3026020101" + order, .range),
            ("3025020101" + above, .highS), ("3026" + large + "020101", .range),
        ]
        for (der, failure) in cases {
            let bytes = try Bytes(hex: der)
            #expect(throws: failure, "\(der)") { try ECDSASignature(der: bytes) }
        }
    }

    @Test("A signature cut short anywhere, or with one byte more, is refused")
    func truncations() {
        let (signature, _) = Self.signature(sha256([3]))
        for count in signature.der.indices {
            #expect(throws: SignatureFailure.self) { try ECDSASignature(der: Bytes(signature.der[..<count])) }
        }
        #expect(throws: SignatureFailure.self) { try ECDSASignature(der: signature.der + [0]) }
    }

    @Test("A signature with any bit flipped is refused or invalid")
    func flips() {
        let digest = sha256([4])
        let (signature, key) = Self.signature(digest)
        for index in signature.der.indices {
            for bit in 0..<8 {
                var der = signature.der
                der[index] ^= 1 << UInt8(bit)
                let flipped = try? ECDSASignature(der: der)
                #expect(flipped?.verifies(digest: digest, key: key) != true, "byte \(index), bit \(bit)")
            }
        }
    }

    @Test("r ‖ s has 64 bytes with r and s in range and s low")
    func compact() throws {
        let one = Bytes(repeating: 0, count: 31) + [1]
        let zero = Bytes(repeating: 0, count: 32)
        let top = Bytes(repeating: 0xff, count: 32)
        let minusOne = (-Scalar.one).bytes
        let cases: [(Bytes, SignatureFailure)] = [
            ([], .length(0)), (one, .length(32)), (one + one + [0], .length(65)), (zero + one, .range),
            (one + zero, .range), (top + one, .range), (one + top, .range), (one + minusOne, .highS),
        ]
        for (bytes, failure) in cases {
            #expect(throws: failure, "\(bytes.hex)") { try ECDSASignature(compact: bytes) }
        }
        #expect(throws: Never.self) { try ECDSASignature(compact: minusOne + one) }
    }
}
