import Coordination
import Primitives
import Testing

@testable import Simulation

@Suite("Shrinker")
struct ShrinkerTests {
    private static var settings: SimulationRun.Settings {
        var settings = SimulationRun.Settings()
        settings.operators = 9
        settings.threshold = 5
        settings.wallets = 3
        settings.operatorsDown = 1
        settings.seed = 4
        return settings
    }

    /// The two faults without which nothing is broken: the first of each of the first two kinds that the episode has.
    private static let needed: [FaultInstance] = {
        let planned = settings.episode(0).plannedFaults
        let first = planned[0]
        return [first] + planned.filter { $0.kind != first.kind && $0.window > first.window }.prefix(1)
    }()

    /// Fails with S2 where both needed faults begin, in at least 7 windows, with 4 operators and 2 wallets.
    private static func play(_ settings: SimulationRun.Settings, _ episode: UInt64) -> Shrinker.Failure? {
        let planned = settings.episode(episode).plannedFaults
        guard needed.allSatisfy(planned.contains), settings.episodeWindows >= 7, settings.operators >= 4,
            settings.wallets >= 2, settings.threshold <= settings.operators
        else {
            // Another promise is broken by less; that is not what is looked for.
            return settings.wallets == 1 ? Shrinker.Failure(.s7, at: BlockNumber(24)) : nil
        }
        return Shrinker.Failure(.s2, at: BlockNumber(100))
    }

    @Test("What is left breaks the same promise, and nothing can be left out of it")
    func smallest() throws {
        try #require(Self.needed.count == 2)
        var shrinker = try #require(Shrinker(settings: Self.settings, episode: 0, play: Self.play))
        shrinker.run()
        #expect(shrinker.failure == Shrinker.Failure(.s2, at: BlockNumber(100)))
        #expect(shrinker.faults == Self.needed.sorted())
        #expect(shrinker.settings.faults == Set(Self.needed.map(\.kind)))
        #expect(shrinker.settings.operators == 4)
        #expect(shrinker.settings.threshold == 3)
        #expect(shrinker.settings.wallets == 2)
        #expect(shrinker.settings.operatorsDown == 0)
        #expect(Self.play(shrinker.settings, 0)?.invariant == .s2)
        // The needed faults may lie later than the seventh window.
        var fewer = shrinker.settings
        fewer.episodeWindows -= 1
        #expect(Self.play(fewer, 0)?.invariant != .s2)
    }

    @Test("Every step says what it made smaller, and how many plays it took")
    func steps() throws {
        var shrinker = try #require(Shrinker(settings: Self.settings, episode: 0, play: Self.play))
        shrinker.run()
        #expect(shrinker.steps.allSatisfy { $0.after < $0.before && $0.plays > 0 })
        #expect(
            Set(shrinker.steps.map(\.what)).isSuperset(
                of: ["windows", "kinds of fault", "wallets", "operators down", "operators"]))
    }

    @Test("Seats go as far as the failure lets them, down to one an operator")
    func seats() throws {
        for (needed, seats, operators) in [(6, 6, 2), (0, nil, 2)] as [(Int, Int?, Int)] {
            var settings = SimulationRun.Settings()
            settings.seats = 9
            settings.threshold = 5
            var shrinker = try #require(
                Shrinker(settings: settings, episode: 0) { settings, _ in
                    settings.seatCount >= needed ? Shrinker.Failure(.s2, at: BlockNumber(100)) : nil
                })
            shrinker.run()
            #expect(shrinker.settings.seats == seats)
            #expect(shrinker.settings.operators == operators)
            #expect(shrinker.settings.threshold <= shrinker.settings.seatCount / 2 + 1)
            #expect(shrinker.steps.contains { $0.what == "seats" })
        }
    }

    @Test("An episode that keeps every promise is not shrunk")
    func passes() {
        #expect(Shrinker(settings: Self.settings, episode: 0, play: { _, _ in nil }) == nil)
    }
}
