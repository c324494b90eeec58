import Coordination
import Ethereum
import Primitives
import WalletActions

/// Events in chain order, in one list for each wallet.
struct EventsByWallet: Hashable, Sendable {
    private var lists: [WalletPublicKeyHash: [IndexedEvent]] = [:]

    init(_ events: [IndexedEvent] = []) { append(events) }

    mutating func append(_ events: [IndexedEvent]) {
        for event in events { lists[event.wallet, default: []].append(event) }
    }

    mutating func cut(to block: BlockNumber) {
        for wallet in lists.keys { lists[wallet]?.removeAll { $0.block > block } }
    }

    mutating func replace(_ block: BlockNumber, by events: [IndexedEvent]) {
        for wallet in lists.keys { lists[wallet]?.removeAll { $0.block == block } }
        append(events)
        for wallet in Set(events.map(\.wallet)) {
            lists[wallet]?.sort { ($0.block, $0.logIndex) < ($1.block, $1.logIndex) }
        }
    }

    /// Whether an event made this request.
    func holds(_ request: Bridge.RedemptionRequest, key: UInt256) -> Bool {
        lists.values.contains { events in
            events.contains { event in
                guard let made = event.request else { return false }
                return made.key == key && made.requestedAmount == request.requestedAmount
                    && made.treasuryFee == request.treasuryFee && made.txMaxFee == request.txMaxFee
            }
        }
    }

    /// Adds the values that `value` makes of a wallet's events up to a block, in chain order.
    func add<Value>(
        of wallet: WalletPublicKeyHash, upTo block: BlockNumber, _ value: (IndexedEvent) -> Value?,
        to values: inout [Value]
    ) {
        for event in lists[wallet] ?? [] where event.block <= block {
            if let value = value(event) { values.append(value) }
        }
    }
}
