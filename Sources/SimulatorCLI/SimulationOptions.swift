import ArgumentParser
import Program
import Simulation

/// The options that say what is played.
struct SimulationOptions: ParsableArguments {
    @Option(help: "Operators of every wallet.")
    var operators = 5

    @Option(help: "Seats that must sign; more than half of all. Default: half of the operators, and one more.")
    var threshold: Int?

    @Option(help: "Wallets that the operators hold together.")
    var wallets = 1

    @Option(help: "The seed: equal seeds give equal runs, bit for bit.")
    var seed: UInt64 = 1

    @Option(
        help: ArgumentHelp(
            "The faults: \(InjectedFault.presets.joined(separator: ", ")), or single ones, with commas between.",
            valueName: "PRESET"))
    var faults = "swarm"

    @Option(help: "Whether operators and wallets sign by an ideal functionality (ideal) or on the curve (real).")
    var crypto = Crypto.ideal

    enum Crypto: String, CaseIterable, ExpressibleByArgument { case ideal, real }

    func settings() throws -> SimulationRun.Settings {
        var settings = SimulationRun.Settings()
        settings.operators = operators
        settings.threshold = threshold ?? operators / 2 + 1
        settings.wallets = wallets
        settings.seed = seed
        settings.realSignatures = crypto == .real
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

    func run(_ settings: SimulationRun.Settings) throws -> SimulationRun {
        do throws(Cast.Failure) {
            return try SimulationRun(settings: settings)
        } catch {
            throw CommandFailure.usage("cast", "\(error)", fix: "threshold must be more than half of the operators")
        }
    }

    /// What a violation is to the caller: exit 10 for safety, 11 for liveness, with the command that plays it again.
    func failure(of violation: Violation, episode: UInt64) -> CommandFailure {
        let breach = violation.breach
        var again = "coord-sim replay --seed \(seed) --episode \(episode) --operators \(operators) --faults \(faults)"
        if let threshold { again += " --threshold \(threshold)" }
        if crypto != .ideal { again += " --crypto \(crypto)" }
        if wallets != 1 { again += " --wallets \(wallets)" }
        return CommandFailure(
            exitCode: breach.invariant.isLiveness ? 11 : 10, reason: breach.invariant.rawValue,
            cause: "\(breach.what) (step \(violation.step), block \(violation.block))", fix: "play it again: \(again)")
    }
}
