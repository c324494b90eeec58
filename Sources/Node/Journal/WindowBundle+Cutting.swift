package import Coordination
package import Primitives
import WalletActions

extension WindowBundle {
    /// The reason that a window cannot be cut out of a node's ledger.
    package enum Missing: Error, Hashable, Sendable {
        /// The block opens no window of the profile.
        case block(BlockNumber)
        /// The journal has no line before the window at which a machine can begin; it begins at this block.
        case journal(from: BlockNumber?)
        /// The node has not reached that block yet.
        case ahead(BlockNumber)
        /// The window is not over at this node.
        case running
        /// An entry of the ledger cannot be read.
        case entry(UInt64)
        /// A line of the journal at this block has a kind that other builds wrote.
        case line(BlockNumber, kind: UInt8)
    }

    /// The number of windows whose events a restart may still read.
    private static let kept: UInt64 = 64

    /// Cuts a window out of a node's ledger and journal. The cut starts at the last line before the window at which a
    /// machine can begin. It ends at the end of the journal or two windows later.
    ///
    /// - Throws: ``Missing`` where the block opens no window, the window is not over at this node, or ledger or journal
    ///   lack a part of it or hold one that this build cannot read.
    package init(
        _ window: WindowKey, me: EthereumAddress, chainID: UInt64, finalDepth: UInt64, blockMilliseconds: UInt64,
        profile: ProtocolProfile, wallets: [Wallet], ledger: [LedgerEntry], journal: [JournalEntry]
    ) throws(Missing) {
        let start = window.coordinationBlock
        guard CoordinationWindow(openedBy: start, profile: profile) != nil else { throw .block(start) }
        let until = start.adding(2 * profile.frequency)
        guard let head = journal.last?.block, head >= start else { throw .ahead(start) }
        guard let first = Self.first(of: journal, opening: start) else {
            throw .journal(from: journal.first?.block)
        }
        let lines = journal[first...].prefix { $0.block <= until }
        guard let after = lines.first?.after, let last = lines.last, last.block >= start else {
            throw .journal(from: journal.first?.block)
        }
        for line in lines { if let kind = line.unreadKind { throw .line(line.block, kind: kind) } }
        var before: [Event] = []
        var events: [Event] = []
        var isOver = false
        var build = ""
        let oldest = start.subtracting(Self.kept * profile.frequency)
        let end = journal[(first + lines.count)...].first?.after ?? .max
        for entry in ledger where entry.sequence <= end {
            guard let event = try? LedgerEvent(decoding: entry.body) else { throw .entry(entry.sequence) }
            let placed = Event(sequence: entry.sequence, block: entry.block, body: entry.body)
            if case .booted(_, let name) = event, entry.block <= start { build = name }
            if entry.sequence > after {
                events.append(placed)
                if case .ended(window, let outcome) = event, outcome.isFinal { isOver = true }
            } else if event.isKept(from: oldest) {
                before.append(placed)
            }
        }
        guard isOver else { throw .running }
        self.init(
            build: build, window: window, me: me, chainID: chainID, finalDepth: finalDepth,
            blockMilliseconds: blockMilliseconds, profile: profile, wallets: wallets, before: before,
            lines: Array(lines), events: events)
    }

    /// The last line before the window at which the ledger and the line hold all state of a machine.
    private static func first(of journal: [JournalEntry], opening start: BlockNumber) -> Int? {
        journal.lastIndex { line in
            guard line.block < start else { return false }
            return switch try? JournalStep(decoding: line.body) {
            case .started, .remembered: true
            case .told, .sent, nil: false
            }
        }
    }
}

extension LedgerEvent {
    /// Whether a restart that looks at windows from this block on may read the event. Records outlive their windows.
    fileprivate func isKept(from oldest: BlockNumber) -> Bool {
        if case .record = self { return true }
        return window.map { $0.coordinationBlock >= oldest } ?? true
    }
}
