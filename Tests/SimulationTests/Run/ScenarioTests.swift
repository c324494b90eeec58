import Coordination
import Primitives
import Testing

@testable import Simulation

/// Every named arrangement plays, its faults happen, and what must be seen of it can fail.
@Suite("Scenario")
struct ScenarioTests {
    private func played(_ scenario: Scenario, windows: UInt64 = 64, seed: UInt64 = 5) throws -> SimulationRun {
        var settings = SimulationRun.Settings(scenario)
        settings.windows = windows
        settings.seed = seed
        var run = try SimulationRun(settings: settings)
        while !run.isOver { run.playNext() }
        return run
    }

    /// One episode of a scenario with something changed of its arrangement.
    private func result(
        _ scenario: Scenario, seed: UInt64 = 5, changing change: (inout EpisodeSettings) -> Void
    ) throws -> Episode.Result {
        var settings = SimulationRun.Settings(scenario)
        settings.seed = seed
        var episode = settings.episode(0)
        change(&episode)
        return Episode(cast: try SimulationRun(settings: settings).cast, settings: episode).run()
    }

    @Test(
        "Each scenario plays to its end, its faults happen, and all that must be seen is seen",
        arguments: Scenario.allCases)
    func plays(scenario: Scenario) throws {
        let run = try played(scenario)
        let again = "coord-sim replay --scenario \(scenario.rawValue) --seed 5 --episode \(run.played - 1)"
        #expect(run.violation == nil, "\(again)")
        #expect(run.unmet == nil, "\(again)")
        #expect(scenario.unmet(by: run.sums) == nil)
        #expect(run.played == 2)
        #expect(run.sums.transactions > 0)
        if scenario.plan.faults.isEmpty {
            #expect(run.sums.arranged > 0)
            #expect(run.sums.faults.isEmpty)
        } else {
            #expect(Set(run.sums.faults.keys).isSubset(of: scenario.plan.faults.map(\.rawValue)))
            #expect(run.sums.faults.values.reduce(0, +) > 3)
        }
    }

    @Test("Nine wallets keep every window while the tenth loses all of its own, until it is healed")
    func poison() throws {
        let sums = try played(.onePoisoned, windows: 32).sums
        #expect(sums.lostByWallet.count == 10)
        // 24 windows of an episode have faults.
        #expect(sums.lostByWallet == [24] + Array(repeating: 0, count: 9))
    }

    @Test("Poison in a second wallet, which should be sound, is seen")
    func morePoison() throws {
        let result = try result(.onePoisoned) { episode in
            episode.poisonedWallets = 2
            (episode.windows, episode.healedWindows) = (6, 0)
        }
        #expect(result.violation == nil)
        #expect(result.lostByWallet.prefix(2).allSatisfy { $0 >= 6 })
        #expect(result.lostByWallet.dropFirst(2).allSatisfy { $0 == 0 })
        #expect(Scenario.onePoisoned.unmet(by: result)?.demand == .everyWindow)
    }

    @Test("A latecomer that comes after the active phase has no vote, and that is seen")
    func tooLate() throws {
        let inTime = try result(.lateJoiner) { _ in }
        #expect(Scenario.lateJoiner.unmet(by: inTime) == nil)
        let late = try result(.lateJoiner) { $0.latecomersAfter = $0.profile.activePhase + 2 }
        #expect(late.violation == nil)
        #expect(Scenario.lateJoiner.unmet(by: late)?.demand == .everybodyAgrees)
    }

    @Test(
        "Where three of five operators are down as well, windows are lost, and that is seen",
        arguments: Scenario.allCases)
    func down(scenario: Scenario) throws {
        let result = try result(scenario) { episode in
            episode.operatorsDown = 3
            (episode.windows, episode.healedWindows) = (4, 0)
        }
        #expect(result.violation == nil)
        #expect(result.lost >= 4)
        let demand = scenario.unmet(by: result)?.demand
        #expect(demand == (scenario.plan.demands.contains(.everyWindow) ? .everyWindow : nil))
    }

    @Test("Only as many operators as the scenario says are hit")
    func victims() throws {
        var hit: Set<Int> = []
        for seed in UInt64(1)...6 {
            var settings = SimulationRun.Settings(.mixedVersion)
            settings.seed = seed
            let world = World(cast: try SimulationRun(settings: settings).cast, settings: settings.episode(0))
            try world.run(to: 24 * 20)
            let victims = world.nodes.filter { $0.ailment.otherVersionUntil > 0 }.map(\.index)
            #expect(victims.count == 1)
            hit.formUnion(victims)
        }
        #expect(hit.count > 1, "another seed draws another operator")
    }

    @Test("A charge of more than idleness is seen")
    func charges() throws {
        // Whoever sees another host chain elects another leader, and is charged for what it proposes.
        let result = try result(.splitHostView) { episode in
            episode.faults = [.wrongHash]
            episode.faultsPerThousandWindows = 1_000
        }
        #expect(result.charges.keys.contains("leader_impersonation"))
        #expect(Scenario.mixedVersion.unmet(by: result)?.demand == .idlenessOnly)
        #expect(Scenario.crashSwarm.unmet(by: result)?.demand == .idlenessOnly)
    }

    @Test("A run in which nothing of the scenario happened has not shown it")
    func nothing() throws {
        #expect(Scenario.mixedVersion.unmet(by: SimulationRun.Sums())?.demand == nil)
        #expect(Scenario.mixedVersion.unmet(by: SimulationRun.Sums()) != nil)
        let sound = try result(.onePoisoned) { episode in
            (episode.poisonedWallets, episode.windows, episode.healedWindows) = (0, 2, 0)
        }
        var sums = SimulationRun.Sums()
        sums.add(sound)
        sums.arranged = 1
        #expect(Scenario.onePoisoned.unmet(by: sums)?.what == "a poisoned wallet lost no window")
    }

    @Test("Bitcoin is reorganised by up to eight blocks, each depth at its time, and settles deeper than that")
    func depths() throws {
        var settings = SimulationRun.Settings(.bitcoinReorg)
        #expect(settings.episode(0).profile.settleConfirmations == 9)
        #expect(settings.episode(0).profile.brokenRule == nil)
        var depths: Set<String> = []
        for seed in UInt64(1)...8 {
            settings.seed = seed
            let run = try SimulationRun(settings: settings)
            _ = run.playing(0) { _, _, what in
                if what.hasPrefix("Bitcoin reorganised by ") { depths.insert(what) }
            }
        }
        #expect(depths == Set((1...8).map { "Bitcoin reorganised by \($0) blocks" }))
    }

    @Test("A name nearly right is helped to")
    func nearest() {
        #expect(Scenario.nearest(to: "one-poisened") == "one-poisoned")
        #expect(Scenario.nearest(to: "bad-sauce") == "bad-source")
    }
}
