import Primitives
import Testing

/// Figures: FIPS 180-4 examples; Bosselaers' RIPEMD-160 page; Keccak team's KATs and well-known Ethereum values.
@Suite struct DigestsTests {
    @Test(
        "RIPEMD-160 gives the published digests",
        arguments: [
            ("", "9c1185a5c5e9fc54612808977ee8f548b2258d31"),
            ("abc", "8eb208f7e05d987a9b044a8e98c6b087f15a0bfc"),
            ("abcdefghijklmnopqrstuvwxyz", "f71c27109c692c1b56bbdceb5b9d2865b3708dbc"),
            (
                "12345678901234567890123456789012345678901234567890123456789012345678901234567890",
                "9b752e45573d4b39f4dbd3323cab82bf63326bfb"
            ),
        ])
    func ripemd(text: String, digest: String) { #expect(ripemd160(Bytes(text.utf8)).hex == digest) }

    @Test(
        "Keccak-256 gives the published digests",
        arguments: [
            ("", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
            ("abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
            ("wallets(bytes20)", "e65e19d5"),
        ])
    func keccak(text: String, digest: String) { #expect(keccak256(Bytes(text.utf8)).hex.hasPrefix(digest)) }

    @Test("Keccak-256 pads at and around its block of 136 bytes", arguments: [135, 136, 137, 272])
    func keccakBlocks(count: Int) throws {
        // Absorbing must not depend on how a message meets the block: a sponge of the same bytes is deterministic.
        let message = Bytes(repeating: 0xa5, count: count)
        #expect(keccak256(message) == keccak256(message))
        #expect(keccak256(message) != keccak256(Bytes(message.dropLast())))
    }

    @Test("SHA-256 gives the published digest, in one piece or several")
    func sha() {
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        #expect(sha256(Bytes("abc".utf8)).hex == expected)
        var hasher = SHA256Hasher()
        hasher.update(Bytes("a".utf8))
        let copy = hasher
        hasher.update(Bytes("bc".utf8))
        #expect(hasher.finalize().hex == expected)
        #expect(copy.finalize() == sha256(Bytes("a".utf8)))
    }
}
