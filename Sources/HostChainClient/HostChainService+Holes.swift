import Coordination
import Ethereum
import JSONRPC
import Logging
import Node
import Primitives
import WalletActions

/// A source that once gave no logs for a block leaves a hole in the index. What the contract shows and the index does not
/// know is such a hole: the index says that it cannot tell, and the block is read again until the source gives the event
/// (durability-and-events.md HC11, wallet-actions.md §9.2, `event`).
extension HostChainService {
    private static let hole = "host chain's index"

    /// The contract showed this under a key. What it shows at an orphaned block says nothing.
    func shown(_ request: RedemptionRequest, key: UInt256, at block: BlockReference) {
        guard isFollowed(block) else { return }
        index.shown(request, key: key, at: block.number, now: elapsed)
    }

    /// Whether a block is one of the followed chain, or lies below those that are kept.
    private func isFollowed(_ block: BlockReference) -> Bool {
        guard let chain = follower.chain else { return false }
        return block.number < chain.first.number || chain[block.number]?.reference == block
    }

    /// Looks into holes, one a poll at most.
    func fillHoles() async throws {
        while true {
            if isVerified, let hole = index.holes.due(at: elapsed) {
                await fill(hole)
            } else if index.holes.lowest == nil {
                reports.well(Self.hole)
            }
            try await clock.sleep(for: configuration.poll)
        }
    }

    private func fill(_ hole: IndexHoles.Hole) async {
        guard let head = follower.chain?.last.reference else { return }
        index.tried(hole: hole.key, now: elapsed, jitter: .random(in: 0...1))
        do {
            // It may have been the contract's answer that was wrong, or the request is over meanwhile.
            if case .pendingRedemption(let request) = try await reader.pendingRedemption(key: hole.key, at: head) {
                shown(request, key: hole.key, at: head)
            }
            guard let hole = index.holes[hole.key] else { return }
            tell(hole)
            guard let place = try await place(of: hole, upTo: head.number), isFollowed(place.reference) else { return }
            index.located(hole: hole.key, in: place)
            let logs = try await rpc.logs(of: [place], from: configuration.bridge, topics: IndexedEvent.topics)
            guard isFollowed(place.reference) else { return }
            try index.readAgain(logs[0], of: place, hole: hole.key)
        } catch {
            logger.debug("host chain: looking into a hole of the index: \(error)")
        }
    }

    private func tell(_ hole: IndexHoles.Hole) {
        reports.bad(
            Self.hole,
            Condition(
                reason: "host_chain.index_hole",
                found: "the Bridge shows a redemption requested at \(hole.request.requestedAt.seconds), and the source "
                    + "gave no event of it; no redemption is proposed or judged meanwhile",
                remedy: "compare the source's logs of that block with another node's; it is asked again"))
    }

    /// The block that has the time at which the request was made; nil where none has. Timestamps rise from block to block.
    private func place(of hole: IndexHoles.Hole, upTo last: BlockNumber) async throws(RPCFailure) -> HostBlock? {
        if let place = hole.place, try await rpc.blocks(place.number...place.number)[0] == place { return place }
        let time = hole.request.requestedAt
        var (low, high) = (configuration.startBlock.rawValue, last.rawValue)
        while low <= high {
            let middle = BlockNumber(low + (high - low) / 2)
            guard let block = try await rpc.blocks(middle...middle)[0] else { return nil }
            if block.timestamp == time { return block }
            if block.timestamp < time {
                low = middle.rawValue + 1
            } else if middle.rawValue == 0 {
                return nil
            } else {
                high = middle.rawValue - 1
            }
        }
        return nil
    }
}
