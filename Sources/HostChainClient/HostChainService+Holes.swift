import Coordination
import Ethereum
import Logging
import Node
import Primitives
import WalletActions

/// A source that once gave no logs for a block leaves a hole in the index. What the contract shows and the index does not
/// know is such a hole: the block is read again (durability-and-events.md HC11, wallet-actions.md §9.2, `event`).
extension HostChainService {
    /// Reads the block in which a pending request was made again, where the index has no event of it.
    func fillHole(of request: RedemptionRequest, key: UInt256, upTo block: BlockNumber) async {
        guard index.lacks(request, key: key, upTo: block) else { return }
        do {
            guard let hole = try await self.block(at: request.requestedAt, upTo: block) else {
                logger.warning("host chain: a pending redemption has no event in the index, and no block has its time")
                return
            }
            let logs = try await rpc.logs(of: [hole], from: configuration.bridge, topics: IndexedEvent.topics)
            // The chain may have been reorganised meanwhile.
            guard let chain = follower.chain, hole.number < chain.first.number || chain.contains(hole),
                let logs = logs.first
            else { return }
            try index.readAgain(logs, of: hole)
            let isFilled = !index.lacks(request, key: key, upTo: block)
            logger.warning(
                """
                host chain: the index had a hole in block \(hole.number), a pending redemption without its event; \
                it was read again and \(isFilled ? "is complete now" : "the source still gives no event")
                """)
        } catch {
            logger.warning("host chain: a pending redemption has no event in the index; reading again: \(error)")
        }
    }

    /// The block with a timestamp, of those up to a number; nil where none has it. Timestamps rise from block to block.
    private func block(at time: UnixTime, upTo last: BlockNumber) async throws(RPCFailure) -> HostBlock? {
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
