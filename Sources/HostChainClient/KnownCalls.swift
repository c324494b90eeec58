import Coordination
import Ethereum
import Primitives
import WalletActions

/// What calls returned at the last few blocks that were named: it cannot change, and all wallets of a node ask for much of
/// the same at one block.
struct KnownCalls {
    private struct Call: Hashable {
        let contract: HostContract
        let data: Bytes
    }

    /// Windows of all wallets open and end at the same blocks, and a window that ends is read beside one that opens.
    static let blocks = 4

    private var results: [(block: BlockReference, returned: [Call: Bytes])] = []

    /// What a call is known to return; nil for every other question.
    subscript(query: HostQuery) -> Bytes? {
        guard case .call(let contract, let data, let block) = query else { return nil }
        return results.first { $0.block == block }?.returned[Call(contract: contract, data: data)]
    }

    /// Keeps what a call returned. A result that is no list of words is a source's mistake, and is asked for again; so is
    /// a revert, for which some sources give no reason.
    mutating func keep(_ query: HostQuery, _ answer: ChainAnswer) {
        guard case .call(let contract, let data, let block) = query, case .host(.returned(let result)) = answer,
            !result.isEmpty, result.count.isMultiple(of: 32)
        else { return }
        if !results.contains(where: { $0.block == block }) {
            if results.count == Self.blocks { results.removeFirst() }
            results.append((block, [:]))
        }
        guard let place = results.firstIndex(where: { $0.block == block }) else { return }
        results[place].returned[Call(contract: contract, data: data)] = result
    }
}
