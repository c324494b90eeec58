package import Coordination
package import Primitives
import WalletActions

extension WindowBundle {
    /// Why a window cannot be cut out of a node's ledger.
    package enum Missing: Error, Hashable, Sendable {
        /// The block opens no window of the profile.
        case block(BlockNumber)
        /// The journal does not reach back to the window before; it begins at this block.
        case journal(from: BlockNumber?)
        /// The node has not come to that block yet.
        case ahead(BlockNumber)
        /// The window is not over here.
        case running
        /// An entry of the ledger cannot be read.
        case entry(UInt64)
    }

    /// Windows whose events a restart may still look at.
    private static let kept: UInt64 = 64

    /// Cuts a window out of a node's ledger and journal, from the window before on, in which all that the machine keeps in
    /// memory is built up again, to the end of what is there or two windows later.
    package init(
        _ window: WindowKey, me: EthereumAddress, chainID: UInt64, finalDepth: UInt64, profile: ProtocolProfile,
        wallets: [Wallet], ledger: [LedgerEntry], journal: [JournalEntry]
    ) throws(Missing) {
        let start = window.coordinationBlock
        guard CoordinationWindow(openedBy: start, profile: profile) != nil else { throw .block(start) }
        let from = start.subtracting(profile.frequency)
        let until = start.adding(2 * profile.frequency)
        guard let head = journal.last?.block, head >= start else { throw .ahead(start) }
        guard let first = Self.first(of: journal, from: from, opening: start) else {
            throw .journal(from: journal.first?.block)
        }
        let lines = journal[first...].prefix { $0.block <= until }
        guard let after = lines.first?.after, let last = lines.last, last.block >= start else {
            throw .journal(from: journal.first?.block)
        }
        var before: [Event] = []
        var events: [Event] = []
        var isOver = false
        var build = ""
        let oldest = start.subtracting(Self.kept * profile.frequency)
        for entry in ledger where entry.block <= until || entry.sequence <= after {
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
            build: build, window: window, me: me, chainID: chainID, finalDepth: finalDepth, profile: profile,
            wallets: wallets, before: before, lines: Array(lines), events: events)
    }

    /// The first line to play: the start of the process, where that was in the window before or since; else the first line
    /// of the window before.
    private static func first(of journal: [JournalEntry], from: BlockNumber, opening start: BlockNumber) -> Int? {
        guard let first = journal.firstIndex(where: { $0.block >= from }) else { return nil }
        let begins = journal.indices[first...].first { index in
            guard case .started? = try? JournalStep(decoding: journal[index].body) else { return false }
            return true
        }
        // A cap in bytes may have cut the journal within a block: what is left of it may not tell of the block.
        let tells = journal[first...].prefix { $0.block == from }.contains { $0.tells(of: from) }
        if first > 0 || tells { return first }
        // The journal begins in the midst of the window before: only a start of the process is a place to begin.
        guard let begins, journal[begins].block <= start else { return nil }
        return begins
    }
}

extension JournalEntry {
    /// Whether the line says that this block is the head.
    fileprivate func tells(of block: BlockNumber) -> Bool {
        guard case .told(.head(let head))? = try? JournalStep(decoding: body) else { return false }
        return head.number == block
    }
}

extension LedgerEvent {
    /// Whether a restart may look at the event, when it looks at windows from this block on: records outlive theirs.
    fileprivate func isKept(from oldest: BlockNumber) -> Bool {
        if case .record = self { return true }
        return window.map { $0.coordinationBlock >= oldest } ?? true
    }
}
