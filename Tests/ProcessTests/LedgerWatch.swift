import Coordination
import Ledger
import Node

/// What one operator's ledger says so far, read beside the process that writes it.
final class LedgerWatch {
    private let path: String
    private var reader: LedgerReader?
    private var last: LedgerEntry?
    private(set) var events: [LedgerEvent] = []
    /// The numbers of entries that do not follow from the one before.
    private(set) var breaks: [UInt64] = []

    init(path: String) { self.path = path }

    var faults: [Fault] { events.compactMap { if case .fault(let fault) = $0 { fault } else { nil } } }

    /// Takes what was written since; a store that is just being made is looked at again.
    func read() async {
        if reader == nil { reader = try? LedgerReader(path: path) }
        for entry in (try? await reader?.entries(from: (last?.sequence ?? 0) + 1)) ?? [] {
            if entry.sequence != (last?.sequence ?? 0) + 1 || entry.previous != last?.hash ?? LedgerEntry.genesis {
                breaks.append(entry.sequence)
            }
            last = entry
            if let event = try? LedgerEvent(decoding: entry.body) { events.append(event) }
        }
    }

    /// Lets go of the store, which is about to be replaced, and reads it from its beginning next; the events stay.
    func letGo() {
        reader = nil
        last = nil
    }
}
