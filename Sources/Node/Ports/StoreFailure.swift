/// The reason that the store refused.
package enum StoreFailure: Error, Hashable, Sendable {
    /// A second content for the purpose of a message that is not volatile: the first stands.
    case intentConflict(String)
    /// A write-once row was written again with other content.
    case writeOnce(String)
    /// The hash chain does not verify at this sequence.
    case broken(sequence: UInt64)
    /// An entry cannot be read by this build.
    case unreadable(sequence: UInt64)
    /// The store was written by a newer build.
    case newer
    /// The database is damaged; nothing was committed.
    case database(String)
    /// The file system refused the database; nothing was committed.
    case disk(String)
    /// The ledger lacks the entry of this sequence or holds another one, although this node has already sent messages
    /// that rest on it.
    case behindAnchor(sequence: UInt64)
    /// Neither slot of the ledger's anchor is sound.
    case anchorDamaged
    /// The ledger's anchor cannot be read or written: the commit may be on disk, but none of its messages is sent.
    case anchor(String)
}

extension StoreFailure {
    /// A description of the failure for operators.
    package var cause: String {
        switch self {
        case .intentConflict(let intent):
            "a second content was to leave for \(intent): the ledger is older than what this node has said, or another "
                + "process runs with its key"
        case .writeOnce(let table):
            "a row of \(table) was to be written a second time, otherwise: the ledger is older than what this node has "
                + "said, or another process runs with its key"
        case .broken(let sequence): "event \(sequence) of coord.db does not follow from the one before it"
        case .unreadable(let sequence): "event \(sequence) of coord.db is of a kind that this build does not read"
        case .newer: "coord.db was written by a newer build of coord"
        case .database(let text): "coord.db is damaged: \(text)"
        case .disk(let text): "coord.db cannot be read or written: \(text)"
        case .behindAnchor(let sequence):
            "coord.db lacks event \(sequence), or holds another one there, and this node has spoken with it: the "
                + "ledger is from the past, and may have voted or signed otherwise since"
        case .anchorDamaged:
            "run/anchor holds no sound slot, so nothing shows whether coord.db is the newest ledger"
        case .anchor(let text): "run/anchor cannot be read or written: \(text)"
        }
    }

    /// The advice for operators. For a disk that refuses, it never suggests replacing the ledger.
    package var fix: String {
        switch self {
        case .intentConflict, .writeOnce: "do not start again; docs/reasons.md says what store.commit means"
        case .broken, .database:
            "check the disk, and put the newest coord.db back with its -wal; an older copy must not run"
        case .unreadable, .newer: "run the build that wrote it, or a newer one"
        case .disk, .anchor:
            "see that the disk of storage.directory has room and is not read-only, and that this user owns the "
                + "directory and everything in it; leave coord.db as it is"
        case .behindAnchor:
            "do not run it; put the newest coord.db back, with its -wal; if it is lost, wait until nothing that it "
                + "spoke of is under way, remove run/anchor and start: docs/reasons.md says how long"
        case .anchorDamaged:
            "check the disk; if coord.db was never replaced by a copy, remove run/anchor and start; otherwise do as "
                + "with store.behind_anchor"
        }
    }
}
