import Coordination
import Node
import Primitives
import WalletActions

/// Checks of the host chain as operators are told of it, and of their index of it (durability-and-events.md HC7, HC11).
extension InvariantMonitor {
    /// Checks what a node is told of its chain: every height once and in order, each block the child of the previous
    /// one, and replaced blocks before their replacements. `heard` holds the blocks told since its start, oldest first;
    /// it may lack the oldest.
    func told(_ event: HeadEvent, heard: [HostBlock], by node: Int) throws(Invariant.Breach) {
        switch event {
        case .block(let block):
            guard let last = heard.last else { return }
            guard block.number == last.number.adding(1), block.parentHash == last.hash else {
                throw breach(
                    .hc7, node, "is told of block \(block.number) after \(last.number), which is not its parent")
            }
        case .reorganised(let ancestor, let depth):
            guard depth > 0, let last = heard.last, ancestor.number.adding(depth) == last.number,
                heard.last(where: { $0.number <= ancestor.number }) ?? ancestor == ancestor
            else {
                let last = heard.last.map { "\($0.number)" } ?? "nothing"
                let there = heard.last { $0.number <= ancestor.number }.map { "\($0.number) \($0.hash.hex.prefix(8))" }
                throw breach(
                    .hc7, node,
                    "is told that \(depth) blocks after \(ancestor.number) \(ancestor.hash.hex.prefix(8)) are replaced, and has"
                        + " heard of \(there ?? "nothing there") and of \(last) last")
            }
        }
    }

    /// Checks that a node was told of the head that its source shows, after the source answered everything. A head
    /// older than the first one told is excepted.
    func polled(_ head: HostBlock, heard: [HostBlock], by node: Int) throws(Invariant.Breach) {
        // By its hash: at the edges of `wrong-hash` a source gives another parent under a hash that was told.
        guard
            heard.last?.hash == head.hash || heard.first.map({ head.number < $0.number }) ?? false
                || heard.contains(where: { $0.hash == head.hash })
        else { throw breach(.hc7, node, "is not told of block \(head.number)") }
    }

    /// Checks an operator's index of a block against its source's chain. Where the source answered everything, the
    /// index must have an answer.
    func indexed(
        _ said: ChainAnswer?, _ there: ChainAnswer, isWhole: Bool, by node: Int
    ) throws(Invariant.Breach) {
        if case .unavailable? = said, !isWhole { return }
        guard said == there else { throw breach(.hc11, node, "has an index that is not what its source's chain shows") }
    }

    private func breach(_ invariant: Invariant, _ node: Int, _ what: String) -> Invariant.Breach {
        Invariant.Breach(invariant: invariant, what: "operator \(node) \(what)")
    }
}
