import Bitcoin
import Primitives
import Testing

@Suite struct ScriptTests {
    private static let keyHash = hash160([1])
    private static let hash = sha256([1])

    @Test(
        "Each kind is known by its exact form, and only by it",
        arguments: [
            (Script.p2pkh(keyHash), Script.Kind.p2pkh, 546 as UInt64), (.p2wpkh(keyHash), .p2wpkh, 294),
            (.p2sh(keyHash), .p2sh, 540), (.p2wsh(hash), .p2wsh, 330), (.p2tr(hash), .p2tr, 330),
        ])
    func kinds(_ script: Script, _ kind: Script.Kind, _ dustLimit: UInt64) {
        #expect(script.kind == kind)
        #expect(script.dustLimit == dustLimit)
        #expect(Script(script.bytes + [0]).kind == .other)
        #expect(Script(script.bytes.dropLast()).kind == .other)
        // No byte of the frame may be another; those of the hash may.
        let payload = kind == .p2wsh || kind == .p2tr ? hashRange(script, 32) : hashRange(script, 20)
        for index in script.bytes.indices where !payload.contains(index) {
            var bytes = script.bytes
            bytes[index] ^= 0x80
            #expect(Script(bytes).kind == .other, "byte \(index)")
        }
    }

    private func hashRange(_ script: Script, _ length: Int) -> Range<Int> {
        let start = script.kind == .p2pkh ? 3 : 2
        return start..<start + length
    }

    @Test("A script of no kind has no dust limit, key hash or output key")
    func other() {
        let script = Script([0x6a])
        #expect(script.kind == .other)
        #expect(script.dustLimit == nil)
        #expect(script.publicKeyHash == nil)
        #expect(script.taprootOutputKey == nil)
        #expect(script.witnessProgram == nil)
    }

    @Test("The payloads are those that went in")
    func payloads() {
        #expect(Script.p2pkh(Self.keyHash).publicKeyHash == Self.keyHash)
        #expect(Script.p2wpkh(Self.keyHash).publicKeyHash == Self.keyHash)
        #expect(Script.p2sh(Self.keyHash).publicKeyHash == nil)
        #expect(Script.p2tr(Self.hash).taprootOutputKey == Self.hash)
        #expect(Script.p2wsh(Self.hash).taprootOutputKey == nil)
    }

    @Test("A script's length in front is one byte, and exactly what follows", arguments: [0, 1, 252])
    func lengthPrefix(_ length: Int) throws {
        let script = Script(Bytes(repeating: 0x51, count: length))
        #expect(script.lengthPrefixed == [UInt8(length)] + script.bytes)
        #expect(try Script(lengthPrefixed: script.lengthPrefixed) == script)
        #expect(throws: DecodingFailure.trailing(count: 1)) { try Script(lengthPrefixed: script.lengthPrefixed + [0]) }
    }

    @Test("A length of more than one byte is refused", arguments: [253, 300])
    func longLengthPrefix(_ length: Int) {
        let script = Script(Bytes(repeating: 0x51, count: length))
        #expect(script.lengthPrefixed.count == length + 3)
        #expect(throws: DecodingFailure.length(field: "script", value: 0xfd)) {
            try Script(lengthPrefixed: script.lengthPrefixed)
        }
    }
}
