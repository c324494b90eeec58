import Bitcoin
import Coordination
import Foundation
import Ledger
import Node
import Primitives
import ThresholdSigning
import WalletActions

/// Measures how long a node takes to read its ledger at a start: one of 10,000 windows of a wallet, every other one with a
/// redemption, the rest with a heartbeat, and the outbox of the last seven days.
func start() async throws {
    let folder = FileManager.default.temporaryDirectory.appending(component: "benchmark-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try await SyntheticLedger.write(to: folder)
    // In a process of its own: memory is measured by the most that a process ever held.
    let reader = Process()
    reader.executableURL = URL(fileURLWithPath: CommandLine.arguments[0])
    reader.arguments = [SyntheticLedger.argument, folder.path]
    try reader.run()
    reader.waitUntilExit()
}

/// A ledger as five operators leave it, with bytes of the true sizes in place of envelopes.
enum SyntheticLedger {
    static let argument = "start-ledger"
    private static let windows: UInt64 = 10_000
    private static let wallet = WalletPublicKeyHash(hash160([1]))
    private static let peers = (2...5).map { EthereumAddress(hash160([$0])) }

    private static func store(_ folder: URL) throws -> LedgerStore {
        try LedgerStore(
            path: folder.appending(component: "coord.db").path, anchor: folder.appending(component: "anchor").path,
            journalBlocks: 10)
    }

    /// Opens the store and starts from it, and prints what that took.
    static func read(_ folder: URL) async throws {
        let clock = ContinuousClock()
        let (before, start) = (Usage(), clock.now)
        let found = try await store(folder).start()
        let (after, time) = (Usage(), clock.now - start)
        print(
            """
            starting from a ledger of \(windows) windows (\(found.ledger.records.count) records, \(found.waiting.count) \
            rows to send): \(after.milliseconds - before.milliseconds) ms of CPU, in \(time); at most \
            \(after.peak >> 20) MiB, \(before.peak >> 20) before
            """)
    }

    static func write(to folder: URL) async throws {
        let store = try store(folder)
        let frequency = ProtocolProfile.mainnet.frequency
        var (events, outbox): ([LedgerEvent], [OutboxMessage]) = ([.booted(bootNonce: bytes(16), build: "1")], [])
        for window in 1...windows {
            let start = BlockNumber(window * frequency)
            events += try self.events(WindowKey(wallet: wallet, coordinationBlock: start), window)
            // Seven days have 56 windows; of the last one nothing has arrived yet.
            if window > windows - 56 {
                outbox += (0..<6).map { _ in
                    OutboxMessage(
                        recipients: peers, kind: .verdict, envelope: bytes(260), intent: nil,
                        expiry: start.adding(window == windows ? frequency : 60))
                }
            }
            guard window.isMultiple(of: 100) else { continue }
            let cursor = BlockReference(number: start.adding(60), hash: sha256([1]))
            _ = try await store.commit(LedgerTransaction(cursor: cursor, events: events, outbox: outbox))
            (events, outbox) = ([], [])
        }
    }

    private static func events(_ key: WindowKey, _ window: UInt64) throws -> [LedgerEvent] {
        let block = BlockReference(number: key.coordinationBlock, hash: sha256(bytes(8)))
        let isRedemption = window.isMultiple(of: 2)
        let script = Script.p2wpkh(hash160(bytes(8)))
        let proposal: Proposal =
            isRedemption ? .redemption(scripts: [script.bytes], fee: 1_000) : .heartbeat(message: bytes(16))
        let domain = Domain(chainID: 1, profile: .mainnet)
        let digest = ProposalDigest(
            payload: proposal.encoded, domain: domain, wallet: wallet, coordinationBlock: key.coordinationBlock)
        let vote = WindowMachine.Vote(
            form: .verdict, digest: digest, proposal: proposal, block: block, agreementSeats: 3)
        let (job, session) = (sha256(bytes(8)), sha256(bytes(8)))
        let seats = [1, 2, 3].map { SeatNumber($0) }
        var events: [LedgerEvent] = [.windowSeeded(key, seedHash: block.hash)]
        events += peers.map { .envelopeKept(key, signer: $0, envelope: bytes(260)) }
        events += [
            .voted(key, vote, envelope: bytes(260)), .ended(key, .agreed(proposal.action)),
            .handedOver(
                key, digest: digest, begin: key.coordinationBlock.adding(100),
                expiry: key.coordinationBlock.adding(700)),
        ]
        events += (1...16).map { .attempt(AttemptStep(window: key, job: job, attempt: 4_096 + $0, step: .marker)) }
        let binding = AttemptStep.Step.binding(session: session, request: session, seats: seats)
        events.append(.attempt(AttemptStep(window: key, job: job, attempt: 4_097, step: binding)))
        events += try steps(key, proposal, digest, script).map(LedgerEvent.record)
        let report = SigningReport(
            isSigned: true, ready: seats,
            sessions: [.init(number: 1, seats: seats, open: OpenInputs([0]), silent: [])], blamed: [:])
        return events + [.signingEnded(key, job: job, report), .ended(key, .executed)]
    }

    /// Every step of the record of a window's action.
    private static func steps(
        _ key: WindowKey, _ proposal: Proposal, _ digest: ProposalDigest, _ script: Script
    ) throws -> [ActionRecord] {
        let (start, amount) = (key.coordinationBlock, Satoshis(1_000_000) ?? .zero)
        let outPoint = OutPoint(txid: Txid(sha256(bytes(8))), index: 0)
        func transaction(_ witness: [Bytes]) -> Transaction {
            Transaction(
                version: 2, inputs: [TxInput(outPoint: outPoint, sequence: .max, witness: witness)],
                outputs: [script, script].map { TxOutput(value: amount, script: $0) }, lockTime: 0)
        }
        let (subject, id, states): (ActionRecord.Subject, Hash32, [ActionRecord.State])
        if case .heartbeat(let message) = proposal {
            (subject, id, states) = (.message(message), sha256(sha256(message).bytes), [.releasing, .signed(bytes(64))])
        } else {
            let (signed, hash) = (transaction([bytes(64)]).encoded, BlockHash(sha256(bytes(8))))
            (subject, id) = (.transaction(transaction([])), transaction([]).unsignedID)
            states = [
                .releasing, .signed(signed), .seen(signed), .mined(signed, height: 5, block: hash),
                .settled(signed, height: 5, block: hash), .proven(signed), .done(signed),
            ]
        }
        let isMessage = subject.transaction == nil
        var record = ActionRecord(
            id: ActionRecord.ID(wallet: wallet, unsigned: id), proposal: digest, coordinationBlock: start,
            action: proposal.action, deadline: start.adding(600), expiry: start.adding(700), subject: subject,
            inputs: [
                ActionRecord.Input(
                    outPoint: isMessage ? nil : outPoint,
                    spent: isMessage ? nil : TxOutput(value: amount, script: script), message: id)
            ], fee: 1_000)
        var steps = [record]
        for state in states {
            guard let next = record.moved(to: state) else { throw DecodingFailure.value(field: "state") }
            record = next
            steps.append(record)
        }
        return steps
    }

    /// Bytes that no other call gives.
    private static func bytes(_ count: Int) -> Bytes {
        var random = SystemRandom()
        return random.publicBytes(count)
    }
}
