import Primitives
import Testing

/// Figures: FIPS 180-4 examples; Bosselaers' RIPEMD-160 page; the Keccak team's answers and well-known Ethereum values.
/// The tables by length were computed with independent implementations, of messages that all differ in every byte.
@Suite struct DigestsTests {
    /// Bytes that tell their place and the length apart.
    private static func message(_ count: Int) -> Bytes {
        (0..<count).map { UInt8(truncatingIfNeeded: $0 * 7 + count) }
    }

    @Test(
        "RIPEMD-160 gives the published digests",
        arguments: [
            ("", "9c1185a5c5e9fc54612808977ee8f548b2258d31"),
            ("a", "0bdc9d2d256b3ee9daae347be6f4dc835a467ffe"),
            ("abc", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"),
            ("message digest", "5d0689ef49d2fae572b881b123a85ffa21595f36"),
            ("abcdefghijklmnopqrstuvwxyz", "f71c27109c692c1b56bbdceb5b9d2865b3708dbc"),
            ("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", "12a053384a9c0c88e405a06c27dcf49ada62eb2b"),
            (
                "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                "9b752e45573d4b39f4dbd3323cab82bf63326bfb"
            ),
        ])
    func ripemd(text: String, digest: String) { #expect(ripemd160(Bytes(text.utf8)).hex == digest) }

    @Test(
        "RIPEMD-160 pads at and around its block of 64 bytes",
        arguments: [
            (1, "f291ba5015df348c80853fa5bb0f7946f5c9e1b3"),
            (54, "4cd559f9eb28c3a403c1b9872bd6b146f83f84c3"),
            (55, "8ce4447e6a334c0d0fd3e0497000d5517b290c6b"),
            (56, "02bbf2b0a77eb8de66c498f16384e495975a36c0"),
            (57, "99af5a2e30d8f8a5a5442995203d6ee074fc8d3f"),
            (63, "487308a77bcebfff3ec6a8961aeec6cb37674388"),
            (64, "fdd721c94769fc21316ecff699e63a77ef64fab4"),
            (65, "4f5953456c001a29a93a01b13edfd89a40613606"),
            (119, "24df45a68bf7057239f2b9b0523d1da9cd13f088"),
            (120, "57cb6d761e1c48de60fea795121dbf972f262e5d"),
            (128, "55246fefe2e0f589c3cfd43279f97691117330ef"),
            (1000, "622470226d6a7769ad615d58cdd5297d479a7323"),
        ])
    func ripemdBlocks(count: Int, digest: String) { #expect(ripemd160(Self.message(count)).hex == digest) }

    @Test(
        "Keccak-256 gives the published digests",
        arguments: [
            ("", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
            ("abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
            ("Transfer(address,address,uint256)", "ddf252ad1be2c89b69c2b068fc378daa952ba7f163c4a11628f55a4df523b3ef"),
        ])
    func keccak(text: String, digest: String) { #expect(keccak256(Bytes(text.utf8)).hex == digest) }

    @Test(
        "Keccak-256 pads at and around its block of 136 bytes",
        arguments: [
            (1, "5fe7f977e71dba2ea1a68e21057beebb9be2ac30c6410aa38d4f3fbe41dcffd2"),
            (31, "f2edf8e57f5f8acb78dac9a80285ed8d829840361fdc4d99698e7ab6685d82ea"),
            (32, "75ddc22689ac5cfab91ff4f11af7f47658c89f63dcb005c00824017d8081c7e8"),
            (64, "d432c602ee561dfffe10aa1a7df28751b7990fcb5ba7a66055452fd680beb44c"),
            (134, "8884d266ac61dea6a59234e679bb56fd1bf116a05634f2e8de1b7224302bc122"),
            (135, "8ab570337c9a3a773c3605160ca58e3f0546d92d217c908669cc4f35a31933bc"),
            (136, "16b30a6be318a7acbcba7a2194789f628abf68dfbbf55a4d840f22f6a4d29efd"),
            (137, "6a7e8293441d51be41bf4994995b35981f90c07866c7fd0465f405e2b7a8f8dd"),
            (271, "bb02bca6be57f42d131406260c6f1a81fd9922af8bd1c96d78f454b19ae10add"),
            (272, "443464c0c3ac8036d14a6f8647fc93b592d514adefbe88683cbbda3b4b2c4553"),
            (273, "73d5960773e36742ead7c872d84d535f35e75b9517ccb1023491276013f88890"),
            (408, "199ffed10ac2e6d847e422e9f64113fd5384a21320d7c6be84f82defd3863007"),
            (1000, "5cab097db1a529f5b1a15428cc494df950671bc3824340aad89941fa68e151bc"),
        ])
    func keccakBlocks(count: Int, digest: String) { #expect(keccak256(Self.message(count)).hex == digest) }

    @Test(
        "SHA-256 gives the right digest at and around its block of 64 bytes, in one piece or several",
        arguments: [
            (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (1, "4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a"),
            (55, "81afe5b788dc2ce138ff83d9b20164db75a94d75d2b2432eea4a0ef605088c72"),
            (56, "2aba54f0ac632420a2b502431408866e40e1d5e430df4cd822642c78ab2eb9c1"),
            (63, "733d3d4ee79ee67145bf73da13588f6f235d37414fc64b14a2f00f1762792f5e"),
            (64, "79322907b3e9d013d7dc2c2f256674dbf733045cde01df3539271c6f5605feb8"),
            (65, "d85c007c6eb440f085afa2b84f6f2bce4658b240e9f62cb1364bf0485a57e720"),
            (119, "6c87eedf096b345de205b702e5223b73b447a3207791ded3ea007ba15ed6736e"),
            (120, "42500cf6a1e3936d6b9e0bcfe296d654b63255e525487d3634d0b15fde591c4d"),
            (128, "489d55fea9a73af36b6dd0be7b4117d8e5683386d39544e8a44c99a87f368707"),
            (1000, "6b0df76627243d095b0c4400cb658b7e804dd03461cc03aee8fc8fe0bcada168"),
        ])
    func sha(count: Int, digest: String) {
        let message = Self.message(count)
        #expect(sha256(message).hex == digest)
        var whole = SHA256Hasher()
        var single = SHA256Hasher()
        whole.update(Bytes(message.prefix(count / 2)))
        message.dropFirst(count / 2).withUnsafeBytes { whole.update($0) }
        for byte in message { single.update([byte]) }
        #expect(whole.finalize().hex == digest)
        #expect(single.finalize().hex == digest)
    }

    @Test("A copy of a SHA-256 state goes on from where its original stood")
    func copies() {
        var hasher = SHA256Hasher()
        hasher.update(Bytes("a".utf8))
        let copy = hasher
        hasher.update(Bytes("bc".utf8))
        #expect(hasher.finalize().hex == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad")
        #expect(copy.finalize().hex == "ca978112ca1bbdcafac231b39a23dc4da786eff8147c4e72b9807785afee48bb")
    }

    @Test("Two hashes joined are hashed as their bytes are")
    func joined() throws {
        let (first, second) = (try #require(Hash20(Self.message(20))), try #require(Hash32(Self.message(32))))
        #expect(sha256(first, second) == sha256(first.bytes + second.bytes))
    }

    @Test("HASH256 and HASH160 are Bitcoin's")
    func bitcoin() throws {
        #expect(
            hash256(Bytes("hello".utf8)).hex == "9595c9df90075148eb06860365df33584b75bff782a510c6cd4883a419833d50")
        // The generator as a public key: the program of BIP-0173's examples.
        let key = try Bytes(hex: "0279be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798")
        #expect(hash160(key).hex == "751e76e8199196d454941c45d1b3a323f1433bd6")
    }
}
