import Coordination
import Foundation
import Node
import Primitives
import Testing

@testable import Ledger

extension LedgerStore {
    /// A store whose anchor stands beside it.
    init(
        path: String, journalBlocks: UInt64, journalBytes: Int64 = LedgerStore.mostJournalBytes
    ) throws(StoreFailure) {
        try self.init(
            path: path, anchor: path + ".anchor", journalBlocks: journalBlocks, journalBytes: journalBytes)
    }
}

/// A ledger from the past must not speak (durability-and-events.md ST12).
@Suite struct LedgerAnchorTests {
    private typealias Mark = LedgerAnchor.Mark

    private let folder = FileManager.default.temporaryDirectory.appending(component: "coord-\(UUID().uuidString)")
    private let cursor = BlockReference(number: BlockNumber(25), hash: sha256([25]))

    private init() throws {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    private var anchorPath: String { folder.appending(components: "run", "anchor").path }

    private func open(_ name: String = "coord.db") throws(StoreFailure) -> LedgerStore {
        try LedgerStore(path: folder.appending(component: name).path, anchor: anchorPath, journalBlocks: 10)
    }

    /// The start of a process, after which it may send what waits.
    private func boot(_ build: String) -> LedgerTransaction {
        LedgerTransaction(cursor: cursor, events: [.booted(bootNonce: Bytes(repeating: 1, count: 16), build: build)])
    }

    /// The vote of a window.
    private func vote(_ window: UInt64, _ proposal: Proposal = .noop) throws -> LedgerTransaction {
        let key = WindowKey(
            wallet: WalletPublicKeyHash(hash160(Bytes("wallet".utf8))), coordinationBlock: BlockNumber(window))
        let vote = WindowMachine.Vote(
            form: .verdict, digest: try #require(ProposalDigest(sha256(proposal.encoded).bytes)), proposal: proposal,
            block: cursor, agreementSeats: 3)
        return LedgerTransaction(cursor: cursor, events: [.voted(key, vote, envelope: [9])])
    }

    /// A file and its log, as they stand, under another name.
    private func copy(_ name: String, to other: String) throws {
        for suffix in ["", "-wal"] {
            let path = folder.appending(component: name + suffix).path
            guard FileManager.default.fileExists(atPath: path) else { continue }
            try FileManager.default.copyItem(atPath: path, toPath: folder.appending(component: other + suffix).path)
        }
    }

    @Test("A slot has the bytes of the format, and none with another byte or length is read")
    func slot() throws {
        let mark = Mark(sequence: 0x0102, hash: sha256([1]))
        let golden =
            "636f6f72642f616e" + "0000000000000102"
            + "4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a"
            + "dbe332d94f720a8cc524841d504fe24ed289ad57377f7b26dc0bb17d1aa48019"
        #expect(mark.slot.hex == golden)
        #expect(mark.slot.count == LedgerAnchor.slotLength)
        #expect(Mark(slot: mark.slot) == mark)
        #expect(Mark(slot: mark.slot + [0]) == nil)
        for place in mark.slot.indices {
            var other = mark.slot
            other[place] ^= 1
            #expect(Mark(slot: other) == nil, "byte \(place)")
            #expect(Mark(slot: Bytes(mark.slot.prefix(place))) == nil, "cut to \(place)")
        }
    }

    @Test("A write that is torn at any byte leaves the mark before it, and the next one takes its place")
    func torn() throws {
        var anchor = try LedgerAnchor(path: anchorPath)
        #expect(anchor.newest == nil)
        try anchor.write(Mark(sequence: 1, hash: sha256([1])))
        try anchor.write(Mark(sequence: 2, hash: sha256([2])))
        let (file, before) = (URL(fileURLWithPath: anchorPath), try Data(contentsOf: URL(fileURLWithPath: anchorPath)))
        let third = Mark(sequence: 3, hash: sha256([3]))
        try anchor.write(third)
        let after = try Data(contentsOf: file)
        let changed = before.indices.filter { before[$0] != after[$0] }
        #expect(changed.allSatisfy { $0 >= LedgerAnchor.pitch }, "the slot with the older mark is written")
        for written in 0..<LedgerAnchor.slotLength {
            let end = LedgerAnchor.pitch + written
            try (after[..<end] + before[end...]).write(to: file)
            var again = try LedgerAnchor(path: anchorPath)
            // Before its first and after its last changed byte the slot is a whole one.
            let whole = end > changed.max() ?? 0
            #expect(again.newest == (whole ? third : Mark(sequence: 2, hash: sha256([2]))), "torn at \(written)")
            try again.write(Mark(sequence: 4, hash: sha256([4])))
            #expect(try LedgerAnchor(path: anchorPath).newest?.sequence == 4)
            #expect(throws: StoreFailure.behindAnchor(sequence: 4)) {
                try again.write(Mark(sequence: 4, hash: sha256([5])))
            }
        }
        try Data(repeating: 0, count: after.count).write(to: file)
        #expect(throws: StoreFailure.anchorDamaged) { try LedgerAnchor(path: anchorPath) }
        #expect(throws: StoreFailure.anchorDamaged) { try open() }
    }

    @Test("A ledger that was copied before a vote is refused after it, and the newest one is not")
    func copied() async throws {
        let store = try open()
        #expect(!store.lacksAnchor)
        _ = try await store.commit(boot("1"))
        try copy("coord.db", to: "old.db")
        _ = try await store.commit(try vote(24))
        #expect(throws: StoreFailure.behindAnchor(sequence: 2)) { try open("old.db") }
        let newest = try open()
        #expect(try await newest.entries(from: 1).count == 2)
        #expect(throws: StoreFailure.behindAnchor(sequence: 2)) { try open("fresh.db") }
    }

    @Test("A ledger that went on otherwise from a copy is refused, however long it is")
    func otherHistory() async throws {
        let store = try open()
        _ = try await store.commit(boot("1"))
        try copy("coord.db", to: "other.db")
        _ = try await store.commit(try vote(24))
        let other = try LedgerStore(
            path: folder.appending(component: "other.db").path,
            anchor: folder.appending(component: "elsewhere").path, journalBlocks: 10)
        #expect(other.lacksAnchor)
        _ = try await other.commit(try vote(24, .heartbeat(message: Bytes(repeating: 0xff, count: 16))))
        _ = try await other.commit(try vote(48))
        #expect(throws: StoreFailure.behindAnchor(sequence: 2)) { try open("other.db") }
    }

    @Test("What a crash left between database and anchor is anchored by the next start, before anything is sent")
    func crashBetween() async throws {
        let store = try open()
        _ = try await store.commit(boot("1"))
        let before = try Data(contentsOf: URL(fileURLWithPath: anchorPath))
        _ = try await store.commit(try vote(24))
        try before.write(to: URL(fileURLWithPath: anchorPath))
        let again = try open()
        try copy("coord.db", to: "old.db")
        _ = try await again.commit(boot("2"))
        #expect(try LedgerAnchor(path: anchorPath).newest?.sequence == 3)
        #expect(throws: StoreFailure.behindAnchor(sequence: 3)) { try open("old.db") }
    }

    @Test("What says nothing that binds moves no anchor; an earlier build's ledger gets one with its first start")
    func quiet() async throws {
        let store = try open()
        _ = try await store.commit(boot("1"))
        _ = try await store.commit(
            LedgerTransaction(cursor: cursor, events: [.reorganised(ancestor: cursor, depth: 1)]))
        #expect(try LedgerAnchor(path: anchorPath).newest?.sequence == 1)
        try FileManager.default.removeItem(atPath: anchorPath)
        let upgraded = try open()
        #expect(upgraded.lacksAnchor)
        _ = try await upgraded.commit(boot("2"))
        #expect(try LedgerAnchor(path: anchorPath).newest?.sequence == 3)
        #expect(try !open().lacksAnchor)
    }

    @Test("A commit whose anchor cannot be written fails")
    func failed() async throws {
        let store = try open()
        _ = try await store.commit(boot("1"))
        try FileManager.default.removeItem(atPath: anchorPath)
        try FileManager.default.createDirectory(atPath: anchorPath, withIntermediateDirectories: false)
        await #expect(throws: StoreFailure.self) { _ = try await store.commit(try vote(24)) }
    }
}
