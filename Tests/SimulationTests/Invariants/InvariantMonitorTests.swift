import Bitcoin
import ChainModels
import Coordination
import Node
import Primitives
import Testing
import WalletActions

@testable import Simulation

/// Each promise is alive without any mutant: what breaks it, told to the monitor by hand, is caught under its name.
@Suite("InvariantMonitor")
struct InvariantMonitorTests {
    /// What somebody does.
    struct Deed: CustomTestStringConvertible {
        let invariant: Invariant
        let testDescription: String
        let act: @Sendable (inout Scene) throws(Invariant.Breach) -> Void

        init(
            _ invariant: Invariant, _ description: String,
            _ act: @escaping @Sendable (inout Scene) throws(Invariant.Breach) -> Void
        ) {
            self.invariant = invariant
            testDescription = description
            self.act = act
        }
    }

    /// Five operators of one wallet, three of whom sign, and the window that block 24 opens.
    struct Scene {
        let cast: Cast
        let profile = EpisodeSettings(seed: 1).profile
        let key: WindowKey
        var monitor: InvariantMonitor
        var start: BlockNumber { key.coordinationBlock }
        var wallet: WalletPublicKeyHash { key.wallet }
        var domain: Domain { Domain(chainID: Cast.chainID, profile: profile) }

        init(seats: Int? = nil, threshold: Int = 3) throws {
            cast = try Cast(operators: 5, seats: seats, threshold: threshold, wallets: 1, seed: 1)
            key = WindowKey(wallet: cast.wallets[0].identity.hash, coordinationBlock: BlockNumber(24))
            monitor = InvariantMonitor(cast: cast, profile: profile, chainID: Cast.chainID)
        }

        func block(_ number: UInt64, after parent: HostBlock?) -> HostBlock {
            HostBlock(
                number: BlockNumber(number), hash: sha256([UInt8(number)]), parentHash: parent?.hash ?? .zero,
                timestamp: UnixTime(number))
        }

        func proposal(_ byte: UInt8) -> Proposal { .heartbeat(message: Bytes(repeating: byte, count: 16)) }

        func digest(_ byte: UInt8) -> ProposalDigest {
            ProposalDigest(
                payload: proposal(byte).encoded, domain: domain, wallet: wallet, coordinationBlock: start)
        }

        mutating func record(
            _ event: LedgerEvent, by node: Int, at head: UInt64 = 25
        ) throws(Invariant.Breach) {
            try monitor.recorded(event, by: node, head: BlockNumber(head), at: head * World.hostInterval)
        }

        mutating func vote(_ byte: UInt8, by node: Int) throws(Invariant.Breach) {
            let vote = WindowMachine.Vote(
                form: .verdict, digest: digest(byte), proposal: proposal(byte),
                block: BlockReference(number: start, hash: .zero), agreementSeats: 3)
            try record(.voted(key, vote, envelope: []), by: node)
        }

        mutating func handOver(_ byte: UInt8, by node: Int) throws(Invariant.Breach) {
            let begin = start.adding(14)
            try record(
                .handedOver(key, digest: digest(byte), begin: begin, expiry: begin.adding(8)), by: node, at: 38)
        }

        /// Three accept, one hands over.
        mutating func agree() throws(Invariant.Breach) {
            for node in 0..<3 { try vote(1, by: node) }
            try handOver(1, by: 0)
        }

        /// The record of the agreed heartbeat, or another by its unsigned id; all spend one output if nothing else is said.
        func made(
            _ unsigned: UInt8 = 1, window: UInt64 = 24, action: ActionKind = .heartbeat, spending index: UInt32 = 0
        ) -> ActionRecord {
            ActionRecord(
                id: ActionRecord.ID(wallet: wallet, unsigned: sha256([unsigned])), proposal: digest(1),
                coordinationBlock: BlockNumber(window), action: action, deadline: BlockNumber(44),
                expiry: BlockNumber(46),
                subject: action == .heartbeat
                    ? .message(Bytes(repeating: 1, count: 16)) : .transaction(Self.spend(index)),
                inputs: [
                    ActionRecord.Input(
                        outPoint: OutPoint(txid: Txid(.zero), index: index), spent: nil, message: .zero)
                ], fee: 0)
        }

        /// A transaction that spends the output of this index.
        static func spend(_ index: UInt32) -> Transaction {
            Transaction(
                version: 1,
                inputs: [TxInput(outPoint: OutPoint(txid: Txid(.zero), index: index), sequence: 0xffff_ffff)],
                outputs: [TxOutput(value: .zero, script: Script([0x6a]))], lockTime: 0)
        }

        /// A redemption's record with its signatures, which spends an output of this index.
        func signed(_ unsigned: UInt8, spending index: UInt32) -> ActionRecord {
            let record = made(unsigned, action: .redemption, spending: index)
            guard let signed = record.moved(to: .signed(Self.spend(index).encoded)) else {
                preconditionFailure("signatures follow")
            }
            return signed
        }

        /// An operator has another record on disk, which came to a state.
        mutating func holds(_ record: ActionRecord, _ states: ActionRecord.State..., by node: Int) {
            let record = states.reduce(record) { record, state in
                guard let next = record.moved(to: state) else { preconditionFailure("\(state) follows") }
                return next
            }
            monitor.held[node][record.id] = record
        }

        /// The heartbeat's record, told step by step.
        mutating func tell(_ states: ActionRecord.State...) throws(Invariant.Breach) {
            var record = made()
            try self.record(.record(record), by: 0, at: 39)
            for state in states {
                guard let next = record.moved(to: state) else { preconditionFailure("\(state) follows") }
                record = next
                try self.record(.record(record), by: 0, at: 39)
            }
        }

        func attempt(_ step: AttemptStep.Step, window: UInt64 = 24) -> LedgerEvent {
            let key = WindowKey(wallet: wallet, coordinationBlock: BlockNumber(window))
            return .attempt(AttemptStep(window: key, job: .zero, attempt: 0, step: step))
        }

        var binding: AttemptStep.Step { .binding(session: .zero, request: .zero, seats: []) }

        /// What an operator says in the window.
        func envelope(_ kind: MessageKind, _ byte: UInt8, by node: Int) -> Bytes {
            let content = Envelope.Content(
                domain: domain, wallet: wallet, coordinationBlock: start,
                seat: cast.wallets[0].group.lowestSeat(of: cast.operators[node]) ?? .none, kind: kind,
                payload: proposal(byte).encoded)
            return Envelope(content, sign: { IdealSignatures(me: cast.operators[node]).sign($0) }).encoded
        }

        func election(_ hash: Hash32) -> Election {
            Election(
                wallet: wallet, safeBlockHash: hash, window: WindowIndex(1), operators: cast.operators,
                profile: profile)
        }

        /// The operator at a place of the order that the zero hash gives.
        func place(_ place: Int) -> Int {
            cast.operators.firstIndex(of: election(.zero).leaderOrder[place]) ?? 0
        }
    }

    static let deeds = [
        Deed(.s1, "another leader order from one hash") { scene throws(Invariant.Breach) in
            try scene.record(.windowSeeded(scene.key, seedHash: .zero), by: 0)
            try scene.monitor.elected(scene.election(sha256([1])), scene.key, by: 0)
        },
        Deed(.s2, "a second vote") { scene throws(Invariant.Breach) in
            try scene.vote(1, by: 0)
            try scene.vote(2, by: 0)
        },
        Deed(.s2, "a proposal of something else than was accepted") { scene throws(Invariant.Breach) in
            try scene.vote(1, by: 0)
            try scene.record(.proposalRepeated(scene.key, digest: scene.digest(2), envelope: []), by: 0)
        },
        Deed(.s3, "a hand-over without our vote") { scene throws(Invariant.Breach) in try scene.handOver(1, by: 0) },
        Deed(.s4, "two agreed digests although nobody lies") { scene throws(Invariant.Breach) in
            // One that is misconfigured may have accepted anything, so either half is agreement with it.
            scene.monitor.isUnfit(0, until: BlockNumber(72))
            for node in 1...2 { try scene.vote(1, by: node) }
            for node in 3...4 { try scene.vote(2, by: node) }
            try scene.handOver(1, by: 1)
            try scene.handOver(1, by: 2)
            try scene.handOver(2, by: 3)
        },
        Deed(.s4, "two signed transactions of one window that can both confirm") { scene throws(Invariant.Breach) in
            try scene.monitor.signed(scene.signed(1, spending: 0))
            try scene.monitor.signed(scene.signed(2, spending: 0))
            try scene.monitor.signed(scene.signed(3, spending: 1))
        },
        Deed(.s5, "an honest operator charged") { scene throws(Invariant.Breach) in
            let fault = Fault(
                kind: .leaderMistake, culprit: scene.cast.operators[1], wallet: scene.wallet,
                coordinationBlock: scene.start, rule: WindowRule.checklist.id)
            try scene.record(.fault(fault), by: 0)
            try scene.record(.faultDecided(fault, stands: true), by: 0)
        },
        Deed(.s6, "two ends of a window") { scene throws(Invariant.Breach) in
            try scene.record(.ended(scene.key, .leaderIdle), by: 0)
            try scene.record(.ended(scene.key, .missed), by: 0)
        },
        Deed(.s7, "two actions at once") { scene throws(Invariant.Breach) in
            try scene.record(scene.attempt(.marker), by: 0)
            try scene.record(scene.attempt(.marker, window: 48), by: 0)
        },
        Deed(.s8, "an effect of a message of another window") { scene throws(Invariant.Breach) in
            try scene.monitor.replayed([.dropped(Drop(scene.cast.operators[1], reason: MessageDrop.stale))], to: 0)
            try scene.monitor.replayed([.record(.booted(bootNonce: [], build: ""))], to: 0)
        },
        Deed(.s9, "a charge of silence by one that slept itself") { scene throws(Invariant.Breach) in
            let fault = Fault(
                kind: .leaderIdleness, culprit: scene.cast.operators[1], wallet: scene.key.wallet,
                coordinationBlock: scene.start)
            scene.monitor.heard(BlockNumber(25), by: 0, at: 0)
            scene.monitor.heard(BlockNumber(26), by: 0, at: 72_000)
            try scene.record(.fault(fault), by: 0)
            scene.monitor.heard(BlockNumber(27), by: 0, at: 144_001)
            try scene.record(.fault(fault), by: 0)
        },
        Deed(.f5, "a proposal kept after the active phase") { scene throws(Invariant.Breach) in
            let signer = scene.place(0)
            let kept = LedgerEvent.envelopeKept(
                scene.key, signer: scene.cast.operators[signer], envelope: scene.envelope(.proposal, 1, by: signer))
            try scene.record(kept, by: scene.place(1), at: 24 + scene.profile.activePhase)
            try scene.record(kept, by: scene.place(1), at: 25 + scene.profile.activePhase)
        },
        Deed(.f6, "a proposal kept of who may not propose") { scene throws(Invariant.Breach) in
            let signer = scene.place(4)
            try scene.record(.windowSeeded(scene.key, seedHash: .zero), by: scene.place(1))
            try scene.record(
                .envelopeKept(
                    scene.key, signer: scene.cast.operators[signer], envelope: scene.envelope(.proposal, 1, by: signer)),
                by: scene.place(1))
        },
        Deed(.f9, "two proposals heard of one leader, and no charge") { scene throws(Invariant.Breach) in
            let (liar, node) = (scene.place(0), scene.place(1))
            scene.monitor.lies(liar, in: scene.start)
            try scene.record(.windowSeeded(scene.key, seedHash: .zero), by: node)
            try scene.record(
                .envelopeKept(
                    scene.key, signer: scene.cast.operators[liar], envelope: scene.envelope(.proposal, 1, by: liar)),
                by: node)
            try scene.monitor.heard(
                scene.envelope(.proposal, 2, by: liar), [], by: node, head: BlockNumber(26),
                signatures: IdealSignatures(me: scene.cast.operators[node]))
        },
        Deed(.a1, "a hand-over without agreement") { scene throws(Invariant.Breach) in
            try scene.vote(1, by: 0)
            try scene.vote(1, by: 1)
            try scene.handOver(1, by: 0)
        },
        Deed(.a1, "a release without a hand-over") { scene throws(Invariant.Breach) in
            try scene.vote(1, by: 0)
            try scene.tell(.releasing)
        },
        Deed(.a2, "a share after the deadline") { scene throws(Invariant.Breach) in
            try scene.agree()
            try scene.tell(.releasing)
            try scene.record(scene.attempt(scene.binding), by: 0, at: 44)
            try scene.record(scene.attempt(scene.binding), by: 0, at: 45)
        },
        Deed(.a2, "a share by a head that stands still, long after the deadline") { scene throws(Invariant.Breach) in
            try scene.agree()
            try scene.tell(.releasing)
            scene.monitor.head = BlockNumber(50)
            try scene.record(scene.attempt(scene.binding), by: 0, at: 44)
            scene.monitor.head = BlockNumber(51)
            try scene.record(scene.attempt(scene.binding), by: 0, at: 44)
        },
        Deed(.a3, "a release for an outpoint that another record locks") { scene throws(Invariant.Breach) in
            try scene.agree()
            scene.holds(scene.made(2), .expired(released: false), by: 0)
            try scene.tell(.releasing)
            scene.holds(scene.made(2), by: 0)
            try scene.tell(.releasing)
        },
        Deed(.a4, "a share before its record") { scene throws(Invariant.Breach) in
            try scene.agree()
            try scene.tell()
            try scene.record(scene.attempt(scene.binding), by: 0, at: 40)
        },
        Deed(.a5, "a signed transaction that is not proven at the end") { scene throws(Invariant.Breach) in
            // No window lies between these blocks: only records are looked at.
            let (first, last) = (BlockNumber(49), BlockNumber(48))
            scene.holds(scene.made(action: .redemption), .releasing, by: 0)
            scene.holds(scene.made(2), .releasing, .signed([1]), by: 0)
            try scene.monitor.healed(from: first, to: last)
            scene.holds(scene.signed(3, spending: 0), by: 0)
            try scene.monitor.healed(from: first, to: last)
        },
        Deed(.a9, "two transactions of one proposal") { scene throws(Invariant.Breach) in
            try scene.agree()
            try scene.tell()
            try scene.record(.record(scene.made(2)), by: 1, at: 39)
        },
        Deed(.di1, "a vote that leaves before it is on disk") { scene throws(Invariant.Breach) in
            let raw = scene.envelope(.proposal, 1, by: 0)
            try scene.monitor.left(raw, by: 0, head: scene.start, isCommitted: { _ in true })
            try scene.monitor.left(raw, by: 0, head: scene.start, isCommitted: { _ in false })
        },
        Deed(.di3, "two votes for one purpose of the store") { scene throws(Invariant.Breach) in
            try scene.monitor.conflicted("vote/24", by: 0)
        },
        Deed(.di4, "two nonces for one purpose of the store") { scene throws(Invariant.Breach) in
            try scene.monitor.conflicted("sign/24", by: 0)
        },
        Deed(.di6, "a record that is done twice") { scene throws(Invariant.Breach) in
            try scene.agree()
            try scene.tell(.releasing, .signed([1]), .done([1]))
            try scene.tell(.releasing, .signed([1]), .done([1]))
        },
        Deed(.di7, "a transaction that Bitcoin can never take") { scene throws(Invariant.Breach) in
            let transaction = Transaction(version: 2, inputs: [], outputs: [], lockTime: 0)
            try scene.monitor.refused(transaction, .known)
            try scene.monitor.refused(transaction, .feeBelowMinimum)
            try scene.monitor.refused(transaction, .dust(0))
        },
        Deed(.hc7, "a block told whose parent is not the one before") { scene throws(Invariant.Breach) in
            let (first, second) = (scene.block(1, after: nil), scene.block(3, after: nil))
            try scene.monitor.told(.block(first), heard: [], by: 0)
            try scene.monitor.told(.block(scene.block(2, after: first)), heard: [first], by: 0)
            try scene.monitor.told(.block(second), heard: [first], by: 0)
        },
        Deed(.hc7, "a block told twice") { scene throws(Invariant.Breach) in
            let block = scene.block(1, after: nil)
            try scene.monitor.told(.block(block), heard: [block], by: 0)
        },
        Deed(.hc7, "a reorganisation of another depth") { scene throws(Invariant.Breach) in
            let first = scene.block(1, after: nil)
            let second = scene.block(2, after: first)
            try scene.monitor.told(.reorganised(ancestor: first, depth: 1), heard: [first, second], by: 0)
            try scene.monitor.told(.reorganised(ancestor: first, depth: 2), heard: [first, second], by: 0)
        },
        Deed(.hc7, "a reorganisation down to a block that was never told") { scene throws(Invariant.Breach) in
            let first = scene.block(1, after: nil)
            try scene.monitor.told(
                .reorganised(ancestor: first, depth: 1), heard: [scene.block(2, after: first)], by: 0)
            try scene.monitor.told(
                .reorganised(ancestor: scene.block(1, after: first), depth: 1),
                heard: [first, scene.block(2, after: first)], by: 0)
        },
        Deed(.hc7, "a head that is not told") { scene throws(Invariant.Breach) in
            let first = scene.block(1, after: nil)
            let second = scene.block(2, after: first)
            try scene.monitor.polled(first, heard: [first, second], by: 0)
            try scene.monitor.polled(second, heard: [first], by: 0)
        },
        Deed(.hc11, "an index that lacks an event") { scene throws(Invariant.Breach) in
            let (none, one) = (HostAnswer.announcedTransactions([]), HostAnswer.announcedTransactions([.zero]))
            try scene.monitor.indexed(.host(one), .host(one), isWhole: true, by: 0)
            try scene.monitor.indexed(.unavailable(.missing), .host(one), isWhole: false, by: 0)
            try scene.monitor.indexed(.host(none), .host(one), isWhole: false, by: 0)
        },
        Deed(.hc11, "an index that cannot tell although its source gave everything") { scene throws(Invariant.Breach) in
            let one = HostAnswer.announcedTransactions([.zero])
            try scene.monitor.indexed(.unavailable(.missing), .host(one), isWhole: true, by: 0)
        },
        Deed(.l1, "a window of the healed time without agreement") { scene throws(Invariant.Breach) in
            for node in 0..<5 { try scene.record(.ended(scene.key, .leaderIdle), by: node) }
            try scene.monitor.healed(from: scene.start, to: scene.start)
        },
    ]

    @Test("Each promise that somebody breaks is named", arguments: deeds)
    func caught(deed: Deed) throws {
        var scene = try Scene()
        var found: Invariant?
        do throws(Invariant.Breach) { try deed.act(&scene) } catch { found = error.invariant }
        #expect(found == deed.invariant)
    }

    @Test("A window as it should be breaks nothing")
    func honest() throws {
        var scene = try Scene()
        for node in 0..<5 { try scene.vote(1, by: node) }
        for node in 0..<5 { try scene.handOver(1, by: node) }
        try scene.tell(.releasing, .signed([1]), .done([1]))
        for node in 0..<5 {
            try scene.record(.ended(scene.key, .agreed(.heartbeat)), by: node)
            try scene.record(.ended(scene.key, .executed), by: node)
        }
        try scene.monitor.healed(from: scene.start, to: scene.start)
        #expect(scene.monitor.tally.outcomes == ["executed": 5])
    }

    // MARK: - Seats and operators

    private func invariant(_ body: () throws(Invariant.Breach) -> Void) -> Invariant? {
        do throws(Invariant.Breach) { try body() } catch { return error.invariant }
        return nil
    }

    // Nine seats, dealt round: four operators hold two, the last holds one.
    @Test("Agreement is of seats: three operators with six of nine agree where five must, two with four do not")
    func agreementOfSeats() throws {
        for (voters, expected) in [(3, nil), (2, Invariant.a1)] {
            var scene = try Scene(seats: 9, threshold: 5)
            for node in 0..<voters { try scene.vote(1, by: node) }
            #expect(invariant { () throws(Invariant.Breach) in try scene.handOver(1, by: 0) } == expected)
        }
    }

    @Test("The bound of S4 is of lying seats: with six of nine, one liar of two seats excuses nothing, two do")
    func lyingSeats() throws {
        for (liars, expected) in [(1, Invariant.s4), (2, nil)] {
            var scene = try Scene(seats: 9, threshold: 6)
            for node in 0..<liars { scene.monitor.lies(node, in: scene.start) }
            // One more is misconfigured, so that either digest may have its six seats.
            scene.monitor.isUnfit(liars, until: BlockNumber(72))
            let honest = Array((liars + 1)..<5)
            for (place, node) in honest.enumerated() { try scene.vote(place.isMultiple(of: 2) ? 1 : 2, by: node) }
            scene.monitor.isUnfit(4, until: BlockNumber(72))
            let found = invariant { () throws(Invariant.Breach) in
                try scene.handOver(1, by: honest[0])
                try scene.handOver(2, by: honest[1])
            }
            #expect(found == expected)
        }
    }

    @Test("The wait for agreement ends with the vote that brings the seats, whatever the number of operators")
    func waitOfSeats() throws {
        var scene = try Scene(seats: 9, threshold: 5)
        try scene.monitor.windowOpened(scene.start, seed: nil, at: 24 * World.hostInterval)
        for node in 0..<2 { try scene.vote(1, by: node) }
        #expect(scene.monitor.waits.waits == [])
        try scene.vote(1, by: 4)
        #expect(scene.monitor.waits.waits == [0, 1], "five seats of three operators, a block after the opening")
        try scene.vote(1, by: 3)
        #expect(scene.monitor.waits.waits == [0, 1])
    }

    @Test("Who lies is not held to the promises of the honest")
    func liar() throws {
        var scene = try Scene()
        scene.monitor.lies(0, in: scene.start)
        try scene.vote(1, by: 0)
        try scene.vote(2, by: 0)
        try scene.handOver(3, by: 0)
        #expect(scene.monitor.views[0][scene.key]?.voted == scene.digest(2))
    }
}
