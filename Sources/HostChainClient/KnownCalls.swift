import Coordination
import Ethereum
import Primitives
import WalletActions

/// The results of calls at the newest few blocks asked about. A correct source returns the same result again, and all
/// wallets of a node ask many of the same questions at one block.
struct KnownCalls {
    private struct Call: Hashable {
        let contract: HostContract
        let data: Bytes
    }

    /// Windows of all wallets open and end at the same blocks. A window that ends is read beside one that opens.
    static let blocks = 4

    /// The lifetime of a result. After it the source is asked again, because its result may have been wrong.
    static let lifetime = Duration.seconds(5)

    private var results: [(block: BlockReference, returned: [Call: (bytes: Bytes, at: Duration)])] = []

    /// The known result of a call at a moment, counted from any fixed start; nil for every other question.
    func result(of query: HostQuery, at now: Duration) -> Bytes? {
        guard case .call(let contract, let data, let block) = query,
            let result = results.first(where: { $0.block == block })?.returned[Call(contract: contract, data: data)],
            now - result.at <= Self.lifetime
        else { return nil }
        return result.bytes
    }

    /// Keeps a call's result at a moment. A result that is not a list of words is a source's mistake and is not kept. A
    /// revert is not kept either, because some sources give no reason for it.
    mutating func keep(_ query: HostQuery, _ answer: ChainAnswer, at now: Duration) {
        guard case .call(let contract, let data, let block) = query, case .host(.returned(let result)) = answer,
            !result.isEmpty, result.count.isMultiple(of: 32)
        else { return }
        if !results.contains(where: { $0.block == block }) {
            if results.count == Self.blocks { results.removeFirst() }
            results.append((block, [:]))
        }
        guard let place = results.firstIndex(where: { $0.block == block }) else { return }
        results[place].returned[Call(contract: contract, data: data)] = (result, now)
    }
}
