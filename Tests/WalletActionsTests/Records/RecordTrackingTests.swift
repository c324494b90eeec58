import Bitcoin
import Coordination
import Primitives
import TestKit
import Testing

@testable import WalletActions

/// wallet-actions.md §11.
@Suite struct RecordTrackingTests {
    private static let proposal = Proposal.redemption(scripts: [ScriptedChain.script(1)], fee: 1_420)

    /// A redemption, its record, and the chains it goes through.
    fileprivate struct Scene {
        var chain = ScriptedChain()
        let signed: Transaction
        var record: ActionRecord

        init(_ states: ActionRecord.State...) throws {
            let action = try chain.assemble(proposal)
            signed = try #require(try action.completed(by: chain.signatures(action)).transaction)
            record = try chain.record(proposal)
            for state in states { record = try #require(record.moved(to: state)) }
        }

        /// A record in a state that carries the signed bytes.
        init(signedAnd states: (Bytes) -> [ActionRecord.State]) throws {
            try self.init()
            for state in [.signed(signed.encoded)] + states(signed.encoded) {
                record = try #require(record.moved(to: state))
            }
        }

        mutating func next() throws(RuleStop) -> RecordTracking.Step {
            let (record, head) = (record, chain.block(BlockNumber(20_000)))
            let profile = chain.profile
            return try chain.run { facts throws(RuleStop) in
                try RecordTracking.next(record, profile: profile, head: head, facts: &facts)
            }
        }

        /// Takes steps until nothing moves.
        mutating func follow() throws -> [ActionRecord.State] {
            var states: [ActionRecord.State] = []
            while case .move(let state) = try next() {
                record = try #require(record.moved(to: state), "\(record.state) cannot become \(state)")
                states.append(state)
            }
            return states
        }

        var outPoint: OutPoint { chain.existingMain.outPoint }

        /// A spend of the record's input that nobody signed.
        func unsignedRival(
            witness: [Bytes] = [Bytes(repeating: 1, count: 64)]
        ) -> LocatedTransaction {
            let signed = rival(confirmations: 0).transaction
            let inputs = signed.inputs.map {
                TxInput(outPoint: $0.outPoint, sequence: $0.sequence, witness: witness)
            }
            return ScriptedChain.located(
                Transaction(
                    version: signed.version, inputs: inputs, outputs: signed.outputs, lockTime: signed.lockTime),
                confirmations: 6)
        }

        mutating func expectRefused(_ rival: LocatedTransaction) throws {
            chain.spenders[outPoint] = rival
            #expect(failure { () throws(RuleStop) in try next() }?.failureClass == .cannotTell)
        }

        /// Somebody else's spend of the record's input.
        func rival(confirmations: UInt32) -> LocatedTransaction {
            let value = chain.existingMain.output.value
            return ScriptedChain.located(
                chain.spend([TxOutput(value: value, script: Script(ScriptedChain.script(9)))]),
                confirmations: confirmations)
        }
    }

    /// The place of a transaction with that many confirmations.
    private static func place(_ confirmations: UInt32) -> (height: UInt32, block: BlockHash) {
        let height = 800_010 - confirmations
        return (height, BlockHash(sha256([UInt8(height % 256)])))
    }

    private static func mined(_ signed: Transaction, _ confirmations: UInt32) -> ActionRecord.State {
        .mined(signed.encoded, height: place(confirmations).height, block: place(confirmations).block)
    }

    private static func settled(_ signed: Transaction, _ confirmations: UInt32) -> ActionRecord.State {
        .settled(signed.encoded, height: place(confirmations).height, block: place(confirmations).block)
    }

    @Test("A signed transaction is pushed until a source shows it, then followed to its end")
    func whole() throws {
        var scene = try Scene { _ in [] }
        let signed = scene.signed
        #expect(try scene.next() == .push(signed))
        scene.chain.confirm(signed, confirmations: 0)
        #expect(try scene.follow() == [.seen(signed.encoded)])
        scene.chain.confirm(signed, confirmations: 1)
        #expect(try scene.follow() == [Self.mined(signed, 1)])
        // Deep enough, and the Bridge has not heard of it.
        scene.chain.confirm(signed, confirmations: 6)
        #expect(try scene.follow() == [Self.mined(signed, 6), Self.settled(signed, 6)])
        #expect(try scene.next() == .stay)
        scene.announce(at: 20_000)
        #expect(try scene.follow() == [.proven(signed.encoded)])
        #expect(try scene.next() == .stay)
        scene.announce(at: 20_000 - scene.chain.profile.settledDepth)
        #expect(try scene.follow() == [.done(signed.encoded)])
        #expect(try scene.next() == .stay)
    }

    @Test("Five confirmations do not settle")
    func shallow() throws {
        var scene = try Scene { _ in [] }
        scene.chain.confirm(scene.signed, confirmations: 5)
        #expect(try scene.follow() == [Self.mined(scene.signed, 5)])
    }

    @Test("A reorganisation takes it back: to another block, to the mempool, or to be pushed again")
    func reorganised() throws {
        let made = try Scene { _ in [] }
        for state in [Self.mined(made.signed, 3), Self.settled(made.signed, 7)] {
            var scene = made
            scene.record = try #require(scene.record.moved(to: Self.mined(made.signed, 3)))
            if case .settled = state { scene.record = try #require(scene.record.moved(to: state)) }
            scene.chain.confirm(scene.signed, confirmations: 2)
            #expect(try scene.next() == .move(Self.mined(scene.signed, 2)))
            scene.chain.confirm(scene.signed, confirmations: 0)
            #expect(try scene.next() == .move(.seen(scene.signed.encoded)))
            scene.chain.transactions[scene.signed.txid] = nil
            #expect(try scene.follow() == [.signed(scene.signed.encoded)])
            #expect(try scene.next() == .push(scene.signed))
        }
    }

    @Test("A source that has not reached the blocks that a record rests on undoes nothing; one that has, does")
    func lagging() throws {
        let made = try Scene { _ in [] }
        let (mined, settled) = (Self.mined(made.signed, 7), Self.settled(made.signed, 7))
        let depth = UInt32(made.chain.profile.settleConfirmations)
        let least = Self.place(7).height
        for (states, least) in [([mined], least), ([mined, settled], least + depth - 1)] {
            var scene = made
            for state in states { scene.record = try #require(scene.record.moved(to: state)) }
            let undone = RecordTracking.Step.move(.signed(made.signed.encoded))
            for (height, step) in [(least - 1, .stay), (least, undone)] {
                scene.chain.override = {
                    guard case .bitcoin(.tip) = $0 else { return nil }
                    return .bitcoin(.tip(BitcoinTip(height: height, hash: BlockHash(sha256([8])))))
                }
                #expect(try scene.next() == step)
            }
        }
    }

    @Test("A proof that a reorganisation undid is awaited again")
    func unproven() throws {
        var scene = try Scene { _ in [] }
        scene.chain.confirm(scene.signed, confirmations: 7)
        scene.announce(at: 20_000)
        #expect(try scene.follow().last == .proven(scene.signed.encoded))
        scene.announce(at: 20_001)
        #expect(try scene.follow() == [Self.settled(scene.signed, 7)])
    }

    @Test("What is too old for the sources to show stays what it was")
    func old() throws {
        var scene = try Scene { _ in [] }
        scene.chain.confirm(scene.signed, confirmations: 7)
        _ = try scene.follow()
        scene.chain.transactions[scene.signed.txid] = nil
        scene.chain.override = {
            if case .bitcoin(.spender) = $0 { .bitcoin(.spender(.noSuchOutput)) } else { nil }
        }
        #expect(try scene.next() == .stay)
    }

    @Test("A rival in the mempool is pushed against, one in a block held, one six deep ends the record")
    func conflict() throws {
        var scene = try Scene { _ in [] }
        scene.chain.spenders[scene.outPoint] = scene.rival(confirmations: 0)
        #expect(try scene.next() == .push(scene.signed))
        scene.chain.spenders[scene.outPoint] = scene.rival(confirmations: 1)
        #expect(try scene.next() == .stay)
        scene.chain.spenders[scene.outPoint] = scene.rival(confirmations: 5)
        #expect(try scene.next() == .stay)
        scene.chain.spenders[scene.outPoint] = scene.rival(confirmations: 6)
        #expect(try scene.follow() == [.conflicted])
        #expect(try scene.next() == .stay)
    }

    @Test("A rival six deep whose signature does not hold is a source's contradiction, and ends nothing")
    func unverifiedRival() throws {
        for states in [[], [ActionRecord.State.releasing]] {
            var scene = try Scene()
            for state in states { scene.record = try #require(scene.record.moved(to: state)) }
            try scene.expectRefused(scene.unsignedRival())
        }
        var scene = try Scene { _ in [] }
        try scene.expectRefused(scene.unsignedRival())
    }

    @Test("A rival six deep of a form that our check does not know is verified by nobody, and ends nothing")
    func unknownForm() throws {
        let scriptPath = [Bytes(repeating: 1, count: 64), [0x51], [0xc0] + Bytes(repeating: 2, count: 32)]
        var watched = try Scene(.releasing)
        try watched.expectRefused(watched.unsignedRival(witness: scriptPath))
        var signed = try Scene { _ in [] }
        try signed.expectRefused(signed.unsignedRival(witness: scriptPath))
    }

    @Test("A transaction that was seen and lost to a rival is no longer seen, and ends with the rival's depth")
    func replaced() throws {
        var scene = try Scene { [.seen($0)] }
        scene.chain.spenders[scene.outPoint] = scene.rival(confirmations: 2)
        #expect(try scene.follow() == [.signed(scene.signed.encoded)])
        #expect(try scene.next() == .stay)
        scene.chain.spenders[scene.outPoint] = scene.rival(confirmations: 6)
        #expect(try scene.follow() == [.conflicted])
    }

    @Test(
        "What others completed is found by its input, whether or not we released",
        arguments: [[], [.releasing], [.releasing, .expired(released: true)]] as [[ActionRecord.State]])
    func completedByOthers(_ states: [ActionRecord.State]) throws {
        var scene = try Scene()
        for state in states { scene.record = try #require(scene.record.moved(to: state)) }
        #expect(try scene.next() == .stay)
        scene.chain.confirm(scene.signed, confirmations: 0)
        scene.chain.spenders[scene.outPoint] = ScriptedChain.located(scene.signed, confirmations: 0)
        #expect(try scene.follow() == [.signed(scene.signed.encoded), .seen(scene.signed.encoded)])
    }

    @Test("A spend of ours whose signature does not hold is a source's contradiction")
    func badSpend() throws {
        var scene = try Scene(.releasing)
        let signature = try #require(scene.signed.inputs[0].witness.first)
        let forged = Transaction(
            version: scene.signed.version,
            inputs: [
                TxInput(
                    outPoint: scene.outPoint, sequence: scene.signed.inputs[0].sequence,
                    witness: [Bytes(signature.reversed())])
            ],
            outputs: scene.signed.outputs, lockTime: scene.signed.lockTime)
        scene.chain.spenders[scene.outPoint] = ScriptedChain.located(forged, confirmations: 3)
        let stop = failure { () throws(RuleStop) in try scene.next() }
        #expect(stop == RuleFailure("chain.bitcoin", .cannotTell, found: value("contradiction")))
    }

    @Test("A rival six deep ends a record without signatures too, and with it the lock")
    func watched() throws {
        var scene = try Scene(.releasing, .expired(released: true))
        scene.chain.spenders[scene.outPoint] = scene.rival(confirmations: 5)
        #expect(try scene.next() == .stay)
        scene.chain.spenders[scene.outPoint] = scene.rival(confirmations: 6)
        #expect(try scene.follow() == [.conflicted])
        #expect(!scene.record.locks(scene.outPoint, at: BlockNumber(9_200), signingMargin: 300))
    }

    @Test("Sources that cannot tell move nothing", arguments: [ChainAnswer.Unavailable.silent, .stale])
    func silent(_ reason: ChainAnswer.Unavailable) throws {
        for states in [[], [ActionRecord.State.releasing]] {
            var scene = try Scene()
            for state in states { scene.record = try #require(scene.record.moved(to: state)) }
            scene.chain.override = { _ in .unavailable(reason) }
            #expect(failure { () throws(RuleStop) in try scene.next() }?.failureClass == .cannotTell)
        }
        var scene = try Scene { _ in [] }
        scene.chain.override = { _ in .unavailable(reason) }
        #expect(failure { () throws(RuleStop) in try scene.next() }?.failureClass == .cannotTell)
    }

    @Test("A heartbeat's record asks the chains nothing")
    func heartbeat() throws {
        var chain = ScriptedChain()
        let message = HeartbeatRules.message(wallet: chain.wallet.hash, open: ScriptedChain.open)
        let before = chain.asked.count
        for states in [[], [ActionRecord.State.signed([1])]] {
            var record = try chain.record(.heartbeat(message: message))
            for state in states { record = try #require(record.moved(to: state)) }
            var facts = ChainFacts()
            let step = try RecordTracking.next(
                record, profile: chain.profile, head: chain.block(BlockNumber(9_200)), facts: &facts)
            #expect(step == .stay)
            #expect(facts.missing.isEmpty)
        }
        #expect(chain.asked.count > before)
    }
}

extension RecordTrackingTests.Scene {
    /// Has the Bridge announce the transaction at a block.
    fileprivate mutating func announce(at block: UInt64) {
        let hash = signed.txid.hash
        chain.override = {
            guard case .host(.announcedTransactions(_, let upTo)) = $0 else { return nil }
            return .host(.announcedTransactions(upTo.rawValue >= block ? [hash] : []))
        }
    }
}
