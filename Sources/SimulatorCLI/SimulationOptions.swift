import ArgumentParser
import Coordination
import Primitives
import Program
import Simulation

/// The options that determine a run.
struct SimulationOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A named arrangement, which fixes every option of what is played but the seed: "
                + Scenario.allCases.map { "\($0.rawValue) (\($0.plan.story))" }.joined(separator: "; ") + ".",
            valueName: "NAME"))
    var scenario: String?

    @Option(help: "Operators of every wallet. Default: 5.")
    var operators: Int?

    @Option(
        help: "Seats of every wallet, dealt round: nobody holds two more than another. Default: as many as operators.")
    var seats: Int?

    @Option(
        help: "Seats that must sign; more than half of all. Default: half of the seats, rounded down, and one more.")
    var threshold: Int?

    @Option(help: "Operators whose process never starts. Default: 0.")
    var operatorsDown: Int?

    @Option(help: "Operators that stand in reserve behind a window's leader, 0 to 2.")
    var reserves: UInt64?

    @Option(help: "Wallets that the operators hold together. Default: 1.")
    var wallets: Int?

    @Option(
        help: ArgumentHelp(
            "Equal seeds give equal runs, bit for bit; a random one is printed. Default: 1.",
            valueName: "N|random"))
    var seed: String?

    @Option(
        help: ArgumentHelp(
            "The faults: \(InjectedFault.presets.joined(separator: ", ")); or kinds, with commas between; or a file with a"
                + " kind a line. Default: swarm.", valueName: "PRESET|FILE"))
    var faults: String?

    @Option(
        help: ArgumentHelp("Faults that are left out, with commas between.", valueName: "KIND@WINDOW,..."))
    var without: String?

    @Option(
        help: "Operators that lie in every window: beyond the bound two digests may be agreed, and nothing else break.")
    var liars: Int?

    @Option(help: "Windows of an episode before everything is healed. Default: 24.")
    var episodeWindows: UInt64?

    @Option(help: "Operators and wallets sign by an ideal functionality (ideal, the default) or on the curve (real).")
    var crypto: Crypto?

    enum Crypto: String, CaseIterable, ExpressibleByArgument { case ideal, real }

    func settings() throws -> SimulationRun.Settings {
        if let scenario { return try settings(ofScenario: scenario) }
        var settings = SimulationRun.Settings()
        settings.operators = operators ?? settings.operators
        settings.seats = seats == settings.operators ? nil : seats
        settings.threshold = threshold ?? settings.seatCount / 2 + 1
        settings.wallets = wallets ?? settings.wallets
        settings.seed = try SeedArgument.value(seed ?? "1")
        settings.realSignatures = crypto == .real
        settings.liars = liars ?? 0
        guard (0...max(0, settings.operators)).contains(settings.liars) else {
            throw CommandFailure.usage(
                .liars, "--liars \(settings.liars) is no number of operators",
                fix: "give at most as many as there are operators")
        }
        let episodeRange: ClosedRange<UInt64> = 1...1_000_000
        settings.episodeWindows = episodeWindows ?? settings.episodeWindows
        guard episodeRange.contains(settings.episodeWindows) else {
            throw CommandFailure.outside(episodeRange, .episodeWindows, settings.episodeWindows, of: "windows")
        }
        settings.operatorsDown = operatorsDown ?? 0
        if let reserves { settings.reserveLeaders = reserves }
        settings.faults = try Self.faults(of: faults ?? "swarm")
        settings.suppressed = try Self.suppressed(without ?? "", of: settings.faults)
        return settings
    }

    /// The faults that `--without` names, each of a kind in the run.
    private static func suppressed(
        _ names: String, of faults: Set<InjectedFault>
    ) throws(CommandFailure) -> Set<FaultInstance> {
        var suppressed: Set<FaultInstance> = []
        for name in names.split(separator: ",") {
            guard let fault = FaultInstance(name) else {
                throw .usage(.without, "\(name) is no fault of a window", fix: "give kind@window, as loss@96")
            }
            guard faults.contains(fault.kind) else {
                throw .usage(
                    .without, "\(name) is never made: --faults does not name \(fault.kind.rawValue)",
                    fix: "leave it out of --without")
            }
            suppressed.insert(fault)
        }
        return suppressed
    }

    /// Makes a run; the failure explains settings that no run can have.
    static func run(_ settings: SimulationRun.Settings) throws -> SimulationRun {
        do throws(Cast.Failure) {
            return try SimulationRun(settings: settings)
        } catch {
            throw failure(of: error)
        }
    }

    private static func failure(of failure: Cast.Failure) -> CommandFailure {
        switch failure {
        case .operators(let count): .outside(1...Cast.mostOperators, .operators, count, of: "operators")
        case .seats(let seats, let operators) where seats < operators:
            .usage(
                .seats, "--seats \(seats) leaves some of \(operators) operators without a seat",
                fix: "give at least as many seats as operators: who holds no seat is no member")
        case .seats(let seats, let operators):
            .outside(operators...SigningGroup.maximumSeats, .seats, seats, of: "seats")
        case .threshold(let threshold, let seats):
            .usage(
                .threshold, "--threshold \(threshold) is no threshold of \(seats) seats",
                fix: "give more than half of the seats, and at most all")
        case .wallets(let count): .outside(1...Cast.mostWallets, .wallets, count, of: "wallets")
        case .size(let wallets, let seats):
            .usage(
                .wallets, "--wallets \(wallets) of \(seats) seats each is more than a run gets through",
                fix: "give at most \(Cast.mostSeatPairs / (seats * seats)) wallets of \(seats) seats, or fewer seats")
        case .operatorsDown(let down, let operators):
            .usage(
                .operatorsDown, "--operators-down \(down) is no number of \(operators) operators",
                fix: "leave at least one operator up")
        case .profile(let rule):
            .usage(
                .reserves, "--reserves breaks a rule of the profile: \(rule.rawValue)",
                fix: "give 0 to 2: more do not fit into the active phase")
        }
    }

    /// The command failure of a violation: exit 10 for safety, 11 for liveness, with the command that replays it.
    static func failure(
        of violation: Violation, in settings: SimulationRun.Settings, episode: UInt64
    ) -> CommandFailure {
        let breach = violation.breach
        return CommandFailure(
            promise: breach.invariant.rawValue, exitCode: breach.invariant.isLiveness ? 11 : 10,
            cause: "\(breach.what) (step \(violation.step), block \(violation.block))",
            fix: "play it again: \(replay(settings, episode: episode))")
    }
}
