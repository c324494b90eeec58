import Bitcoin
import Coordination
import Primitives
import Testing

@testable import WalletActions

/// wallet-actions.md §12.
@Suite struct ActionRecordTests {
    private static let proposal = Proposal.redemption(
        scripts: [ScriptedChain.script(1), ScriptedChain.script(2)], fee: 1_730)

    /// A redemption's record and its signed bytes.
    private static func made() throws -> (record: ActionRecord, signed: Bytes) {
        var chain = ScriptedChain()
        let action = try chain.assemble(proposal)
        return (try chain.record(proposal), try action.completed(by: chain.signatures(action)).bytes)
    }

    private static let block = BlockHash(sha256([1]))

    private static func states(_ signed: Bytes) -> [ActionRecord.State] {
        [
            .prepared, .releasing, .signed(signed), .seen(signed), .mined(signed, height: 5, block: block),
            .settled(signed, height: 5, block: block), .proven(signed), .done(signed), .conflicted,
            .expired(released: false), .expired(released: true),
        ]
    }

    /// The record in a state, as a restart finds it.
    private static func record(_ record: ActionRecord, in state: ActionRecord.State) -> ActionRecord {
        ActionRecord(
            id: record.id, proposal: record.proposal, coordinationBlock: record.coordinationBlock,
            action: record.action, deadline: record.deadline, expiry: record.expiry, subject: record.subject,
            unsigned: record.unsigned, inputs: record.inputs, fee: record.fee, state: state, step: 7,
            signedTransaction: state.signedBytes.flatMap { try? Transaction(decoding: $0) })
    }

    @Test("Only the steps of the table exist: forward, back by a reorganisation, aside by a conflict")
    func steps() throws {
        let (made, signed) = try Self.made()
        let names = [
            "prepared", "releasing", "signed", "seen", "mined", "settled", "proven", "done", "conflicted", "expired",
            "expired released",
        ]
        let allowed: [String: Set<String>] = [
            "prepared": ["releasing", "signed", "conflicted", "expired"],
            "releasing": ["signed", "conflicted", "expired released"],
            "signed": ["seen", "mined", "done", "conflicted"],
            "seen": ["signed", "mined", "conflicted"],
            "mined": ["signed", "seen", "mined", "settled", "conflicted"],
            "settled": ["signed", "seen", "mined", "proven", "conflicted"],
            "proven": ["settled", "done", "conflicted"],
            "done": [],
            "conflicted": [],
            "expired": ["signed", "conflicted"],
            "expired released": ["signed", "conflicted"],
        ]
        for (from, name) in zip(Self.states(signed), names) {
            let record = Self.record(made, in: from)
            for (to, next) in zip(Self.states(signed), names) {
                let moved = record.moved(to: to)
                #expect((moved != nil) == (allowed[name]?.contains(next) ?? false), "\(name) to \(next)")
                #expect(moved.map(\.state) == moved.map { _ in to })
                #expect(moved.map(\.step) == moved.map { _ in 8 })
            }
        }
    }

    @Test("A transaction can be agreed again until it is signed; what was released stays released")
    func renewed() throws {
        let (made, signed) = try Self.made()
        let expected: [ActionRecord.State?] = [
            .prepared, .releasing, nil, nil, nil, nil, nil, nil, nil, .prepared, .releasing,
        ]
        for (from, to) in zip(Self.states(signed), expected) {
            let again = Self.record(made, in: from).renewed(
                proposal: made.proposal, coordinationBlock: BlockNumber(9_900), deadline: BlockNumber(10_300),
                expiry: BlockNumber(10_600))
            #expect(again?.state == to)
            guard let again else { continue }
            #expect(again.id == made.id && again.inputs == made.inputs && again.unsigned == made.unsigned)
            #expect(again.deadline == BlockNumber(10_300))
            #expect(again.step == 8)
        }
    }

    @Test("A lock ends with the record's end, with its deadline before a release, and else with expiry and margin")
    func locks() throws {
        let (made, signed) = try Self.made()
        let outPoint = try #require(made.inputs.first?.outPoint)
        // The first block at which the output is free; nil: never.
        let free: [UInt64?] = [9_401, 10_000, nil, nil, nil, nil, nil, nil, 0, 0, 10_000]
        for (state, free) in zip(Self.states(signed), free) {
            let record = Self.record(made, in: state)
            for block: UInt64 in [0, 9_100, 9_400, 9_401, 9_700, 9_999, 10_000, 10_001, .max] {
                let isLocked = record.locks(outPoint, at: BlockNumber(block), signingMargin: 300)
                #expect(isLocked == (free.map { block < $0 } ?? true), "\(state) at \(block)")
            }
            let other = OutPoint(txid: outPoint.txid, index: 99)
            #expect(!record.locks(other, at: BlockNumber(9_200), signingMargin: 300))
        }
    }

    @Test("After a redemption that was released and never seen, the next window's begin finds its output free")
    func nextWindow() throws {
        let (made, _) = try Self.made()
        let record = Self.record(made, in: .expired(released: true))
        let next = try #require(CoordinationWindow(openedBy: BlockNumber(9_900), profile: .mainnet))
        let outPoint = try #require(made.inputs.first?.outPoint)
        #expect(!record.locks(outPoint, at: next.endBlock(.mainnet), signingMargin: 300))
        #expect(record.locks(outPoint, at: next.endBlock(.mainnet).subtracting(1), signingMargin: 300))
    }

    @Test("Nothing more happens to what is done, conflicted, or expired before a release")
    func over() throws {
        let (made, signed) = try Self.made()
        let over = Self.states(signed).filter { Self.record(made, in: $0).isOver }
        #expect(over == [.done(signed), .conflicted, .expired(released: false)])
    }

    @Test("A record holds the signed bytes from its signature on")
    func signedBytes() throws {
        let (made, signed) = try Self.made()
        let held = Self.states(signed).map { Self.record(made, in: $0).signedBytes }
        #expect(held == [nil, nil, signed, signed, signed, signed, signed, signed, nil, nil, nil])
    }

    // MARK: - Bytes

    @Test("Every state survives its encoding")
    func encoding() throws {
        let (made, signed) = try Self.made()
        for state in Self.states(signed) {
            let record = Self.record(made, in: state)
            #expect(try ActionRecord(decoding: record.encoded) == record)
        }
        var chain = ScriptedChain()
        let message = HeartbeatRules.message(wallet: chain.wallet.hash, open: ScriptedChain.open)
        let heartbeat = try chain.record(.heartbeat(message: message))
        #expect(heartbeat.inputs.map(\.outPoint) == [nil])
        #expect(try ActionRecord(decoding: heartbeat.encoded) == heartbeat)
    }

    @Test("The encoding is the one that its text tells")
    func golden() throws {
        var chain = ScriptedChain()
        let message = HeartbeatRules.message(wallet: chain.wallet.hash, open: ScriptedChain.open)
        let record = try chain.record(.heartbeat(message: message), in: .signed([1, 2, 3]))
        let digest = hash256(message)
        let expected =
            record.id.wallet.hex + digest.hex + record.proposal.hex + "0000000000002328" + "01"
            + "00000000000024b8" + "00000000000025e4" + "00000010" + message.hex + "0001" + "00" + digest.hex
            + "0000000000000000" + "00000001" + "03" + "00000003" + "010203"
        #expect(record.encoded.hex == expected)
    }

    @Test("What is cut, lengthened or changed is refused, or is the encoding of something else")
    func badBytes() throws {
        let (made, signed) = try Self.made()
        for state in Self.states(signed) {
            let bytes = Self.record(made, in: state).encoded
            for count in 0..<bytes.count {
                #expect(throws: DecodingFailure.self) { try ActionRecord(decoding: Bytes(bytes.prefix(count))) }
            }
            #expect(throws: DecodingFailure.trailing(count: 1)) { try ActionRecord(decoding: bytes + [0]) }
            for index in bytes.indices {
                var changed = bytes
                changed[index] ^= 0x41
                guard let record = try? ActionRecord(decoding: changed) else { continue }
                #expect(record.encoded == changed)
                #expect(record != Self.record(made, in: state))
                // Whatever was accepted can be read further without a trap.
                _ = record.transaction
                _ = record.signedTransaction
            }
        }
    }

    @Test("Bytes of another transaction than the one of the id are refused")
    func foreignBytes() throws {
        let (made, signed) = try Self.made()
        var chain = ScriptedChain()
        let other = chain.spend([
            TxOutput(value: try #require(chain.main).output.value, script: chain.wallet.outputScript)
        ])
        let swapped = Self.record(made, in: .seen(other.encoded))
        #expect(throws: DecodingFailure.value(field: "signed")) { try ActionRecord(decoding: swapped.encoded) }
        #expect(signed != other.encoded)
        let unsigned = ActionRecord(
            id: made.id, proposal: made.proposal, coordinationBlock: made.coordinationBlock, action: made.action,
            deadline: made.deadline, expiry: made.expiry,
            subject: .transaction(try Transaction(decoding: other.unsignedBytes)), inputs: made.inputs,
            fee: made.fee)
        #expect(throws: DecodingFailure.value(field: "unsigned")) { try ActionRecord(decoding: unsigned.encoded) }
        let message = HeartbeatRules.message(wallet: chain.wallet.hash, open: ScriptedChain.open)
        let heartbeat = try chain.record(.heartbeat(message: message))
        var bytes = heartbeat.encoded
        bytes[20] ^= 1
        #expect(throws: DecodingFailure.value(field: "unsigned")) { try ActionRecord(decoding: bytes) }
    }
}
