import Coordination
import Primitives

/// The committed messages that are not known to have arrived, by recipient and in order (durability-and-events.md DU5).
///
/// A row waits until its recipient's link acknowledges it. Rows that were on a link that fell go out again on the next
/// link.
struct Outbox {
    private struct Queue {
        var rows: [OutboxRow] = []
        /// Whether a link to the recipient stands.
        var isLinked = false
        /// How many rows, counted from the first, are on the link.
        var sent = 0

        mutating func keep(_ isKept: (OutboxRow) -> Bool) {
            guard !rows.allSatisfy(isKept) else { return }
            sent = rows.prefix(sent).count(where: isKept)
            rows = rows.filter(isKept)
        }
    }

    private var queues: [EthereumAddress: Queue] = [:]

    /// Starts with the undelivered messages of the earlier process, without those of halted wallets.
    init(_ waiting: [OutboxRow], halted: some Collection<WalletPublicKeyHash>) {
        for row in waiting where row.message.wallet.map({ !halted.contains($0) }) ?? true {
            for peer in row.message.recipients { add(row, for: peer) }
        }
    }

    /// Whether no message waits for any recipient.
    var isEmpty: Bool { queues.values.allSatisfy(\.rows.isEmpty) }

    /// Adds a row for a recipient, behind those that wait.
    mutating func add(_ row: OutboxRow, for peer: EthereumAddress) { queues[peer, default: Queue()].rows.append(row) }

    /// Takes note that a link came up or fell; no row is on it.
    mutating func linkChanged(_ peer: EthereumAddress, isUp: Bool) {
        queues[peer, default: Queue()].isLinked = isUp
        queues[peer]?.sent = 0
    }

    /// The first row that is not on the recipient's link; nil without such a row or without a link.
    func next(for peer: EthereumAddress) -> OutboxRow? {
        guard let queue = queues[peer], queue.isLinked, queue.sent < queue.rows.count else { return nil }
        return queue.rows[queue.sent]
    }

    /// The link took the row that ``next(for:)`` gave.
    mutating func wasSent(to peer: EthereumAddress) { queues[peer]?.sent += 1 }

    /// Removes rows that arrived.
    mutating func delivered(_ ids: some Collection<UInt64>, to peer: EthereumAddress) {
        queues[peer]?.keep { !ids.contains($0.id) }
    }

    /// Whether an envelope waits for a recipient.
    func holds(_ envelope: Bytes, for peer: EthereumAddress) -> Bool {
        queues[peer]?.rows.contains { $0.message.envelope == envelope } ?? false
    }

    /// Drops the messages that have expired at this block.
    mutating func expire(at block: BlockNumber) { keep { $0.message.expiry >= block } }

    /// Drops the waiting messages of a halted wallet: another process may have sent different ones.
    mutating func silence(_ wallet: WalletPublicKeyHash) { keep { $0.message.wallet != wallet } }

    private mutating func keep(_ isKept: (OutboxRow) -> Bool) {
        for peer in queues.keys { queues[peer]?.keep(isKept) }
    }
}
