import Coordination
import Node
import Primitives
import TestKit
import Testing
import ThresholdSigning
import WalletActions

/// The golden bytes of docs/protocol/wire.md §7, computed independently of this code.
@Suite struct LedgerEventTests {
    private static let wallet = WalletPublicKeyHash(Hash20(Bytes(0..<20)) ?? .zero)
    private static let window = WindowKey(wallet: wallet, coordinationBlock: BlockNumber(900))
    private static let member: EthereumAddress = filled(0xad)
    private static let message: Bytes = Bytes(repeating: 0xff, count: 8) + Bytes(0..<8)

    private static let walletBytes = "000102030405060708090a0b0c0d0e0f10111213"
    private static let windowBytes = "\(walletBytes) 0000000000000384"

    /// A value all of whose bytes are this one.
    private static func filled<Value: FixedBytes>(_ byte: UInt8) -> Value {
        Bytes(repeating: byte, count: Value.byteCount).withUnsafeBytes { Value(loading: $0) }
    }

    private static func seats(_ numbers: UInt16...) -> [SeatNumber] { numbers.map { SeatNumber($0) } }

    private static func vote(_ form: WindowMachine.Vote.Form, _ proposal: Proposal, seats: Int) -> WindowMachine.Vote {
        WindowMachine.Vote(
            form: form, digest: filled(0xa5), proposal: proposal,
            block: BlockReference(number: BlockNumber(898), hash: filled(0xb5)), agreementSeats: seats)
    }

    private static func fault(_ kind: FaultKind, _ rule: RuleID? = nil, _ evidence: [Bytes] = []) -> Fault {
        Fault(
            kind: kind, culprit: member, wallet: wallet, coordinationBlock: BlockNumber(900), rule: rule,
            evidence: evidence)
    }

    private static let record = ActionRecord(
        id: ActionRecord.ID(wallet: wallet, unsigned: hash256(message)), proposal: filled(0xdd),
        coordinationBlock: BlockNumber(900), action: .heartbeat, deadline: BlockNumber(1_000),
        expiry: BlockNumber(1_100), subject: .message(message),
        inputs: [ActionRecord.Input(outPoint: nil, spent: nil, message: hash256(message))], fee: 0)

    private static let report = SigningReport(
        isSigned: true, ready: seats(1, 2, 4, 255),
        sessions: [
            SigningReport.Session(
                number: 0, seats: seats(1, 2, 4), open: OpenInputs(rawValue: 0b101), silent: seats(2)),
            SigningReport.Session(number: 1, seats: seats(1, 4, 255), open: OpenInputs(rawValue: 0b100), silent: []),
        ],
        blamed: [
            SeatNumber(2): .undecodableNonce(number: 17), SeatNumber(3): .secondNonce(number: 18),
            SeatNumber(5): .shareRange(session: 6), SeatNumber(7): .badShare(session: 8, input: 9),
        ])

    // MARK: - Bytes

    /// The events of the process and of an agreement, up to the hand-over.
    private static let agreement: [(LedgerEvent, String)] = [
        (
            .booted(bootNonce: Bytes(repeating: 0x0b, count: 16), build: "coord 1.0"),
            "01 00000010 0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b 00000009 636f6f726420312e30"
        ),
        (
            .reorganised(ancestor: BlockReference(number: BlockNumber(899), hash: filled(0xa2)), depth: 2),
            "02 0000000000000383 a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2 0000000000000002"
        ),
        (
            .windowSeeded(window, seedHash: filled(0xa3)),
            "03 \(windowBytes) a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3a3"
        ),
        (
            .envelopeKept(window, signer: member, envelope: [0xe0, 0xe1]),
            "04 \(windowBytes) adadadadadadadadadadadadadadadadadadadad 00000002 e0e1"
        ),
        (
            .voted(window, vote(.proposal, .heartbeat(message: message), seats: 51), envelope: [0xe2]),
            """
            05 \(windowBytes) 01 a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5 00000011 01
            ffffffffffffffff0001020304050607 0000000000000382
            b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5 0000000000000033 00000001 e2
            """
        ),
        (
            .voted(
                window, vote(.verdict, .redemption(scripts: [[0x51, 0x52], [0x53]], fee: 1_730), seats: 52),
                envelope: [0xe3]),
            """
            05 \(windowBytes) 02 a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5 00000012 03 0002
            0002 5152 0001 53 00000000000006c2 0000000000000382
            b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5 0000000000000034 00000001 e3
            """
        ),
        (
            .voted(window, vote(.verdict, .noop, seats: 52), envelope: []),
            """
            05 \(windowBytes) 02 a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5a5 00000001 00
            0000000000000382 b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5b5 0000000000000034
            00000000
            """
        ),
        (
            .proposalRepeated(window, digest: filled(0xa6), envelope: [0xe4]),
            "06 \(windowBytes) a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6a6 00000001 e4"
        ),
        (.rejected(window, .invalid, envelope: [0xe5]), "07 \(windowBytes) 01 00000001 e5"),
        (.rejected(window, .view, envelope: [0xe6]), "07 \(windowBytes) 02 00000001 e6"),
        (.rejected(window, .cannotTell, envelope: [0xe7]), "07 \(windowBytes) 03 00000001 e7"),
        (
            .searched(window, .redemption, .leftOut(key: filled(0xa8), "redemption.min_age")),
            """
            08 \(windowBytes) 03 01 a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8a8 00000012
            726564656d7074696f6e2e6d696e5f616765
            """
        ),
        (
            .searched(window, .redemption, .gaveNothing("redemption.none")),
            "08 \(windowBytes) 03 02 0000000f 726564656d7074696f6e2e6e6f6e65"
        ),
        (.searched(window, .heartbeat, .failed("chain.host")), "08 \(windowBytes) 01 03 0000000a 636861696e2e686f7374"),
        (
            .handedOver(window, digest: filled(0xa9), begin: BlockNumber(1_000), expiry: BlockNumber(1_100)),
            """
            09 \(windowBytes) a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9a9 00000000000003e8
            000000000000044c
            """
        ),
    ]

    /// Every outcome with the bytes of the event that tells of it.
    private static let outcomes: [(Outcome, String)] = [
        (.agreed(.redemption), "0a \(windowBytes) 00000006 616772656564 01 03"),
        (.executed, "0a \(windowBytes) 00000008 6578656375746564 00"),
        (
            .actionFailed("wallet.busy"),
            "0a \(windowBytes) 0000000d 616374696f6e5f6661696c6564 02 0000000b 77616c6c65742e62757379"
        ),
        (.actionExpired, "0a \(windowBytes) 0000000e 616374696f6e5f65787069726564 00"),
        (.noAction, "0a \(windowBytes) 00000009 6e6f5f616374696f6e 00"),
        (.leaderIdle, "0a \(windowBytes) 0000000b 6c65616465725f69646c65 00"),
        (
            .rejected("redemption.value"),
            "0a \(windowBytes) 00000008 72656a6563746564 02 00000010 726564656d7074696f6e2e76616c7565"
        ),
        (.noQuorum, "0a \(windowBytes) 00000009 6e6f5f71756f72756d 00"),
        (.equivocation, "0a \(windowBytes) 0000000c 65717569766f636174696f6e 00"),
        (.walletBusy, "0a \(windowBytes) 0000000b 77616c6c65745f62757379 00"),
        (.notSynced("sync.seed"), "0a \(windowBytes) 0000000a 6e6f745f73796e636564 02 00000009 73796e632e73656564"),
        (
            .notSynced("sync.unnamed"),
            "0a \(windowBytes) 0000000a 6e6f745f73796e636564 02 0000000c 73796e632e756e6e616d6564"
        ),
        (.missed, "0a \(windowBytes) 00000006 6d6973736564 00"),
        (.error("halted"), "0a \(windowBytes) 00000005 6572726f72 02 00000006 68616c746564"),
    ]

    /// The events outside the agreement: faults, and what follows a hand-over.
    private static let others: [(LedgerEvent, String)] = [
        (
            .fault(fault(.leaderIdleness)),
            "0b 01 adadadadadadadadadadadadadadadadadadadad \(windowBytes) 00000000 0000000000000000"
        ),
        (
            .fault(fault(.leaderMistake, "redemption.value", [[0xe8]])),
            """
            0b 02 adadadadadadadadadadadadadadadadadadadad \(windowBytes) 00000010 726564656d7074696f6e2e76616c7565
            0000000000000001 00000001 e8
            """
        ),
        (
            .fault(fault(.signingEquivocation, nil, [[0xe8], [0xe9, 0xea]])),
            """
            0b 06 adadadadadadadadadadadadadadadadadadadad \(windowBytes) 00000000 0000000000000002 00000001 e8
            00000002 e9ea
            """
        ),
        (
            .faultDecided(fault(.leaderImpersonation, nil, [[0xe8]]), stands: true),
            "0c 03 adadadadadadadadadadadadadadadadadadadad \(windowBytes) 00000000 0000000000000001 00000001 e8 01"
        ),
        (
            .faultDecided(fault(.leaderMistake, "redemption.value", [[0xe8]]), stands: false),
            """
            0c 02 adadadadadadadadadadadadadadadadadadadad \(windowBytes) 00000010 726564656d7074696f6e2e76616c7565
            0000000000000001 00000001 e8 00
            """
        ),
        (
            .record(record),
            """
            0d 000000b1 \(walletBytes) a87f9c566e599db26e770106f64e6d413c4f2d6c8ce5c5fe09b7b8801cbb683d
            dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd 0000000000000384 01 00000000000003e8
            000000000000044c 00000010 ffffffffffffffff0001020304050607 0001 00
            a87f9c566e599db26e770106f64e6d413c4f2d6c8ce5c5fe09b7b8801cbb683d 0000000000000000 00000000 01
            """
        ),
        (
            .attempt(AttemptStep(window: window, job: filled(0xae), attempt: 8_209, step: .marker)),
            "0e \(windowBytes) aeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeae 0000000000002011 01"
        ),
        (
            .attempt(
                AttemptStep(
                    window: window, job: filled(0xae), attempt: 8_210,
                    step: .binding(session: filled(0xbe), request: filled(0xce), seats: seats(1, 3, 255)))),
            """
            0e \(windowBytes) aeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeaeae 0000000000002012 02
            bebebebebebebebebebebebebebebebebebebebebebebebebebebebebebebebe
            cececececececececececececececececececececececececececececececece 0000000000000003 0001 0003 00ff
            """
        ),
        (.halted(wallet, reason: "intent_conflict"), "0f \(walletBytes) 0000000f 696e74656e745f636f6e666c696374"),
        (.haltEnded(wallet), "10 \(walletBytes)"),
        (
            .signingEnded(window, job: filled(0xb1), report),
            """
            11 \(windowBytes) b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1 00000054 01 0004 0001
            0002
            0004 00ff 00000002 00000000 0003 0001 0002 0004 00000005 0001 0002 00000001 0003 0001 0004 00ff 00000004
            0000 0004 0002 01 00000011 0003 02 00000012 0005 03 00000006 0007 04 00000008 09
            """
        ),
        (
            .signingEnded(
                window, job: filled(0xb1), SigningReport(isSigned: false, ready: [], sessions: [], blamed: [:])),
            """
            11 \(windowBytes) b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1b1 00000009 00 0000 00000000
            0000
            """
        ),
    ]

    private static let ended: [(LedgerEvent, String)] = outcomes.map { outcome, golden in
        (LedgerEvent.ended(window, outcome), golden)
    }

    private static let events: [(LedgerEvent, String)] = agreement + ended + others

    @Test("Every event has these bytes, comes back from them, and is refused when cut or lengthened", arguments: events)
    func bytes(event: LedgerEvent, golden: String) throws {
        let bytes = event.encoded
        #expect(bytes.hex == golden.filter { !$0.isWhitespace })
        #expect(try LedgerEvent(decoding: bytes) == event)
        #expect(throws: DecodingFailure.trailing(count: 1)) { try LedgerEvent(decoding: bytes + [0]) }
        for length in bytes.indices {
            #expect(throws: DecodingFailure.self) { try LedgerEvent(decoding: Bytes(bytes.prefix(length))) }
        }
    }

    @Test("The table has an event of every kind and every outcome, and no other byte begins an event")
    func kinds() {
        let shown = Set(Self.events.compactMap { event, _ in event.encoded.first })
        #expect(shown == Set(1...17 as ClosedRange<UInt8>))
        for byte in UInt8.min...UInt8.max where !shown.contains(byte) {
            #expect(throws: DecodingFailure.value(field: "event"), "byte \(byte)") {
                try LedgerEvent(decoding: [byte])
            }
        }
        let codes = Set(Self.outcomes.map { outcome, _ in outcome.code })
        #expect(codes == Set(OutcomeCode.allCases.map(\.rawValue)))
    }

    @Test("The kinds of faults have these bytes")
    func faultKinds() throws {
        let names = [
            "leader_idleness", "leader_mistake", "leader_impersonation", "leader_equivocation", "verdict_equivocation",
            "signing_equivocation", "invalid_signing_message", "invalid_key_message", "absence",
        ]
        let kinds = (0...UInt8.max).compactMap { FaultKind(rawValue: $0) }
        #expect(kinds.map(\.name) == names)
        for (place, kind) in kinds.enumerated() {
            let event = LedgerEvent.fault(Self.fault(kind))
            #expect(event.encoded.prefix(2).hex == "0b0\(place + 1)")
            #expect(try LedgerEvent(decoding: event.encoded) == event)
        }
    }

    @Test("An outcome not_synced that an older build wrote without a rule reads as sync.unnamed")
    func older() throws {
        let golden = "0a \(Self.windowBytes) 0000000a 6e6f745f73796e636564 00"
        let bytes = try Bytes(hex: golden.filter { !$0.isWhitespace })
        #expect(try LedgerEvent(decoding: bytes) == .ended(Self.window, .notSynced("sync.unnamed")))
    }

    @Test("An event and its place in the chain hash to the published value")
    func hash() {
        let event = LedgerEvent.searched(Self.window, .redemption, .gaveNothing("redemption.none"))
        let entry = LedgerEntry(
            sequence: 1, block: BlockNumber(905), body: event.encoded, previous: LedgerEntry.genesis)
        #expect(entry.hash.hex == "7e6778f7e094acedfd1fb36d98953dfcb74f01f959fa59a84e6505dfcdf0bdd8")
    }
}
