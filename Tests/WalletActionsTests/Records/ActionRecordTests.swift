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

    /// Requires of a record these bytes in every state: those before the state, and the signed ones with their length.
    private static func check(_ made: ActionRecord, begins head: String, signed: String) throws {
        let place = "00000005 4bf5122f344554c53bde2ebb8cd2b7e3d1600ad631c385a5d7cce23c7785459a"
        let tails = [
            "01", "02", "03 \(signed)", "04 \(signed)", "05 \(signed) \(place)", "06 \(signed) \(place)",
            "07 \(signed)", "08 \(signed)", "09", "0a", "0b",
        ]
        func bytes(_ golden: String) throws -> Bytes { try Bytes(hex: golden.filter { !$0.isWhitespace }) }
        let states = states(Bytes(try bytes(signed).dropFirst(4)))
        #expect(states.count == tails.count)
        for (state, tail) in zip(states, tails) {
            let record = record(made, in: state)
            let golden = try bytes(head + tail)
            #expect(record.encoded.hex == golden.hex, "\(state)")
            #expect(try ActionRecord(decoding: golden) == record)
        }
        for byte in UInt8.min...UInt8.max where !(1...11).contains(byte) {
            let golden = try bytes(head) + [byte]
            #expect(throws: DecodingFailure.value(field: "state")) { try ActionRecord(decoding: golden) }
        }
    }

    @Test("A transaction's record has the bytes of docs/protocol/wire.md §7 in every state, and comes back from them")
    func transactionBytes() throws {
        let outPoint = OutPoint(txid: Txid(try #require(Hash32(Bytes(repeating: 0xc1, count: 32)))), index: 5)
        let script = Script([0x00, 0x14] + Bytes(repeating: 7, count: 20))
        let transaction = Transaction(
            version: 1, inputs: [TxInput(outPoint: outPoint, sequence: 0xffff_fffd)],
            outputs: [TxOutput(value: try #require(Satoshis(70_000)), script: script)], lockTime: 0)
        let input = ActionRecord.Input(
            outPoint: outPoint, spent: TxOutput(value: try #require(Satoshis(80_000)), script: [0x51]),
            message: try #require(Hash32(Bytes(repeating: 0xd1, count: 32))))
        let wallet = try #require(WalletPublicKeyHash(Bytes(0..<20)))
        let unsigned = try Hash32(hex: "2a8dbde6f4222716824b18551d3b4c2a547c656a219db72963bdf72455568fca")
        let record = ActionRecord(
            id: ActionRecord.ID(wallet: wallet, unsigned: unsigned),
            proposal: try #require(ProposalDigest(Bytes(repeating: 0xdd, count: 32))),
            coordinationBlock: BlockNumber(900), action: .redemption, deadline: BlockNumber(1_000),
            expiry: BlockNumber(1_100), subject: .transaction(transaction), inputs: [input], fee: 1_730)
        let head = """
            000102030405060708090a0b0c0d0e0f10111213 2a8dbde6f4222716824b18551d3b4c2a547c656a219db72963bdf72455568fca
            dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd 0000000000000384 03 00000000000003e8
            000000000000044c 00000052
            0100000001c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c10500000000fdffffff0170
            11010000000000160014070707070707070707070707070707070707070700000000 0001 01
            c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1 00000005 0000000000013880 00000001 51
            d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1d1 00000000000006c2 00000007
            """
        let signed = """
            00000096
            01000000000101c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c1c10500000000fdffffff
            017011010000000000160014070707070707070707070707070707070707070701405f5f5f5f5f5f5f5f5f5f5f5f5f5f
            5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f
            5f5f00000000
            """
        try Self.check(record, begins: head, signed: signed)
    }

    @Test("A message's record has the bytes of docs/protocol/wire.md §7 in every state, and comes back from them")
    func messageBytes() throws {
        let wallet = try #require(WalletPublicKeyHash(Bytes(0..<20)))
        let digest = try Hash32(hex: "a87f9c566e599db26e770106f64e6d413c4f2d6c8ce5c5fe09b7b8801cbb683d")
        let record = ActionRecord(
            id: ActionRecord.ID(wallet: wallet, unsigned: digest),
            proposal: try #require(ProposalDigest(Bytes(repeating: 0xdd, count: 32))),
            coordinationBlock: BlockNumber(900), action: .heartbeat, deadline: BlockNumber(1_000),
            expiry: BlockNumber(1_100), subject: .message(Bytes(repeating: 0xff, count: 8) + Bytes(0..<8)),
            inputs: [ActionRecord.Input(outPoint: nil, spent: nil, message: digest)], fee: 0)
        let head = """
            000102030405060708090a0b0c0d0e0f10111213 a87f9c566e599db26e770106f64e6d413c4f2d6c8ce5c5fe09b7b8801cbb683d
            dddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddddd 0000000000000384 01 00000000000003e8
            000000000000044c 00000010 ffffffffffffffff0001020304050607 0001 00
            a87f9c566e599db26e770106f64e6d413c4f2d6c8ce5c5fe09b7b8801cbb683d 0000000000000000 00000007
            """
        let signed = """
            00000040
            5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f
            5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f5f
            """
        try Self.check(record, begins: head, signed: signed)
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
