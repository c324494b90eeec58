import Coordination
import Ethereum
package import Primitives

/// Requests for redemption that were found to be no longer pending. They save reading a wallet's whole past in each
/// window, since an event that is over stays in the index for ever.
///
/// It decides only which facts are read. It holds for the branch of the host chain on which it was noted, and each
/// entry for some windows only, so that a source that was wrong once is asked again.
package struct ClosedRedemptions: Hashable, Sendable {
    private struct Entry: Hashable {
        let event: BlockNumber
        let until: BlockNumber
    }

    /// The number of windows for which an entry holds.
    private static let windows: UInt64 = 64

    private var entries: [UInt256: Entry] = [:]

    /// Starts empty.
    package init() {}

    /// Whether the request of an event is known to be over at this block.
    func contains(_ event: RedemptionRequestedEvent, at block: BlockNumber) -> Bool {
        guard let entry = entries[event.key] else { return false }
        return event.block <= entry.event && block < entry.until
    }

    /// Notes the results that an evaluation read at the block of its context.
    package mutating func note(_ facts: ChainFacts, _ context: ActionContext) {
        let query = HostQuery.redemptionRequests(context.wallet.hash, upTo: context.block.number)
        guard case .host(.redemptionRequests(let events))? = facts[.host(query)] else { return }
        let until = context.block.number.adding(Self.windows * context.profile.frequency)
        for event in events where event.block <= context.settled && !contains(event, at: context.block.number) {
            let read = facts[.host(.call(Bridge.PendingRedemptions(event.key), at: context.block.reference))]
            guard case .host(.returned(let data))? = read,
                let request = try? Bridge.PendingRedemptions.decode(answer: data), request.requestedAt.seconds == 0
            else { continue }
            entries[event.key] = Entry(event: event.block, until: until)
        }
    }
}

extension ClosedRedemptions {
    /// Whether it has no entries.
    package var isEmpty: Bool { entries.isEmpty }

    /// The entries that still hold at a block.
    package func holding(at block: BlockNumber) -> ClosedRedemptions {
        var holding = self
        holding.entries = entries.filter { $0.value.until > block }
        return holding
    }

    /// Appends a list of key 32, block of the event u64, block until which the entry holds u64; keys ascend.
    package func append(to bytes: inout Bytes) {
        bytes.append(list: entries.sorted { $0.key < $1.key }) { bytes, entry in
            bytes.append(entry.key)
            bytes.append(bigEndian: entry.value.event.rawValue)
            bytes.append(bigEndian: entry.value.until.rawValue)
        }
    }

    /// Reads the canonical encoding.
    ///
    /// - Throws: ``DecodingFailure`` where the bytes end early, for a block from 2^49 on, and for keys that do not
    ///   ascend.
    package init(from reader: inout ByteReader) throws(DecodingFailure) {
        let list = try reader.counted { reader throws(DecodingFailure) in
            (
                try reader.fixed(UInt256.self),
                Entry(event: try reader.writtenBlockNumber(), until: try reader.writtenBlockNumber())
            )
        }
        guard zip(list, list.dropFirst()).allSatisfy({ $0.0 < $1.0 }) else { throw .value(field: "order") }
        entries = Dictionary(uniqueKeysWithValues: list)
    }
}
