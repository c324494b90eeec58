import Coordination
import Primitives

/// Requests for redemption that were found not to be pending any more, so that a wallet's whole past is not read in each
/// window: an event that is over stays in the index for ever.
///
/// Nothing is decided by it but what is read. It holds for the branch of the host chain on which it was noted, and each
/// entry for some windows only, so that a source that was wrong once is asked again.
package struct RequestsOver: Sendable {
    private struct Entry {
        let event: BlockNumber
        let until: BlockNumber
    }

    /// Windows for which an entry holds.
    private static let windows: UInt64 = 64

    private var entries: [UInt256: Entry] = [:]

    /// Starts with nothing known.
    package init() {}

    /// Whether the request that an event made is over, as far as is known at this block.
    func contains(_ event: RedemptionRequestedEvent, at block: BlockNumber) -> Bool {
        guard let entry = entries[event.key] else { return false }
        return event.block <= entry.event && block < entry.until
    }

    /// Notes what an evaluation read at the block of its context.
    package mutating func note(_ facts: ChainFacts, _ context: ActionContext) {
        let query = HostQuery.redemptionRequests(context.wallet.hash, upTo: context.block.number)
        guard case .host(.redemptionRequests(let events))? = facts[.host(query)] else { return }
        let until = context.block.number.adding(Self.windows * context.profile.frequency)
        for event in events where event.block <= context.settled && !contains(event, at: context.block.number) {
            let read = facts[.host(.pendingRedemption(key: event.key, at: context.block.read))]
            guard case .host(.pendingRedemption(let request))? = read, request.requestedAt.seconds == 0 else {
                continue
            }
            entries[event.key] = Entry(event: event.block, until: until)
        }
    }
}
