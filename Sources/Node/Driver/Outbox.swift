import Coordination
import Primitives

/// The committed messages that are not known to have arrived, by recipient and in order (durability-and-events.md DU5).
///
/// A row waits until its recipient's link acknowledges it. What was on a link that fell goes out again on the next one.
struct Outbox {
    private struct Queue {
        var rows: [OutboxRow] = []
        /// Whether a link to the recipient stands.
        var isLinked = false
        /// How many rows, from the first on, are on the link.
        var sent = 0

        mutating func keep(_ isKept: (OutboxRow) -> Bool) {
            guard !rows.allSatisfy(isKept) else { return }
            sent = rows.prefix(sent).count(where: isKept)
            rows = rows.filter(isKept)
        }
    }

    private var queues: [EthereumAddress: Queue] = [:]

    /// Starts with what was not delivered before; wallets that are halted say nothing of it.
    init(_ waiting: [OutboxRow], halted: some Collection<WalletPublicKeyHash>) {
        for row in waiting where row.message.wallet.map({ !halted.contains($0) }) ?? true {
            for peer in row.message.recipients { add(row, for: peer) }
        }
    }

    /// Whether nothing waits for anybody.
    var isEmpty: Bool { queues.values.allSatisfy(\.rows.isEmpty) }

    /// Takes a row for a recipient, behind those that wait.
    mutating func add(_ row: OutboxRow, for peer: EthereumAddress) { queues[peer, default: Queue()].rows.append(row) }

    /// A link came up or fell: nothing is on it.
    mutating func linkChanged(_ peer: EthereumAddress, isUp: Bool) {
        queues[peer, default: Queue()].isLinked = isUp
        queues[peer]?.sent = 0
    }

    /// The first row that is not on the recipient's link; nil where there is none, or no link.
    func next(for peer: EthereumAddress) -> OutboxRow? {
        guard let queue = queues[peer], queue.isLinked, queue.sent < queue.rows.count else { return nil }
        return queue.rows[queue.sent]
    }

    /// The link took the row that ``next(for:)`` gave.
    mutating func wasSent(to peer: EthereumAddress) { queues[peer]?.sent += 1 }

    /// Rows arrived: they are done with.
    mutating func delivered(_ ids: some Collection<UInt64>, to peer: EthereumAddress) {
        queues[peer]?.keep { !ids.contains($0.id) }
    }

    /// Whether an envelope waits for a recipient.
    func holds(_ envelope: Bytes, for peer: EthereumAddress) -> Bool {
        queues[peer]?.rows.contains { $0.message.envelope == envelope } ?? false
    }

    /// Drops what makes no sense any more at this block.
    mutating func expire(at block: BlockNumber) { keep { $0.message.expiry >= block } }

    /// Drops what waits of a wallet that is halted: another process may have said otherwise.
    mutating func silence(_ wallet: WalletPublicKeyHash) { keep { $0.message.wallet != wallet } }

    private mutating func keep(_ isKept: (OutboxRow) -> Bool) {
        for peer in queues.keys { queues[peer]?.keep(isKept) }
    }
}
