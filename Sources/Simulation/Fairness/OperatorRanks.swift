import Primitives

/// Finds an operator's place in ascending order by one multiplication, which is fast enough for every place of every
/// order.
struct OperatorRanks {
    private let multiplier: UInt64
    private let ranks: [UInt8]

    /// Searches a multiplier that gives the operators distinct slots.
    init(_ operators: [EthereumAddress]) {
        precondition(operators.count <= 256, "a rank is one byte")
        var random = SeededRandom(seed: 0)
        while true {
            let multiplier = random.next() | 1
            let slots = operators.map { Self.slot($0, multiplier) }
            guard Set(slots).count == operators.count else { continue }
            var ranks = [UInt8](repeating: 0, count: 1 << Self.slotBits)
            for (rank, slot) in slots.enumerated() { ranks[slot] = UInt8(rank) }
            self.multiplier = multiplier
            self.ranks = ranks
            return
        }
    }

    /// The place of one of the operators. For any other address the result is one of the operators' places.
    func rank(of address: EthereumAddress) -> Int { Int(ranks[Self.slot(address, multiplier)]) }

    private static let slotBits: UInt64 = 12

    private static func slot(_ address: EthereumAddress, _ multiplier: UInt64) -> Int {
        Int(truncatingIfNeeded: (address.leadingWord &* multiplier) &>> (64 - slotBits))
    }
}
