import Primitives
import Program
import Simulation

/// Runs a run's episodes, several at a time, and gives their results in order. So the sums and digests do not depend on
/// the number of jobs.
struct EpisodePool {
    /// The possible numbers of jobs.
    static let jobRange = 1...1_024

    private let jobs: Int

    /// Takes the number of episodes that run at a time.
    init(jobs: Int) throws(CommandFailure) {
        guard Self.jobRange.contains(jobs) else { throw .outside(Self.jobRange, .jobs, jobs, of: "jobs") }
        self.jobs = jobs
    }

    /// Runs the first `count` episodes; `take` says whether it wants the next. Results beyond that are dropped.
    func play(
        _ run: SimulationRun, count: UInt64, take: (Episode.Result) throws -> Bool
    ) async throws {
        try await withThrowingTaskGroup(of: (UInt64, Episode.Result).self) { group in
            var begun: UInt64 = 0
            var taken: UInt64 = 0
            var early: [UInt64: Episode.Result] = [:]
            func begin() {
                guard begun < count else { return }
                let episode = begun
                group.addTask { (episode, run.playing(episode)) }
                begun += 1
            }
            for _ in 0..<jobs { begin() }
            while let (episode, result) = try await group.next() {
                early[episode] = result
                while let next = early.removeValue(forKey: taken) {
                    taken += 1
                    // Episodes in progress end, and their results are dropped.
                    guard try take(next) else { return }
                }
                begin()
            }
        }
    }
}
