import Coordination
import Primitives
import Testing

@testable import Simulation

@Suite("FaultPlan")
struct FaultPlanTests {
    private static func settings(_ seed: UInt64, _ faults: Set<InjectedFault>) -> EpisodeSettings {
        var settings = EpisodeSettings(seed: seed)
        settings.faults = faults
        return settings
    }

    @Test("A fault that is left out moves no other")
    func leftOut() {
        var settings = Self.settings(3, Set(InjectedFault.allCases))
        let all = settings.plannedFaults
        #expect(all.count > 20)
        for left in all {
            settings.suppressed = [left]
            #expect(settings.plannedFaults == all.filter { $0 != left })
        }
    }

    @Test("A kind that is left out moves no fault of another kind, while more than one is left")
    func kinds() {
        let all = Self.settings(3, Set(InjectedFault.allCases)).plannedFaults
        for kind in InjectedFault.allCases {
            let others = Self.settings(3, Set(InjectedFault.allCases).subtracting([kind])).plannedFaults
            #expect(others == all.filter { $0.kind != kind })
        }
    }

    @Test("A swarm draws its kinds anew for every episode, half of them; a kind alone is always in the mix")
    func swarm() {
        let kinds = (0..<400).map { seed in
            Set(Self.settings(seed, Set(InjectedFault.allCases)).plannedFaults.map(\.kind))
        }
        let share = Double(kinds.reduce(0) { $0 + $1.count }) / Double(400 * InjectedFault.allCases.count)
        // One half, less the kinds that are in the mix and begin in none of 24 windows: 0.5 · (1 - 0.88^24) = 0.477.
        #expect((0.46...0.49).contains(share))
        #expect(Set(kinds).count > 390)
        // Alone: 1 - 0.88^24 = 0.954 of 400 episodes, 5 standard deviations to either side.
        let alone = (0..<400).count(where: { !Self.settings($0, [.loss]).plannedFaults.isEmpty })
        #expect((360...400).contains(alone))
    }

    @Test("Faults begin in windows before the healing, and each at most once in a window")
    func windows() {
        let settings = Self.settings(5, Set(InjectedFault.allCases))
        let planned = settings.plannedFaults
        #expect(Set(planned).count == planned.count)
        let end = World.firstBlock + settings.windows * settings.profile.frequency
        #expect(planned.allSatisfy { $0.window.rawValue.isMultiple(of: 24) && $0.window.rawValue < end })
        #expect(planned == planned.sorted())
    }

    @Test("The plan is what begins")
    func begun() throws {
        var settings = SimulationRun.Settings()
        settings.episodeWindows = 5
        settings.healedWindows = 0
        let result = try SimulationRun(settings: settings).playing(0)
        #expect(!result.begun.isEmpty)
        #expect(result.begun == settings.episode(0).plannedFaults)
    }

    @Test("A fault's name reads back; anything else is none", arguments: InjectedFault.allCases)
    func names(kind: InjectedFault) {
        let fault = FaultInstance(kind, in: BlockNumber(96))
        #expect(FaultInstance(fault.description) == fault)
        for text in ["\(kind.rawValue)", "\(kind.rawValue)@", "\(kind.rawValue)@096", "\(kind.rawValue)@96@", "x@96"] {
            #expect(FaultInstance(text) == nil)
        }
    }
}
