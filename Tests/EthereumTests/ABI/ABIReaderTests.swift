import Ethereum
import Primitives
import TestKit
import Testing

/// What the decoder refuses.
@Suite struct ABIReaderTests {
    struct Refusal: CustomTestStringConvertible, Sendable {
        let name: String
        let types: [ABIType]
        let words: [String]
        let failure: ABIFailure

        var testDescription: String { name }
    }

    private static func word(_ hex: String) -> String { String(repeating: "0", count: 64 - hex.count) + hex }
    private static func left(_ hex: String) -> String { hex + String(repeating: "0", count: 64 - hex.count) }
    private static func hash(_ hex: String) -> Hash32 {
        guard let hash = try? Hash32(hex: hex) else { preconditionFailure("\(hex) is no word") }
        return hash
    }

    static let refusals: [Refusal] = [
        Refusal(
            name: "a word too few", types: [.bool, .bool], words: [word("1")], failure: .truncated(offset: 32)),
        Refusal(name: "half a word", types: [.bool], words: ["00ff"], failure: .truncated(offset: 0)),
        Refusal(name: "nothing", types: [.address], words: [], failure: .truncated(offset: 0)),
        Refusal(
            name: "a word too many", types: [.bool], words: [word("1"), word("0")], failure: .trailing(count: 32)),
        Refusal(name: "a byte too many", types: [.bool], words: [word("1"), "00"], failure: .trailing(count: 1)),
        Refusal(
            name: "a truth value of 2", types: [.bool], words: [word("2")],
            failure: .range(offset: 0, type: .bool, word: hash(word("2")))),
        Refusal(
            name: "a ninth bit in a uint8", types: [.uint(bits: 8)], words: [word("100")],
            failure: .range(offset: 0, type: .uint(bits: 8), word: hash(word("100")))),
        Refusal(
            name: "a 97th bit in a uint96", types: [.uint(bits: 96)],
            words: [word("1" + String(repeating: "0", count: 24))],
            failure: .range(
                offset: 0, type: .uint(bits: 96), word: hash(word("1" + String(repeating: "0", count: 24))))),
        Refusal(
            name: "a byte before an address", types: [.address],
            words: [word("01" + String(repeating: "ab", count: 20))],
            failure: .range(
                offset: 0, type: .address, word: hash(word("01" + String(repeating: "ab", count: 20))))),
        Refusal(
            name: "a right-aligned bytes20", types: [.fixedBytes(20)],
            words: [word(String(repeating: "ab", count: 20))],
            failure: .range(
                offset: 0, type: .fixedBytes(20), word: hash(word(String(repeating: "ab", count: 20))))),
        Refusal(
            name: "an offset into the head", types: [.bytes], words: [word("0"), word("0")],
            failure: .pointer(offset: 0, value: UInt256(0))),
        Refusal(
            name: "an offset with a gap", types: [.bytes], words: [word("40"), word("0"), word("0")],
            failure: .pointer(offset: 0, value: UInt256(64))),
        Refusal(
            name: "an offset of 2^255", types: [.bytes], words: [left("80"), word("0")],
            failure: .pointer(offset: 0, value: UInt256(hash(left("80"))))),
        Refusal(
            name: "two values on one tail", types: [.bytes, .bytes], words: [word("40"), word("40"), word("0")],
            failure: .pointer(offset: 32, value: UInt256(64))),
        Refusal(
            name: "tails in another order", types: [.bytes, .bytes],
            words: [word("60"), word("40"), word("0"), word("0")], failure: .pointer(offset: 0, value: UInt256(96))),
        Refusal(
            name: "a length without its word", types: [.bytes], words: [word("20")], failure: .truncated(offset: 32)),
        Refusal(
            name: "a length over the end", types: [.bytes], words: [word("20"), word("21"), word("0")],
            failure: .length(offset: 32, value: UInt256(33))),
        Refusal(
            name: "a length of 2^64", types: [.bytes],
            words: [word("20"), word("1" + String(repeating: "0", count: 16))],
            failure: .length(offset: 32, value: UInt256(hash(word("1" + String(repeating: "0", count: 16)))))),
        Refusal(
            name: "a value without its padding", types: [.bytes], words: [word("20"), word("1"), "ab"],
            failure: .truncated(offset: 32)),
        Refusal(
            name: "padding that is not zero", types: [.bytes], words: [word("20"), word("1"), left("ab01")],
            failure: .padding(offset: 32)),
        Refusal(
            name: "a text that is no UTF-8", types: [.string], words: [word("20"), word("1"), left("ff")],
            failure: .text(offset: 32)),
        Refusal(
            name: "a list longer than the input", types: [.array(.bool)], words: [word("20"), word("2"), word("1")],
            failure: .length(offset: 32, value: UInt256(2))),
        Refusal(
            name: "a list of 2^64-1 tuples", types: [.array(.tuple([.bool, .bool]))],
            words: [word("20"), word("ffffffffffffffff")],
            failure: .length(offset: 32, value: UInt256(UInt64.max))),
        Refusal(
            name: "an inner offset that counts from the outer frame", types: [.array(.bytes)],
            words: [word("20"), word("1"), word("40"), word("0")], failure: .pointer(offset: 64, value: UInt256(64))),
    ]

    @Test("Every encoding but the canonical one is refused, with the place and the value", arguments: refusals)
    func refuses(_ refusal: Refusal) throws {
        let data = try Bytes(hex: refusal.words.joined())
        #expect(throws: refusal.failure) { try ABISample.decode(refusal.types, data) }
    }

    @Test("A mutant is refused, or is itself a canonical encoding")
    func mutants() throws {
        let figures = try VectorFile("abi").group("codec", as: ABIVectors.Codec.self)
        var random = SeededGenerator(seed: 0x5eed)
        var accepted = 0
        var refused = 0
        for figure in figures {
            let types = try ABIType.list(figure.types)
            let encoded = try Bytes(hex: figure.encoded)
            for _ in 0..<300 {
                let mutant = mutate(encoded, &random)
                do {
                    let values = try ABISample.decode(types, mutant)
                    #expect(try ABISample.encode(types, values) == mutant, "\(types) \(mutant.hex)")
                    accepted += 1
                } catch is ABIFailure {
                    refused += 1
                }
            }
        }
        #expect(accepted > 0 && refused > 0)
    }

    private func mutate(_ bytes: Bytes, _ random: inout some RandomNumberGenerator) -> Bytes {
        var mutant = bytes
        for _ in 0..<Int.random(in: 1...3, using: &random) {
            switch Int.random(in: 0..<6, using: &random) {
            case 0 where !mutant.isEmpty:
                mutant[Int.random(in: 0..<mutant.count, using: &random)] ^= 1 << UInt8.random(in: 0..<8, using: &random)
            case 1 where !mutant.isEmpty: mutant.removeLast(Int.random(in: 1...min(40, mutant.count), using: &random))
            case 2:
                let count = Int.random(in: 1...40, using: &random)
                mutant.append(contentsOf: (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) })
            case 3 where mutant.count >= 32:
                // A whole word replaced by a small number: offsets and lengths that look right.
                let start = 32 * Int.random(in: 0..<mutant.count / 32, using: &random)
                let small = UInt256(UInt64.random(in: 0...256, using: &random))
                mutant.replaceSubrange(start..<start + 32, with: small.bytes)
            case 4 where mutant.count >= 32:
                let start = 32 * Int.random(in: 0..<mutant.count / 32, using: &random)
                mutant.replaceSubrange(start..<start + 32, with: repeatElement(0xff, count: 32))
            default:
                if mutant.count >= 64 {
                    let words = mutant.count / 32
                    let from = 32 * Int.random(in: 0..<words, using: &random)
                    let to = 32 * Int.random(in: 0..<words, using: &random)
                    mutant.replaceSubrange(to..<to + 32, with: Bytes(mutant[from..<from + 32]))
                }
            }
        }
        return mutant
    }
}
