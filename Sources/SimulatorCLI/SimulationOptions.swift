import ArgumentParser
import Program
import Simulation

/// The options that say what is played.
struct SimulationOptions: ParsableArguments {
    @Option(help: "Operators of every wallet.")
    var operators = 5

    @Option(help: "Seats that must sign; more than half of all. Default: half of the operators, and one more.")
    var threshold: Int?

    @Option(help: "Operators whose process never starts.")
    var operatorsDown = 0

    @Option(help: "Operators that stand in reserve behind a window's leader, 0 to 2.")
    var reserves: UInt64?

    @Option(help: "Wallets that the operators hold together.")
    var wallets = 1

    @Option(help: "The seed: equal seeds give equal runs, bit for bit.")
    var seed: UInt64 = 1

    @Option(
        help: ArgumentHelp(
            "The faults: \(InjectedFault.presets.joined(separator: ", ")), or single ones, with commas between.",
            valueName: "PRESET"))
    var faults = "swarm"

    @Option(
        help: ArgumentHelp("Faults that are left out, with commas between.", valueName: "KIND@WINDOW,..."))
    var without = ""

    @Option(help: "Operators that lie in every window: beyond the bound two digests may be agreed, and nothing else break.")
    var liars = 0

    @Option(help: "Windows of an episode before everything is healed.")
    var episodeWindows = EpisodeSettings(seed: 0).windows

    @Flag(help: "Sign envelopes with real keys.")
    var realSignatures = false

    func settings() throws -> SimulationRun.Settings {
        var settings = SimulationRun.Settings()
        settings.operators = operators
        settings.threshold = threshold ?? operators / 2 + 1
        settings.wallets = wallets
        settings.seed = seed
        settings.realSignatures = realSignatures
        guard (0...operators).contains(liars) else {
            throw CommandFailure.usage(
                "liars", "--liars \(liars) is no number of operators", fix: "give at most as many as there are operators")
        }
        settings.liars = liars
        guard (1...1_000_000).contains(episodeWindows) else {
            throw CommandFailure.usage(
                "episode-windows", "--episode-windows \(episodeWindows) is no number of windows",
                fix: "give a whole number from 1 to 1000000")
        }
        settings.episodeWindows = episodeWindows
        for name in without.split(separator: ",") {
            guard let fault = FaultInstance(name) else {
                throw CommandFailure.usage(
                    "without", "\(name) is no fault of a window", fix: "give kind@window, as loss@96")
            }
            settings.suppressed.insert(fault)
        }
        settings.operatorsDown = operatorsDown
        if let reserves { settings.reserveLeaders = reserves }
        settings.faults = []
        for name in faults.split(separator: ",") {
            guard let preset = InjectedFault.preset(String(name)) else {
                throw CommandFailure.usage(
                    "faults", "\(name) is no fault and no preset",
                    fix: "presets: \(InjectedFault.presets.joined(separator: ", ")); faults: "
                        + InjectedFault.allCases.map(\.rawValue).joined(separator: ", "))
            }
            settings.faults.formUnion(preset)
        }
        return settings
    }

    /// Makes a run; says what is wrong with settings that no run can have.
    static func run(_ settings: SimulationRun.Settings) throws -> SimulationRun {
        do throws(Cast.Failure) {
            return try SimulationRun(settings: settings)
        } catch {
            throw CommandFailure.usage("cast", "\(error)", fix: Self.fix(of: error))
        }
    }

    private static func fix(of failure: Cast.Failure) -> String {
        switch failure {
        case .operators: "give 1 to \(Cast.mostOperators) operators"
        case .threshold: "threshold must be more than half of the operators"
        case .wallets: "give 1 to 10000 wallets"
        case .operatorsDown: "leave at least one operator up"
        case .profile: "give 0 to 2 reserves: more do not fit into the active phase"
        }
    }

    /// What a violation is to the caller: exit 10 for safety, 11 for liveness, with the command that plays it again.
    static func failure(
        of violation: Violation, in settings: SimulationRun.Settings, episode: UInt64
    ) -> CommandFailure {
        let breach = violation.breach
        return CommandFailure(
            exitCode: breach.invariant.isLiveness ? 11 : 10, reason: breach.invariant.rawValue,
            cause: "\(breach.what) (step \(violation.step), block \(violation.block))",
            fix: "play it again: \(replay(settings, episode: episode))")
    }
}
