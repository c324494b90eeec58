import Simulation

extension SimulationOptions {
    /// The command that replays an episode of these settings.
    static func replay(_ settings: SimulationRun.Settings, episode: UInt64) -> String {
        "coord-sim replay --seed \(settings.seed) --episode \(episode) \(words(of: settings))"
    }

    /// The command that makes a report of these settings again.
    static func report(_ settings: SimulationRun.Settings, windows: UInt64, reportWindows: UInt64) -> String {
        "coord-sim run --seed \(settings.seed) --windows \(windows) \(words(of: settings))"
            + " --report-windows \(reportWindows) --report DIR"
    }

    /// The options that determine the run, except for the seed.
    private static func words(of settings: SimulationRun.Settings) -> String {
        if let scenario = settings.scenario { return "--scenario \(scenario.rawValue)" }
        let defaults = SimulationRun.Settings()
        var words = ["--operators \(settings.operators)", "--faults \(name(of: settings.faults))"]
        if settings.seatCount != settings.operators { words.append("--seats \(settings.seatCount)") }
        if settings.threshold != settings.seatCount / 2 + 1 { words.append("--threshold \(settings.threshold)") }
        if settings.wallets != defaults.wallets { words.append("--wallets \(settings.wallets)") }
        if settings.operatorsDown != defaults.operatorsDown {
            words.append("--operators-down \(settings.operatorsDown)")
        }
        if settings.reserveLeaders != defaults.reserveLeaders { words.append("--reserves \(settings.reserveLeaders)") }
        if settings.liars != defaults.liars { words.append("--liars \(settings.liars)") }
        if settings.episodeWindows != defaults.episodeWindows {
            words.append("--episode-windows \(settings.episodeWindows)")
        }
        if !settings.suppressed.isEmpty {
            words.append("--without " + settings.suppressed.sorted().map(\.description).joined(separator: ","))
        }
        if settings.realSignatures { words += ["--crypto", "real"] }
        return words.joined(separator: " ")
    }

    /// The preset with exactly these faults, or their names.
    private static func name(of faults: Set<InjectedFault>) -> String {
        if let preset = InjectedFault.presets.first(where: { InjectedFault.preset($0) == faults }) { return preset }
        return faults.sorted().map(\.rawValue).joined(separator: ",")
    }
}
