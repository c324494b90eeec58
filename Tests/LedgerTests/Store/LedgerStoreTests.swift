import Coordination
import Foundation
import GRDB
import Node
import Primitives
import TestKit
import Testing
import ThresholdSigning
import WalletActions

@testable import Ledger

@Suite struct LedgerStoreTests {
    private static let wallet = WalletPublicKeyHash(hash160(Bytes("wallet".utf8)))
    private static let key = WindowKey(wallet: wallet, coordinationBlock: BlockNumber(24))
    private static let peers = [EthereumAddress(hash160([1])), EthereumAddress(hash160([2]))]

    private func path() -> String {
        FileManager.default.temporaryDirectory.appending(component: "coord-test-\(UUID().uuidString).db").path
    }

    private func block(_ number: UInt64) -> BlockReference {
        BlockReference(number: BlockNumber(number), hash: sha256([UInt8(number)]))
    }

    private func vote(_ proposal: Proposal) throws -> WindowMachine.Vote {
        WindowMachine.Vote(
            form: .verdict, digest: try #require(ProposalDigest(sha256(proposal.encoded).bytes)), proposal: proposal,
            block: block(24), agreementSeats: 3)
    }

    private func message(_ content: UInt8, intent: Intent?, volatile: Bool = false) -> OutboxMessage {
        OutboxMessage(
            recipients: Self.peers, kind: volatile ? .frostShares : .verdict, envelope: [content], intent: intent,
            expiry: BlockNumber(40))
    }

    @Test("A transaction's events, outbox and cursor are there after the store is opened again, and the chain verifies")
    func durable() async throws {
        let path = path()
        let vote = try vote(.noop)
        let store = try LedgerStore(path: path, journalBlocks: 10)
        let rows = try await store.commit(
            LedgerTransaction(
                cursor: block(25),
                events: [.windowSeeded(Self.key, seedHash: sha256([1])), .voted(Self.key, vote, envelope: [9])],
                outbox: [message(1, intent: .vote(Self.key, vote.digest))])
        ).rows
        #expect(rows.map(\.message.envelope) == [[1]])

        let again = try LedgerStore(path: path, journalBlocks: 10)
        _ = try await again.start()
        let entries = try await again.entries(from: 1)
        #expect(try entries.map { try LedgerEvent(decoding: $0.body) }.last == .voted(Self.key, vote, envelope: [9]))
        #expect(entries.map(\.sequence) == [1, 2])
        #expect(entries[1].previous == entries[0].hash)
        #expect(try await again.start().cursor == block(25))
        let waiting = try await again.start().waiting
        #expect(waiting.map(\.message.recipients) == [Self.peers.sorted()])
        var arrived = LedgerTransaction(cursor: block(26))
        arrived.delivered = [Self.peers[0]: [waiting[0].id]]
        _ = try await again.commit(arrived)
        #expect(try await again.start().waiting.map(\.message.recipients) == [[Self.peers[1]]])
        arrived.delivered = [Self.peers[1]: [waiting[0].id]]
        _ = try await again.commit(arrived)
        #expect(try await again.start().waiting.isEmpty)
    }

    @Test("Messages that expired long ago are deleted with their intents; an intent that another message has stays")
    func retention() async throws {
        let path = path()
        let store = try LedgerStore(path: path, journalBlocks: 10)
        let vote = try vote(.noop)
        let intent = Intent.vote(Self.key, vote.digest)
        func message(_ content: UInt8, _ intent: Intent?, expiry: UInt64, volatile: Bool = false) -> OutboxMessage {
            OutboxMessage(
                recipients: Self.peers, kind: volatile ? .frostShares : .verdict, envelope: [content], intent: intent,
                expiry: BlockNumber(expiry))
        }
        let share = Intent.signing(job: sha256([9]), instance: 1, number: 7, round: "share", content: sha256([1]))
        let first = [
            message(1, intent, expiry: 40), message(2, nil, expiry: 40), message(3, share, expiry: 40, volatile: true),
        ]
        _ = try await store.commit(LedgerTransaction(cursor: block(25), outbox: first))
        _ = try await store.commit(
            LedgerTransaction(cursor: block(26), outbox: [message(1, intent, expiry: 60)]))
        func counts() async throws -> [Int] {
            let reader = try DatabaseQueue(path: path)
            return try await reader.read { database in
                try ["outbox", "outbox_recipients", "intents"].map {
                    try Int.fetchOne(database, sql: "SELECT COUNT(*) FROM \($0)") ?? -1
                }
            }
        }
        #expect(try await counts() == [4, 8, 2])
        var transaction = LedgerTransaction(cursor: block(90))
        transaction.forgets = BlockNumber(40)
        _ = try await store.commit(transaction)
        #expect(try await counts() == [4, 8, 2], "block 40 is not before itself")
        transaction.forgets = BlockNumber(41)
        _ = try await store.commit(transaction)
        #expect(try await counts() == [1, 2, 1], "the vote's intent has another row")
        transaction.forgets = BlockNumber(61)
        _ = try await store.commit(transaction)
        #expect(try await counts() == [0, 0, 0])
    }

    @Test("A second vote of a window is refused, and nothing of its transaction is left")
    func oneVote() async throws {
        let store = try LedgerStore(path: path(), journalBlocks: 10)
        _ = try await store.commit(
            LedgerTransaction(cursor: block(25), events: [.voted(Self.key, try vote(.noop), envelope: [1])]))
        let other = try vote(.heartbeat(message: Bytes(repeating: 0xff, count: 16)))
        await #expect(throws: StoreFailure.writeOnce("votes")) {
            _ = try await store.commit(
                LedgerTransaction(
                    cursor: block(26),
                    events: [.ended(Self.key, .noAction), .voted(Self.key, other, envelope: [2])]))
        }
        #expect(try await store.entries(from: 1).count == 1)
        #expect(try await store.start().cursor == block(25))
        _ = try await store.start()
    }

    @Test("A second content for an intent is refused; the same one again is success")
    func intents() async throws {
        let store = try LedgerStore(path: path(), journalBlocks: 10)
        let first = Intent.vote(Self.key, try vote(.noop).digest)
        let second = Intent.vote(Self.key, try vote(.movingFunds(targets: [], fee: 1)).digest)
        _ = try await store.commit(LedgerTransaction(cursor: block(25), outbox: [message(1, intent: first)]))
        _ = try await store.commit(LedgerTransaction(cursor: block(25), outbox: [message(1, intent: first)]))
        await #expect(throws: StoreFailure.intentConflict(first.name)) {
            _ = try await store.commit(LedgerTransaction(cursor: block(25), outbox: [message(2, intent: second)]))
        }
    }

    @Test("Of a volatile message a second content for its intent is left out, and the rest is committed")
    func volatileIntents() async throws {
        let path = path()
        let store = try LedgerStore(path: path, journalBlocks: 10)
        func intent(_ content: UInt8) -> Intent {
            .signing(job: sha256([9]), instance: 1, number: 7, round: "share", content: sha256([content]))
        }
        _ = try await store.commit(
            LedgerTransaction(cursor: block(25), outbox: [message(1, intent: intent(1), volatile: true)]))
        let second = message(2, intent: intent(2), volatile: true)
        let result = try await store.commit(
            LedgerTransaction(
                cursor: block(26), events: [.halted(Self.wallet, reason: "signing.broken")],
                outbox: [second, message(3, intent: nil)]))
        #expect(result.refused == [second])
        #expect(result.rows.map(\.message.envelope) == [[3]])
        #expect(try await store.entries(from: 1).count == 1)
        #expect(try await store.start().cursor == block(26))
        #expect(try await LedgerStore(path: path, journalBlocks: 10).start().waiting.map(\.message.envelope) == [[3]])
    }

    @Test("Volatile messages are stored as a digest and never sent after a restart")
    func volatileMessages() async throws {
        let path = path()
        let store = try LedgerStore(path: path, journalBlocks: 10)
        let rows = try await store.commit(
            LedgerTransaction(cursor: block(25), outbox: [message(1, intent: nil, volatile: true)])
        ).rows
        #expect(rows.count == 1)
        #expect(try await LedgerStore(path: path, journalBlocks: 10).start().waiting.isEmpty)
    }

    @Test("Every event survives its encoding, and no truncation of one is taken")
    func codec() throws {
        let fault = Fault(
            kind: .leaderMistake, culprit: Self.peers[0], wallet: Self.wallet, coordinationBlock: BlockNumber(24),
            rule: "redemption.value", evidence: [[1], [2, 3]])
        let step = AttemptStep(
            window: Self.key, job: sha256([3]), attempt: 4_097,
            step: .binding(session: sha256([4]), request: sha256([5]), seats: [SeatNumber(1), SeatNumber(3)]))
        let events: [LedgerEvent] = [
            .booted(bootNonce: Bytes(repeating: 1, count: 16), build: "1.0"),
            .reorganised(ancestor: block(7), depth: 2), .windowSeeded(Self.key, seedHash: sha256([1])),
            .envelopeKept(Self.key, signer: Self.peers[0], envelope: [1, 2]),
            .voted(Self.key, try vote(.redemption(scripts: [[1]], fee: 5)), envelope: [3]),
            .proposalRepeated(Self.key, digest: try vote(.noop).digest, envelope: [4]),
            .rejected(Self.key, .view, envelope: [5]),
            .searched(Self.key, .redemption, .leftOut(key: sha256([1]), "redemption.min_age")),
            .searched(Self.key, .redemption, .gaveNothing("redemption.none")),
            .searched(Self.key, .heartbeat, .failed("chain.host")),
            .handedOver(Self.key, digest: try vote(.noop).digest, begin: BlockNumber(38), expiry: BlockNumber(54)),
            .ended(Self.key, .agreed(.redemption)), .ended(Self.key, .executed),
            .ended(Self.key, .actionFailed("wallet.busy")), .ended(Self.key, .error("halted")), .fault(fault),
            .faultDecided(fault, stands: true), .attempt(step), .halted(Self.wallet, reason: "intent_conflict"),
            .haltEnded(Self.wallet),
            .signingEnded(
                Self.key, job: sha256([3]),
                SigningReport(
                    isSigned: true, ready: [SeatNumber(1), SeatNumber(2), SeatNumber(3), SeatNumber(5)],
                    sessions: [
                        .init(
                            number: 1, seats: [SeatNumber(1), SeatNumber(2)], open: OpenInputs([0, 2]),
                            silent: [SeatNumber(2)]),
                        .init(number: 2, seats: [SeatNumber(1), SeatNumber(3)], open: OpenInputs([0]), silent: []),
                    ],
                    blamed: [
                        SeatNumber(1): .undecodableNonce(number: 7), SeatNumber(2): .secondNonce(number: 8),
                        SeatNumber(3): .shareRange(session: 1), SeatNumber(5): .badShare(session: 2, input: 31),
                    ])),
        ]
        for event in events {
            #expect(try LedgerEvent(decoding: event.encoded) == event)
            #expect(throws: DecodingFailure.self) { try LedgerEvent(decoding: event.encoded + [0]) }
            for length in 0..<event.encoded.count {
                #expect(throws: DecodingFailure.self, "\(event) cut to \(length)") {
                    try LedgerEvent(decoding: Bytes(event.encoded.prefix(length)))
                }
            }
        }
    }

    @Test("The journal keeps what was told, in its place among the events, and forgets what is old")
    func journal() async throws {
        let path = path()
        let store = try LedgerStore(path: path, journalBlocks: 10)
        func line(_ byte: UInt8) -> LedgerTransaction.JournalLine {
            LedgerTransaction.JournalLine(time: UInt64(byte), body: [byte])
        }
        let seeded = LedgerEvent.windowSeeded(Self.key, seedHash: sha256([1]))
        _ = try await store.commit(LedgerTransaction(cursor: block(25), events: [seeded], journal: [line(1), line(2)]))
        _ = try await store.commit(LedgerTransaction(cursor: block(30), journal: [line(3)]))
        let all = [
            JournalEntry(after: 0, block: BlockNumber(25), time: 1, body: [1]),
            JournalEntry(after: 0, block: BlockNumber(25), time: 2, body: [2]),
            JournalEntry(after: 1, block: BlockNumber(30), time: 3, body: [3]),
        ]
        #expect(try await store.journal(from: BlockNumber(0)) == all)
        #expect(try await store.journal(from: BlockNumber(26)) == [all[2]])
        _ = try await store.commit(LedgerTransaction(cursor: block(36), journal: [line(4)]))
        #expect(try await store.journal(from: BlockNumber(0)).map(\.body) == [[3], [4]])
        let again = try LedgerStore(path: path, journalBlocks: 10)
        #expect(try await again.journal(from: BlockNumber(0)).map(\.time) == [3, 4])
    }

    @Test("Beyond its bytes the journal forgets its oldest lines and no other, also after the store is opened again")
    func journalBytes() async throws {
        let path = path()
        func store() throws -> LedgerStore { try LedgerStore(path: path, journalBlocks: 10, journalBytes: 10_000) }
        var opened = try store()
        for number in 1...60 as ClosedRange<UInt64> {
            if number == 40 { opened = try store() }
            let times = (number - 1) * 7...number * 7 - 1
            let lines = times.map { LedgerTransaction.JournalLine(time: $0, body: Bytes(repeating: 1, count: 36)) }
            _ = try await opened.commit(
                LedgerTransaction(cursor: block(min(number, 16)), journal: lines))
            // Eleven blocks hold 77 lines, until many stand in one block; of a line's 100 bytes 100 fit, and a 64th of
            // them is freed where one more comes.
            let expected = number <= 16 ? min(number, 11) * 7 : min(77 + (number - 16) * 7, 98)
            let kept = try await opened.journal(from: BlockNumber(0)).map(\.time)
            #expect(kept == Array((times.upperBound + 1 - expected)...times.upperBound), "after commit \(number)")
        }
    }

    @Test("What the journal forgets makes room on the disk for what comes")
    func journalFile() async throws {
        let path = path()
        let store = try LedgerStore(path: path, journalBlocks: 10, journalBytes: 1 << 18)
        let lines = (0..<16).map {
            LedgerTransaction.JournalLine(time: $0, body: Bytes(repeating: 7, count: 16_384))
        }
        for _ in 0..<32 { _ = try await store.commit(LedgerTransaction(cursor: block(25), journal: lines)) }
        let database = try DatabaseQueue(path: path)
        let size = try await database.read {
            try Int.fetchOne($0, sql: "SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")
        }
        #expect(try #require(size) < 2 << 20, "of the 8 MiB that were written")
    }

    @Test("A refused transaction leaves no line in the journal either")
    func refusedJournal() async throws {
        let store = try LedgerStore(path: path(), journalBlocks: 10)
        let line = LedgerTransaction.JournalLine(time: 1, body: [1])
        _ = try await store.commit(
            LedgerTransaction(cursor: block(25), events: [.windowSeeded(Self.key, seedHash: sha256([1]))]))
        await #expect(throws: StoreFailure.writeOnce("window_seeds")) {
            try await store.commit(
                LedgerTransaction(
                    cursor: block(25), events: [.windowSeeded(Self.key, seedHash: sha256([2]))], journal: [line]))
        }
        #expect(try await store.journal(from: BlockNumber(0)).isEmpty)
    }

    @Test("The writer syncs the log with every commit")
    func synced() async throws {
        #expect(try await LedgerStore(path: path(), journalBlocks: 10).synchronous() == 2)
    }

    @Test("The database, its log and its index have mode 0600, when they are made and after each opening")
    func modes() async throws {
        let path = path()
        let files = ["", "-wal", "-shm"].map { path + $0 }
        func modes() throws -> [mode_t] {
            try files.map { file in
                var status = stat()
                try #require(stat(file, &status) == 0, "\(file)")
                return status.st_mode & 0o777
            }
        }
        let store = try LedgerStore(path: path, journalBlocks: 10)
        #expect(try modes() == [0o600, 0o600, 0o600])
        for file in files { #expect(chmod(file, 0o644) == 0) }
        let again = try LedgerStore(path: path, journalBlocks: 10)
        #expect(try modes() == [0o600, 0o600, 0o600])
        #expect(try await store.entries(from: 1) == again.entries(from: 1))
    }

    @Test("A ledger of an earlier build keeps its events, and a second content for a step is still refused")
    func upgrade() async throws {
        let path = path()
        func marker(_ key: WindowKey) -> LedgerEvent {
            .attempt(AttemptStep(window: key, job: sha256([3]), attempt: 4_097, step: .marker))
        }
        let event = marker(Self.key)
        let entry = LedgerEntry(
            sequence: 1, block: BlockNumber(25), body: event.encoded, previous: LedgerEntry.genesis)
        func heartbeat(fee: UInt64) -> ActionRecord {
            ActionRecord(
                id: ActionRecord.ID(wallet: Self.wallet, unsigned: sha256([4])), proposal: first.digest,
                coordinationBlock: BlockNumber(24), action: .heartbeat, deadline: BlockNumber(30),
                expiry: BlockNumber(40), subject: .message(Bytes(repeating: 1, count: 16)),
                inputs: [ActionRecord.Input(outPoint: nil, spent: nil, message: sha256([4]))], fee: fee)
        }
        let first = try vote(.noop)
        let record = heartbeat(fee: 0)
        let database = try DatabaseQueue(path: path)
        try LedgerSchema.migrator.migrate(database, upTo: "3")
        try await database.write { database in
            try database.execute(
                sql: "INSERT INTO events (seq, block, body, previous, hash) VALUES (1, 25, ?, ?, ?)",
                arguments: [entry.body.data, entry.previous.data, entry.hash.data])
            try database.execute(
                sql: "INSERT INTO attempts (job, attempt, step, body) VALUES (?, 4097, 1, ?)",
                arguments: [sha256([3]).data, entry.body.data])
            try database.execute(
                sql: "INSERT INTO votes (wallet, window, digest, envelope) VALUES (?, 24, ?, ?)",
                arguments: [Self.wallet.data, first.digest.data, Bytes([1]).data])
            try database.execute(
                sql: "INSERT INTO record_steps (wallet, record, step, body) VALUES (?, ?, 0, ?)",
                arguments: [record.wallet.data, record.id.unsigned.data, LedgerEvent.record(record).encoded.data])
        }
        try database.close()
        let store = try LedgerStore(path: path, journalBlocks: 10)
        #expect(try await store.entries(from: 1) == [entry])
        let same: [LedgerEvent] = [event, .voted(Self.key, first, envelope: [1]), .record(record)]
        _ = try await store.commit(LedgerTransaction(cursor: block(26), events: same))
        let others: [(String, LedgerEvent)] = [
            ("attempts", marker(WindowKey(wallet: Self.wallet, coordinationBlock: BlockNumber(48)))),
            ("votes", .voted(Self.key, try vote(.heartbeat(message: Bytes(repeating: 2, count: 16))), envelope: [1])),
            ("record_steps", .record(heartbeat(fee: 1))),
        ]
        for (table, other) in others {
            await #expect(throws: StoreFailure.writeOnce(table)) {
                try await store.commit(LedgerTransaction(cursor: block(26), events: [other]))
            }
            await #expect(throws: (any Error).self, "\(table) keeps its rows") {
                try await DatabaseQueue(path: path).write { try $0.execute(sql: "DELETE FROM \(table)") }
            }
        }
    }

    @Test("A file system that refuses is told apart from a damaged ledger, which alone is to be put back")
    func refusedOrDamaged() throws {
        func failure(_ path: String) -> StoreFailure? {
            do throws(StoreFailure) {
                _ = try LedgerStore(path: path, journalBlocks: 10)
                return nil
            } catch {
                return error
            }
        }
        let damaged = path()
        try Data("no database, but long enough to be taken for one".utf8).write(to: URL(filePath: damaged))
        guard case .database(let text)? = failure(damaged) else {
            Issue.record("a file of rubbish is a damaged ledger")
            return
        }
        #expect(text == "file is not a database (SQLite 26)")
        let folder = path()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: false)
        for refused in [folder, folder + "/no/coord.db"] {
            guard case .disk? = failure(refused) else {
                Issue.record("\(refused) is no damaged ledger: \(String(describing: failure(refused)))")
                continue
            }
            #expect(failure(refused)?.fix.contains("put") == false)
        }
    }

    @Test(
        "Every failure is told in words",
        arguments: [
            .intentConflict("vote"), .writeOnce("votes"), .broken(sequence: 7), .unreadable(sequence: 7), .newer,
            .database("file is not a database"), .disk("disk is full"), .behindAnchor(sequence: 7), .anchorDamaged,
            .anchor("Permission denied"),
        ] as [StoreFailure])
    func words(failure: StoreFailure) {
        #expect(!failure.cause.contains("(") && !failure.cause.contains("\""), "\(failure.cause)")
        #expect(failure.cause.split(separator: " ").count > 4 && !failure.fix.isEmpty)
    }

    @Test("A store that a newer build wrote is told apart, and left as it is")
    func newer() async throws {
        let path = path()
        _ = try LedgerStore(path: path, journalBlocks: 10)
        let database = try DatabaseQueue(path: path)
        try await database.write { try $0.execute(sql: "INSERT INTO grdb_migrations (identifier) VALUES ('999')") }
        #expect(throws: StoreFailure.newer) { try LedgerStore(path: path, journalBlocks: 10) }
    }
}
