import Coordination
import Primitives
import TestKit
import Testing

/// What a window says of itself and of others where we were behind, away, or without a view of the chain.
@Suite struct WindowSyncTests {
    @Test("A window whose seed could never be read ends once, as not synced, and charges nobody")
    func noSeed() throws {
        var bench = try WindowBench(place: 3)
        for block in 23...41 { bench.block(UInt64(block)) }
        #expect(bench.machine.outcome == .notSynced("sync.seed"))
        #expect(bench.faults.isEmpty)
        #expect(bench.block(42).isEmpty, "nothing is asked for a window that is over")
    }

    @Test("A seed that is read after the active phase blames nobody: the leader was not heard, but it may have spoken")
    func lateSeed() throws {
        var bench = try WindowBench(place: 3)
        for block in 23...34 { bench.block(UInt64(block)) }
        bench.propose(WindowBench.redemption, from: bench.at(0))
        bench.block(35)
        bench.note(bench.machine.seedRead(WindowBench.seedHash))
        for block in 36...41 { bench.block(UInt64(block)) }
        #expect(bench.faults.isEmpty)
        #expect(bench.machine.outcome == .notSynced("sync.blocks"))
    }

    @Test(
        "Who did not see every block of the active phase charges nobody with idleness", arguments: [22...24, 24...34])
    func jump(over gap: ClosedRange<UInt64>) throws {
        var bench = try WindowBench(place: 3)
        bench.block(23)
        bench.note(bench.machine.seedRead(WindowBench.seedHash))
        for block in 24...41 where !(gap.lowerBound + 1..<gap.upperBound + 2).contains(UInt64(block)) {
            bench.block(UInt64(block))
        }
        #expect(bench.faults.isEmpty)
        #expect(bench.machine.outcome == .notSynced("sync.blocks"))
    }

    @Test("A head that jumps over the whole window ends it as not synced, without a fault")
    func jumpOverAll() throws {
        var bench = try WindowBench(place: 3)
        bench.block(23)
        bench.note(bench.machine.seedRead(WindowBench.seedHash))
        bench.propose(WindowBench.redemption, from: bench.at(0))
        bench.block(100)
        #expect(bench.faults.isEmpty)
        #expect(bench.machine.outcome == .notSynced("sync.blocks"))
    }

    @Test("A part that begins within the active phase charges nobody with idleness")
    func joinsLate() throws {
        var bench = try WindowBench(place: 3)
        bench.machine = WindowMachine(
            window: bench.window, profile: WindowBench.profile, domain: bench.domain, group: bench.group,
            me: bench.machine.me, head: BlockNumber(32))
        var saved = WindowMachine.Saved()
        saved.seedHash = WindowBench.seedHash
        bench.machine.restore(saved)
        bench.note(bench.machine.resume())
        for block in 33...41 { bench.block(UInt64(block)) }
        #expect(bench.faults.isEmpty)
        #expect(bench.machine.outcome == .notSynced("sync.blocks"))
    }

    @Test("A handed-over window is taken up although the chain that we follow now is behind its end")
    func restoredBehind() throws {
        var bench = try WindowBench(place: 3)
        bench.open()
        bench.propose(WindowBench.redemption, from: bench.at(0))
        bench.valid(WindowBench.redemption)
        bench.accept(WindowBench.redemption, from: bench.at(1))
        for block in 25...38 { bench.block(UInt64(block)) }
        var saved = WindowMachine.Saved()
        saved.seedHash = WindowBench.seedHash
        for case .keep(let raw, _, let signer) in bench.effects {
            // A reorganisation had taken the cursor back behind the leader's slot when they came.
            saved.kept.append(
                .init(envelope: try Envelope(decoding: raw), raw: raw, signer: signer, arrival: BlockNumber(23)))
        }
        saved.vote = (try #require(bench.votes.first), BlockNumber(24))
        saved.outcome = bench.machine.outcome

        bench.machine = WindowMachine(
            window: bench.window, profile: WindowBench.profile, domain: bench.domain, group: bench.group,
            me: bench.machine.me, head: BlockNumber(36))
        bench.machine.restore(saved)
        #expect(bench.machine.holdsAgreement, "every accept that the ledger holds counts")
        bench.effects = []
        bench.block(37)
        #expect(bench.machine.handOver?.digest == bench.digest(WindowBench.redemption))
        #expect(bench.effects.isEmpty)
    }

    @Test(
        "Who heard a block of the active phase late, or in a burst, charges nobody with idleness",
        arguments: [24, 29, 35])
    func late(_ block: UInt64) throws {
        var bench = try WindowBench(place: 3)
        bench.block(23)
        bench.note(bench.machine.seedRead(WindowBench.seedHash))
        for number in 24...41 { bench.block(UInt64(number), inSync: number != block) }
        #expect(bench.faults.isEmpty)
        #expect(bench.machine.outcome == .notSynced("sync.blocks"))
    }

    @Test("Blocks before the active phase and after its end may come late")
    func lateOutside() throws {
        var bench = try WindowBench(place: 3)
        bench.block(23, inSync: false)
        bench.note(bench.machine.seedRead(WindowBench.seedHash))
        for number in 24...41 { bench.block(UInt64(number), inSync: number < 36) }
        #expect(!bench.faults.isEmpty)
    }

    @Test("A link that fell during the active phase counts as none, although it stands again")
    func links() throws {
        for falls in [false, true] {
            var bench = try WindowBench(place: 3)
            bench.open()
            let reachable: Set = [bench.at(1), bench.at(2), bench.at(3)]
            for number in 25...30 { bench.block(UInt64(number), reachable: reachable) }
            if falls { bench.machine.linkFell(bench.at(2)) }
            for number in 31...36 { bench.block(UInt64(number), reachable: reachable) }
            #expect(bench.faults.isEmpty == falls)
        }
    }

    @Test("With a stale head nothing is accepted; with the next fresh one it is")
    func staleHead() throws {
        var bench = try WindowBench(place: 3)
        bench.open()
        bench.machine.isHeadFresh = false
        bench.propose(WindowBench.redemption, from: bench.at(0))
        bench.valid(WindowBench.redemption)
        #expect(bench.votes.isEmpty)
        bench.machine.isHeadFresh = true
        bench.block(25)
        #expect(bench.votes.count == 1)
    }

    @Test("A window whose votes a stale head forbade ends as not synced, for its host chain")
    func staleToTheEnd() throws {
        var bench = try WindowBench(place: 3)
        bench.open()
        bench.machine.isHeadFresh = false
        bench.propose(WindowBench.redemption, from: bench.at(0))
        bench.valid(WindowBench.redemption)
        for block in 25...41 { bench.block(UInt64(block)) }
        #expect(bench.votes.isEmpty)
        #expect(bench.machine.outcome == .notSynced("chain.host"))
    }
}
