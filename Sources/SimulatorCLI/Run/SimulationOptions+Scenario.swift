import Primitives
import Program
import Simulation

extension SimulationOptions {
    /// The settings of a named arrangement; no other option may determine the run.
    func settings(ofScenario name: String) throws -> SimulationRun.Settings {
        guard let scenario = Scenario(rawValue: name) else {
            let nearest = Scenario.nearest(to: name).map { "did you mean \($0)? " } ?? ""
            let names = Scenario.allCases.map(\.rawValue).joined(separator: ", ")
            throw CommandFailure.usage(
                .scenario, "\"\(name)\" is no scenario", fix: "\(nearest)scenarios: \(names)")
        }
        if let fixed {
            throw CommandFailure.usage(
                .scenarioFixed, "--\(fixed) says what --scenario \(name) fixes", fix: "leave one of the two out")
        }
        var settings = SimulationRun.Settings(scenario)
        settings.seed = try SeedArgument.value(seed ?? "1")
        return settings
    }

    /// The first given option that a scenario fixes.
    var fixed: String? {
        let given: [(name: String, isGiven: Bool)] = [
            ("operators", operators != nil), ("seats", seats != nil), ("threshold", threshold != nil),
            ("operators-down", operatorsDown != nil), ("reserves", reserves != nil), ("wallets", wallets != nil),
            ("faults", faults != nil), ("without", without != nil), ("liars", liars != nil),
            ("episode-windows", episodeWindows != nil), ("crypto", crypto != nil),
        ]
        return given.first(where: \.isGiven)?.name
    }

    /// The command failure of an unmet demand: exit 10 for a charge, 11 for any other demand; with the command that
    /// replays it.
    static func failure(
        of unmet: Scenario.Unmet, in settings: SimulationRun.Settings, episode: UInt64? = nil
    ) -> CommandFailure {
        let name = settings.scenario?.rawValue ?? ""
        let again = episode.map { "play it again: \(replay(settings, episode: $0))" }
        return CommandFailure(
            promise: "scenario.\(name)", exitCode: unmet.demand == .idlenessOnly ? 10 : 11, cause: unmet.what,
            fix: again ?? "give more --windows")
    }
}
