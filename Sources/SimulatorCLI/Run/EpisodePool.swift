import Primitives
import Program
import Simulation

/// Plays a run's episodes, several at a time, and hands over what came of them in their order: the sums and digests are
/// those of one job, whatever the number.
struct EpisodePool {
    /// How many jobs may be taken.
    static let jobRange = 1...1_024

    private let jobs: Int

    /// Takes as many episodes at a time.
    init(jobs: Int) throws(CommandFailure) {
        guard Self.jobRange.contains(jobs) else { throw .outside(Self.jobRange, .jobs, jobs, of: "jobs") }
        self.jobs = jobs
    }

    /// Plays the first `count` episodes; `take` says whether it wants the next. What is played beyond is dropped.
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
                    // What is under way ends, and nobody asks what came of it.
                    guard try take(next) else { return }
                }
                begin()
            }
        }
    }
}
