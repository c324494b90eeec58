import Coordination
import Primitives
import TestKit
import Testing

@Suite struct WindowMachineTests {
    private let redemption = WindowBench.redemption
    private let heartbeat = WindowBench.heartbeat

    @Test("The leader walks the checklist, validates its own find and sends it once")
    func leaderProposes() throws {
        var bench = try WindowBench(place: 0)
        bench.open()
        #expect(bench.effects.contains(.generate(.redemption)))
        bench.note(bench.machine.generated(.redemption, .proposal(redemption)))
        #expect(bench.effects.last == .validate(bench.digest(redemption), redemption))
        #expect(bench.votes.isEmpty, "nothing is sent before our own followers' rules hold")
        bench.valid(redemption)
        #expect(bench.votes.map(\.digest) == [bench.digest(redemption)])
        #expect(bench.votes.first?.form == .proposal)
        bench.valid(redemption)
        #expect(bench.votes.count == 1)
    }

    @Test("An action that gives nothing, or whose find fails our own rules, makes room for the next on the list")
    func leaderWalksOn() throws {
        var bench = try WindowBench(place: 0)
        bench.open()
        bench.note(bench.machine.generated(.redemption, .proposal(redemption)))
        bench.invalid(redemption, .view)
        var last = bench.effects.last
        for action in bench.election.checklist.actions.dropFirst().dropLast() {
            #expect(last == .generate(action))
            last = bench.note(bench.machine.generated(action, .nothing)).last
        }
        #expect(last == .generate(.heartbeat))
        bench.note(bench.machine.generated(.heartbeat, .proposal(heartbeat)))
        bench.valid(heartbeat)
        #expect(bench.votes.map(\.digest) == [bench.digest(heartbeat)])
    }

    @Test("With nothing to do the leader proposes a no-op")
    func leaderProposesNoop() throws {
        var bench = try WindowBench(place: 0)
        bench.open()
        for action in bench.election.checklist.actions { bench.note(bench.machine.generated(action, .nothing)) }
        bench.valid(.noop)
        #expect(bench.votes.map(\.proposal) == [.noop])
    }

    @Test("An action that cannot be generated is tried again in the first half of the slot, then passed over")
    func leaderRetries() throws {
        var bench = try WindowBench(place: 0)
        bench.open()
        bench.note(bench.machine.generated(.redemption, .failed("chain.host")))
        #expect(bench.block(25).contains(.generate(.redemption)))
        bench.block(26)
        let effects = bench.note(bench.machine.generated(.redemption, .failed("chain.host")))
        #expect(effects.first == .generate(bench.election.checklist.actions[1]))
    }

    @Test("Nobody sends a first proposal in the last blocks of its slot")
    func slotGuard() throws {
        var bench = try WindowBench(place: 0)
        bench.open()
        bench.note(bench.machine.generated(.redemption, .proposal(redemption)))
        bench.block(27)
        bench.valid(redemption)
        #expect(bench.votes.isEmpty)
    }

    @Test("The leader repeats its proposal after 1, 2, 4 blocks, within the active phase")
    func repeats() throws {
        var bench = try WindowBench(place: 0)
        bench.open()
        bench.note(bench.machine.generated(.redemption, .proposal(redemption)))
        bench.valid(redemption)
        let repeatBlocks = (25...40).filter { block in
            bench.block(UInt64(block)).contains(.repeatProposal(bench.digest(redemption)))
        }
        #expect(repeatBlocks == [25, 27, 31])
    }

    @Test("A follower accepts a valid proposal of the leader, echoes it, and hands it over when enough seats accept")
    func followerAgrees() throws {
        var bench = try WindowBench(place: 3)
        bench.open()
        let effects = bench.propose(redemption, from: bench.at(0))
        #expect(effects.contains { if case .echo = $0 { true } else { false } })
        #expect(effects.contains(.validate(bench.digest(redemption), redemption)))
        bench.valid(redemption)
        #expect(bench.votes.map(\.form) == [.verdict])
        bench.accept(redemption, from: bench.at(1))
        bench.block(37)
        #expect(bench.handOvers.isEmpty, "not before the window ends")
        bench.block(38)
        let handOver = try #require(bench.handOvers.first)
        #expect(handOver.accepted == [bench.at(0), bench.at(1), bench.at(3)].sorted())
        #expect(handOver.begin == BlockNumber(38))
        #expect(handOver.expiry == BlockNumber(54))
        #expect(bench.machine.outcome == .agreed(.redemption))
    }

    @Test("Accepts of fewer seats than needed are no agreement, also when they come late")
    func noQuorum() throws {
        var bench = try WindowBench(place: 3)
        bench.open()
        bench.propose(redemption, from: bench.at(0))
        bench.valid(redemption)
        for block in 25...40 { bench.block(UInt64(block)) }
        #expect(bench.machine.outcome == nil, "a complete set is taken until begin + handOverGrace")
        bench.block(41)
        #expect(bench.machine.outcome == .noQuorum)
        #expect(bench.accept(redemption, from: bench.at(1)).contains(.dropped(.late, from: bench.at(1))))
        #expect(bench.handOvers.isEmpty)
    }

    @Test("Without a proposal the window ends idle, and everyone who let a slot pass is charged")
    func leaderIdle() throws {
        var bench = try WindowBench(place: 3)
        bench.open()
        for block in 25...35 { bench.block(UInt64(block)) }
        #expect(bench.machine.outcome == .leaderIdle)
        #expect(bench.faults.map(\.kind) == Array(repeating: .leaderIdleness, count: 3))
        #expect(bench.faults.map(\.culprit) == [bench.at(0), bench.at(1), bench.at(2)])
    }

    @Test("Who could not hear operators of t seats charges nobody with idleness")
    func idlenessNeedsReach() throws {
        var bench = try WindowBench(place: 3)
        bench.open()
        for block in 25...35 { bench.block(UInt64(block), reachable: [bench.at(0)]) }
        #expect(bench.faults.isEmpty)
        #expect(bench.machine.outcome == .leaderIdle)
    }

    @Test("A reserve takes over in its slot when the leader is silent; only the leader is charged")
    func reserveTakesOver() throws {
        var bench = try WindowBench(place: 1)
        bench.open()
        for block in 25...28 { bench.block(UInt64(block)) }
        #expect(bench.effects.contains(.generate(.redemption)))
        bench.note(bench.machine.generated(.redemption, .proposal(redemption)))
        bench.valid(redemption)
        #expect(bench.votes.isEmpty, "a reserve waits reserveWait blocks into its slot")
        bench.block(29)
        #expect(bench.votes.map(\.form) == [.proposal])
        for block in 30...35 { bench.block(UInt64(block)) }
        #expect(bench.faults.map(\.culprit) == [bench.at(0)])
    }

    @Test("A reserve that knows the leader's valid proposal sends the same payload, and only that")
    func reserveRepeats() throws {
        var bench = try WindowBench(place: 1)
        bench.open()
        bench.propose(redemption, from: bench.at(0))
        bench.valid(redemption)
        #expect(bench.votes.map(\.form) == [.verdict])
        for block in 25...29 { bench.block(UInt64(block)) }
        #expect(bench.votes.map(\.form) == [.verdict, .proposal])
        #expect(Set(bench.votes.map(\.digest)) == [bench.digest(redemption)])
        #expect(!bench.effects.contains(.generate(.redemption)))
    }

    @Test("A proposal from outside the leader and the reserves is an impersonation, with its envelope")
    func impersonation() throws {
        var bench = try WindowBench(place: 3)
        bench.open()
        bench.propose(redemption, from: bench.at(4))
        #expect(bench.faults.map(\.kind) == [.leaderImpersonation])
        #expect(
            bench.faults.first?.evidence == [bench.envelope(.proposal, redemption.encoded, from: bench.at(4)).encoded])
        #expect(!bench.effects.contains(.validate(bench.digest(redemption), redemption)))
    }

    @Test("A reserve's proposal before its slot waits for the slot and is no fault")
    func earlyReserve() throws {
        var bench = try WindowBench(place: 3)
        bench.open()
        bench.propose(redemption, from: bench.at(1))
        #expect(bench.faults.isEmpty)
        #expect(!bench.effects.contains(.validate(bench.digest(redemption), redemption)))
        for block in 25...28 { bench.block(UInt64(block)) }
        #expect(bench.effects.contains(.validate(bench.digest(redemption), redemption)))
    }

    @Test("A proposal through another seat than the lowest is a mistake of rule seat")
    func wrongSeat() throws {
        var bench = try WindowBench(place: 3)
        bench.open()
        bench.receive(.proposal, redemption.encoded, from: bench.at(0), seat: SeatNumber(250))
        #expect(bench.faults.map(\.rule) == ["seat"])
    }

    @Test("An action that is not on the checklist is a mistake of rule checklist")
    func notOnTheChecklist() throws {
        var bench = try WindowBench(place: 3)
        bench.open()
        bench.propose(.depositSweep(deposits: [], fee: 1), from: bench.at(0))
        #expect(bench.faults.map(\.rule) == ["checklist"])
    }

    @Test("A leader that proposes two things is charged with both envelopes, and nothing of it is handed over")
    func leaderEquivocation() throws {
        var bench = try WindowBench(place: 3)
        bench.open()
        bench.propose(redemption, from: bench.at(0))
        bench.propose(heartbeat, from: bench.at(0))
        #expect(bench.faults.map(\.kind) == [.leaderEquivocation])
        #expect(bench.faults.first?.evidence.count == 2)
        bench.valid(redemption)
        #expect(bench.votes.isEmpty)
        for block in 25...41 { bench.block(UInt64(block)) }
        #expect(bench.handOvers.isEmpty)
        #expect(bench.machine.outcome == .equivocation)
    }

    @Test("The envelopes of an equivocator are void, not the digest that another proposer sent too")
    func digestSurvives() throws {
        var bench = try WindowBench(place: 3)
        bench.open()
        bench.propose(redemption, from: bench.at(0))
        bench.propose(heartbeat, from: bench.at(0))
        bench.valid(redemption)
        for block in 25...29 { bench.block(UInt64(block)) }
        bench.propose(redemption, from: bench.at(1))
        bench.block(30)
        #expect(bench.votes.map(\.digest) == [bench.digest(redemption)])
    }

    @Test("Two accepts of one operator count for nothing and are charged as verdict equivocation")
    func verdictEquivocation() throws {
        var bench = try WindowBench(place: 3)
        bench.open()
        bench.propose(redemption, from: bench.at(0))
        bench.valid(redemption)
        bench.accept(redemption, from: bench.at(1))
        bench.accept(heartbeat, from: bench.at(1))
        #expect(bench.faults.map(\.kind) == [.verdictEquivocation])
        for block in 25...41 { bench.block(UInt64(block)) }
        #expect(bench.handOvers.isEmpty)
        #expect(bench.machine.outcome == .equivocation)
    }

    @Test("A liar among those who may not propose does not hide that nobody proposed", arguments: [true, false])
    func silenceBesideALiar(isFollowed: Bool) throws {
        var bench = try WindowBench(place: 3)
        bench.open()
        bench.accept(redemption, from: bench.at(4))
        bench.accept(heartbeat, from: bench.at(4))
        #expect(bench.faults.map(\.kind) == [.verdictEquivocation])
        for block in 25...41 where isFollowed || block > 30 { bench.block(UInt64(block)) }
        #expect(bench.machine.outcome == (isFollowed ? .leaderIdle : .notSynced("sync.blocks")))
    }

    @Test("Equivocation after the hand-over stops the action only if the accepts left do not suffice")
    func agreementLost() throws {
        var bench = try WindowBench(place: 3)
        bench.open()
        bench.propose(redemption, from: bench.at(0))
        bench.valid(redemption)
        bench.accept(redemption, from: bench.at(1))
        bench.accept(redemption, from: bench.at(2))
        for block in 25...38 { bench.block(UInt64(block)) }
        #expect(bench.handOvers.count == 1)
        let enough = bench.accept(heartbeat, from: bench.at(1))
        #expect(!enough.contains(.agreementLost(bench.digest(redemption))))
        let tooFew = bench.accept(heartbeat, from: bench.at(2))
        #expect(tooFew.contains(.agreementLost(bench.digest(redemption))))
    }

    // MARK: - Seats held unequally

    @Test("Agreement counts seats: two operators with five of nine suffice, four with four do not")
    func seatsAgree() throws {
        for (holding, accepters, isAgreed) in [([4, 2, 1, 1, 1], [Int](), true), ([1, 1, 1, 1, 5], [1, 2], false)] {
            var bench = try WindowBench(place: 3, holding: holding, threshold: 5)
            bench.open()
            bench.propose(redemption, from: bench.at(0))
            bench.valid(redemption, seats: bench.group.agreementSeats(withoutMainUTXO: false))
            for place in accepters { bench.accept(redemption, from: bench.at(place)) }
            for block in 25...41 { bench.block(UInt64(block)) }
            #expect(bench.machine.outcome == (isAgreed ? .agreed(.redemption) : .noQuorum))
            #expect(bench.handOvers.count == (isAgreed ? 1 : 0))
        }
    }

    @Test("Who signs two accepts takes all its seats away, and who holds few takes few")
    func seatsOfAnEquivocator() throws {
        for (liar, isLost) in [(1, true), (2, false)] {
            var bench = try WindowBench(place: 3, holding: [2, 3, 1, 2, 1], threshold: 6)
            bench.open()
            bench.propose(redemption, from: bench.at(0))
            bench.valid(redemption, seats: 6)
            bench.accept(redemption, from: bench.at(1))
            bench.accept(redemption, from: bench.at(2))
            for block in 25...38 { bench.block(UInt64(block)) }
            #expect(bench.handOvers.count == 1)
            // Of the eight seats that accepted three are gone, or one; six must be left.
            let effects = bench.accept(heartbeat, from: bench.at(liar))
            #expect(bench.faults.map(\.kind) == [.verdictEquivocation], "charged once, whatever it holds")
            #expect(effects.contains(.agreementLost(bench.digest(redemption))) == isLost)
        }
    }

    @Test("Idleness is charged by who hears operators of t seats, however few they are")
    func seatsInReach() throws {
        for (place, isCharged) in [(1, true), (2, false)] {
            var bench = try WindowBench(place: 3, holding: [1, 4, 1, 1, 2], threshold: 5)
            bench.open()
            for block in 25...35 { bench.block(UInt64(block), reachable: [bench.at(place), bench.at(0)]) }
            #expect(bench.faults.isEmpty != isCharged)
        }
    }

    @Test("An invalid proposal is looked at again when open is deep, then rejected with a fault")
    func classInvalid() throws {
        var bench = try WindowBench(place: 3)
        bench.open()
        bench.propose(redemption, from: bench.at(0))
        bench.invalid(redemption, .invalid)
        #expect(bench.rejects.isEmpty)
        bench.block(25)
        #expect(bench.block(26).contains(.validate(bench.digest(redemption), redemption)))
        bench.invalid(redemption, .invalid)
        #expect(bench.rejects.count == 1)
        #expect(bench.faults.map(\.kind) == [.leaderMistake])
        #expect(bench.faults.first?.rule == "redemption.value")
    }

    @Test("A proposal that our own view speaks against is checked each recheckBlocks, then rejected without a fault")
    func classView() throws {
        var bench = try WindowBench(place: 3)
        bench.open()
        bench.propose(redemption, from: bench.at(0))
        bench.invalid(redemption, .view, rule: "fee.band")
        var checks = 0
        for block in 25...41 {
            if bench.block(UInt64(block)).contains(.validate(bench.digest(redemption), redemption)) {
                checks += 1
                bench.invalid(redemption, .view, rule: "fee.band")
            }
        }
        #expect(checks == 12)
        #expect(bench.rejects.count == 1)
        #expect(bench.faults.isEmpty)
        #expect(bench.machine.outcome == .rejected("fee.band"))
    }

    @Test("Where our sources cannot tell there is no verdict, and the window ends not synced")
    func classCannotTell() throws {
        var bench = try WindowBench(place: 3)
        bench.open()
        bench.propose(redemption, from: bench.at(0))
        bench.invalid(redemption, .cannotTell, rule: "chain.bitcoin")
        for block in 25...41 {
            bench.block(UInt64(block))
            bench.invalid(redemption, .cannotTell, rule: "chain.bitcoin")
        }
        #expect(bench.rejects.isEmpty && bench.votes.isEmpty && bench.faults.isEmpty)
        #expect(bench.machine.outcome == .notSynced("chain.bitcoin"))
    }

    @Test("One success is enough: a view that comes right in time is accepted")
    func viewComesRight() throws {
        var bench = try WindowBench(place: 3)
        bench.open()
        bench.propose(redemption, from: bench.at(0))
        bench.invalid(redemption, .view)
        bench.block(25)
        bench.valid(redemption)
        #expect(bench.votes.map(\.form) == [.verdict])
    }

    @Test("A higher-placed proposal in class V keeps a lower-placed one waiting until a quarter of the phase is left")
    func patience() throws {
        var bench = try WindowBench(place: 4)
        bench.open()
        bench.propose(redemption, from: bench.at(0))
        bench.invalid(redemption, .view)
        for block in 25...29 {
            bench.block(UInt64(block))
            bench.invalid(redemption, .view)
        }
        bench.propose(heartbeat, from: bench.at(1))
        bench.valid(heartbeat)
        #expect(bench.votes.isEmpty)
        bench.block(31)
        bench.invalid(redemption, .view)
        #expect(bench.votes.isEmpty)
        bench.block(32)
        bench.invalid(redemption, .view)
        #expect(bench.votes.map(\.digest) == [bench.digest(heartbeat)])
    }

    @Test("A no-op is accepted at once only if our own search gives nothing either")
    func noop() throws {
        var bench = try WindowBench(place: 3)
        bench.open()
        bench.propose(.noop, from: bench.at(0))
        bench.valid(.noop)
        #expect(bench.votes.isEmpty)
        #expect(bench.effects.contains(.generate(.redemption)))
        for action in bench.election.checklist.actions { bench.note(bench.machine.generated(action, .nothing)) }
        #expect(bench.votes.map(\.proposal) == [.noop])
        bench.accept(.noop, from: bench.at(1))
        for block in 25...38 { bench.block(UInt64(block)) }
        #expect(bench.machine.outcome == .noAction)
        #expect(bench.handOvers.isEmpty)
    }

    @Test("A proposal after the active phase is late")
    func late() throws {
        var bench = try WindowBench(place: 3)
        bench.open()
        bench.block(35)
        #expect(bench.propose(redemption, from: bench.at(0)).contains(.dropped(.late, from: bench.at(0))))
    }

    @Test("Repeats of a message have no effect")
    func duplicates() throws {
        var bench = try WindowBench(place: 3)
        bench.open()
        bench.propose(redemption, from: bench.at(0))
        #expect(bench.propose(redemption, from: bench.at(0)) == [.dropped(.duplicate, from: bench.at(0))])
        bench.accept(redemption, from: bench.at(1))
        #expect(bench.accept(redemption, from: bench.at(1)) == [.dropped(.duplicate, from: bench.at(1))])
    }

    @Test("One sender cannot fill our store: rejects of unknown digests count once")
    func floods() throws {
        var bench = try WindowBench(place: 3)
        bench.open()
        let kept = (0..<20).filter { number in
            let digest = ProposalDigest(sha256([UInt8(number)]).bytes)
            let verdict = Verdict(
                digest: digest ?? bench.digest(redemption),
                answer: .reject(rule: "fee.band", proposed: [], found: []), block: WindowBench.block)
            return bench.receive(.verdict, verdict.encoded, from: bench.at(1))
                .contains { if case .keep = $0 { true } else { false } }
        }
        #expect(kept.count == 1)
    }

    @Test("Messages that come before the window opens wait for it")
    func earlyMessages() throws {
        var bench = try WindowBench(place: 3)
        bench.propose(redemption, from: bench.at(0))
        #expect(bench.effects.isEmpty)
        bench.open()
        #expect(bench.effects.contains(.validate(bench.digest(redemption), redemption)))
    }

    @Test(
        "Garbage in a payload is dropped and changes nothing",
        arguments: [
            Bytes(), [9], [1, 2, 3], [3, 255, 255], Bytes(repeating: 0xff, count: 600),
        ])
    func garbage(payload: Bytes) throws {
        var bench = try WindowBench(place: 3)
        bench.open()
        let before = bench.machine
        for kind in [MessageKind.proposal, .verdict, .signReady] {
            #expect(bench.receive(kind, payload, from: bench.at(0)) == [.dropped(.malformed, from: bench.at(0))])
        }
        #expect(bench.machine == before)
    }

    @Test(
        "A restart takes up the vote, the envelopes and the outcome where the disk left them", arguments: [26, 34, 38])
    func restores(stop: Int) throws {
        var bench = try WindowBench(place: 3)
        bench.open()
        bench.propose(redemption, from: bench.at(0))
        bench.valid(redemption)
        bench.accept(redemption, from: bench.at(1))
        for block in 25...stop { bench.block(UInt64(block)) }

        var saved = WindowMachine.Saved()
        saved.seedHash = WindowBench.seedHash
        for effect in bench.effects {
            guard case .keep(let raw, _, let signer) = effect else { continue }
            saved.kept.append(
                .init(envelope: try Envelope(decoding: raw), raw: raw, signer: signer, arrival: BlockNumber(24)))
        }
        saved.vote = (try #require(bench.votes.first), BlockNumber(24))
        saved.outcome = bench.machine.outcome

        var again = bench
        again.effects = []
        again.machine = WindowMachine(
            window: bench.window, profile: bench.machine.profile, domain: bench.domain, group: bench.group,
            me: bench.machine.me, head: BlockNumber(UInt64(stop)))
        again.machine.restore(saved)
        again.note(again.machine.resume())
        #expect(again.machine.vote == bench.machine.vote)
        #expect(again.votes.isEmpty, "never a second choice")
        again.propose(heartbeat, from: again.at(2))
        again.valid(heartbeat)
        for block in (stop + 1)...41 { again.block(UInt64(block)) }
        #expect(again.votes.isEmpty)
        #expect(again.handOvers.count == (stop < 38 ? 1 : 0))
        #expect(again.machine.outcome == .agreed(.redemption))
    }
}
