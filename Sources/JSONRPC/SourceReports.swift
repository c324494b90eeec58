package import Logging
package import Primitives
import Synchronization

/// Reports to the operator once when a subject fails and once when it is well again (``ConditionLog``).
package final class SourceReports: Sendable {
    /// How long a subject must be well before that is reported. A flapping subject then gives one pair of log lines.
    package static let settle = Duration.seconds(30)

    private let log: Mutex<ConditionLog<String>>
    private let logger: Logger
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant

    /// Reports to a logger.
    package init(logger: Logger, settle: Duration = SourceReports.settle) {
        self.logger = logger
        log = Mutex(ConditionLog(settle: settle))
        start = clock.now
    }

    /// Records that the subject was in trouble.
    package func bad(_ subject: String, _ condition: Condition) {
        say(log.withLock { $0.bad(subject, condition, at: clock.now - start) })
    }

    /// Records that the subject was well.
    package func well(_ subject: String) { say(log.withLock { $0.well(subject, at: clock.now - start) }) }

    private func say(_ news: ConditionLog<String>.News?) {
        guard let news else { return }
        let line = news.line(named: news.subject)
        logger.log(
            level: line.isBad ? .warning : .notice, "\(line.message)", metadata: line.fields.mapValues { "\($0)" })
    }
}
