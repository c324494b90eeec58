import Primitives
import TestKit
import Testing

/// A table holds what a dictionary holds, in the order of its keys.
@Suite struct SortedTableTests {
    private typealias Table = SortedTable<BlockNumber, [Int]>

    /// One random change, made to the table and to the dictionary.
    private static func change(
        _ table: inout Table, _ model: inout [BlockNumber: [Int]], using random: inout SeededGenerator
    ) {
        let key = BlockNumber(UInt64.random(in: 0..<24, using: &random))
        let number = Int.random(in: 0..<1_000, using: &random)
        switch Int.random(in: 0..<9, using: &random) {
        case 0, 1:
            table[key] = [number]
            model[key] = [number]
        case 2:
            table[key] = nil
            model[key] = nil
        case 3:
            table[key]?.append(number)
            model[key]?.append(number)
        case 4:
            table[key, default: [7]].append(number)
            model[key, default: [7]].append(number)
        case 5:
            let taken = table[key].take()
            #expect(taken == model.removeValue(forKey: key))
        case 6:
            table[key, default: []].removeAll()
            model[key, default: []].removeAll()
        case 7:
            table = Table(model)
        default:
            let divisor = UInt64.random(in: 2..<6, using: &random)
            table.keep { !$0.rawValue.isMultiple(of: divisor) }
            model = model.filter { !$0.key.rawValue.isMultiple(of: divisor) }
        }
    }

    @Test("After any changes a table holds what a dictionary holds, in the order of its keys", arguments: 0..<40)
    func model(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        var table = Table()
        var model: [BlockNumber: [Int]] = [:]
        for step in 0..<300 {
            Self.change(&table, &model, using: &random)
            let keys = model.keys.sorted()
            #expect(table.keys == keys, "seed \(seed), step \(step)")
            #expect(Array(table.values) == keys.compactMap { model[$0] }, "seed \(seed), step \(step)")
            #expect(table.count == model.count)
            for key in (0..<25).map({ BlockNumber($0) }) {
                #expect(table[key] == model[key], "seed \(seed), step \(step)")
                #expect(table.contains(key) == (model[key] != nil))
                #expect(table[key, default: [-1]] == model[key, default: [-1]])
            }
        }
    }

    @Test("A change that throws half-way leaves the entry, as far as it was changed")
    func throwing() {
        struct Stop: Error {}
        func stop(_ value: inout [Int]?) throws { value?.append(2); throw Stop() }
        func stop(_ value: inout [Int]) throws { value.append(3); throw Stop() }
        var table = Table([BlockNumber(1): [1]])
        #expect(throws: Stop.self) { try stop(&table[BlockNumber(1)]) }
        #expect(throws: Stop.self) { try stop(&table[BlockNumber(2)]) }
        #expect(throws: Stop.self) { try stop(&table[BlockNumber(3), default: []]) }
        #expect(table.keys == [BlockNumber(1), BlockNumber(3)])
        #expect(Array(table.values) == [[1, 2], [3]])
    }

    @Test("Reading a key's default enters nothing, and computes none where there is a value")
    func defaults() {
        let table = Table([BlockNumber(1): [1]])
        var computed = 0
        func fallback() -> [Int] { computed += 1; return [] }
        #expect(table[BlockNumber(1), default: fallback()] == [1])
        #expect(computed == 0)
        #expect(table[BlockNumber(2), default: fallback()] == [])
        #expect(computed == 1)
        #expect(table.count == 1)
    }

    @Test("An entry is changed where it lies, without a copy of its value")
    func inPlace() {
        final class Witness {}
        struct Held {
            var witness = Witness()
            var isAlone: Bool { mutating get { isKnownUniquelyReferenced(&witness) } }
        }
        var table = SortedTable<BlockNumber, Held>()
        table[BlockNumber(1)] = Held()
        let found = [
            table[BlockNumber(1)]?.isAlone, table[BlockNumber(1), default: Held()].isAlone,
            table[BlockNumber(2), default: Held()].isAlone,
        ]
        #expect(found == [true, true, true])
    }
}
