import Foundation
import Node
import Primitives
import WalletActions

/// The file outside the database with the ledger's position when the node last sent something that must never be
/// contradicted. A ledger that ends before that position, or has another entry there, is one from the past
/// (durability-and-events.md ST12, docs/protocol/wire.md §7).
///
/// Two slots, a page apart, are written in turn, so that a torn write leaves the other one intact.
struct LedgerAnchor: Sendable {
    /// An entry of the ledger.
    struct Mark: Hashable, Sendable {
        let sequence: UInt64
        let hash: Hash32
    }

    /// The bytes from the start of one slot to the start of the next.
    static let pitch = 4_096
    /// The written bytes of a slot.
    static let slotLength = 80

    private let path: String
    /// The newest mark; nil if there is no file.
    private(set) var newest: Mark?
    /// The slot for the next mark.
    private var next = 0

    /// Reads the anchor, if there is one. An anchor without a valid slot is refused.
    init(path: String) throws(StoreFailure) {
        self.path = path
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else {
            if errno == ENOENT { return }
            throw Self.failure("open")
        }
        defer { close(file) }
        var marks: [Mark?] = []
        for slot in 0...1 {
            var bytes = Bytes(repeating: 0, count: Self.slotLength)
            let count = pread(file, &bytes, bytes.count, slot * Self.pitch)
            guard count >= 0 else { throw Self.failure("read") }
            marks.append(Mark(slot: Bytes(bytes.prefix(count))))
        }
        guard let mark = marks.compactMap(\.self).max(by: { $0.sequence < $1.sequence }) else {
            throw .anchorDamaged
        }
        newest = mark
        next = marks[0] == mark ? 1 : 0
    }

    /// Writes a mark into the slot with the older one, and returns once it is on disk. A mark never goes back.
    mutating func write(_ mark: Mark) throws(StoreFailure) {
        guard let newest else { return try make(mark) }
        guard mark.sequence > newest.sequence else { throw .behindAnchor(sequence: newest.sequence) }
        let file = open(path, O_WRONLY | O_CLOEXEC)
        guard file >= 0 else { throw Self.failure("open") }
        defer { close(file) }
        let slot = mark.slot
        guard pwrite(file, slot, slot.count, next * Self.pitch) == slot.count else { throw Self.failure("write") }
        guard fdatasync(file) == 0 else { throw Self.failure("sync") }
        self.newest = mark
        next = 1 - next
    }

    /// Makes the file with the mark in both slots. It gets its name once it is on disk.
    private mutating func make(_ mark: Mark) throws(StoreFailure) {
        let folder = URL(fileURLWithPath: path).deletingLastPathComponent().path
        guard mkdir(folder, 0o700) == 0 || errno == EEXIST else { throw Self.failure("make the folder") }
        let temporary = path + ".new"
        let file = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
        guard file >= 0 else { throw Self.failure("make") }
        do {
            defer { close(file) }
            let gap = Bytes(repeating: 0, count: Self.pitch - Self.slotLength)
            let contents = mark.slot + gap + mark.slot
            guard Glibc.write(file, contents, contents.count) == contents.count, fsync(file) == 0 else {
                throw StoreFailure.anchor(Self.words("write"))
            }
        } catch {
            throw StoreFailure(error)
        }
        guard rename(temporary, path) == 0 else { throw Self.failure("name") }
        // The file's name, and that of a new folder, must also survive a power cut.
        for folder in [folder, URL(fileURLWithPath: folder).deletingLastPathComponent().path] {
            let directory = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
            guard directory >= 0 else { throw Self.failure("open the folder") }
            defer { close(directory) }
            guard fsync(directory) == 0 else { throw Self.failure("sync the folder") }
        }
        (newest, next) = (mark, 0)
    }

    private static func failure(_ verb: String) -> StoreFailure { .anchor(words(verb)) }

    private static func words(_ verb: String) -> String { "cannot \(verb): \(String(cString: strerror(errno)))" }
}

extension LedgerAnchor.Mark {
    /// The bytes of a slot: magic, sequence u64, entry hash 32, SHA-256 of the bytes before.
    var slot: Bytes {
        var bytes = Self.magic
        bytes.append(bigEndian: sequence)
        bytes.append(hash)
        bytes.append(sha256(bytes))
        return bytes
    }

    /// Reads a slot; nil if it is torn, damaged, or was never written.
    init?(slot: Bytes) {
        var reader = ByteReader(slot)
        guard let magic = try? reader.bytes(Self.magic.count), magic == Self.magic,
            let sequence = try? reader.bigEndian(UInt64.self), let hash = try? reader.fixed(Hash32.self),
            let check = try? reader.fixed(Hash32.self), (try? reader.finish()) != nil
        else { return nil }
        self.init(sequence: sequence, hash: hash)
        guard check == sha256(slot.dropLast(Hash32.byteCount)) else { return nil }
    }

    private static let magic = Bytes("coord/an".utf8)
}

extension LedgerEvent {
    /// Whether the event makes the node send something that must never be contradicted, or is followed by such a
    /// message, as a start is by messages that a crash held back.
    var speaks: Bool {
        switch self {
        case .booted, .voted, .proposalRepeated: true
        case .record(let record): record.state == .releasing
        case .attempt(let step): if case .binding = step.step { true } else { false }
        case .windowSeeded, .envelopeKept, .rejected, .fault, .reorganised, .searched, .handedOver, .ended,
            .faultDecided, .signingEnded, .halted, .haltEnded:
            false
        }
    }
}
