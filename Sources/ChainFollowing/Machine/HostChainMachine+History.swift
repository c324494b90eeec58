import Primitives
import WalletActions

/// The conversation about the blocks before the followed ones: their logs, in ranges of a size that the source bears.
extension HostChainMachine {
    mutating func historyDue() -> [Effect] {
        guard !index.hasHistory else { return [] }
        guard isVerified, let asked = index.nextRange(size: range.blocks) else { return [.wait(configuration.poll)] }
        askedRange = asked
        return [.ask(.logsIn(asked))]
    }

    mutating func historyAnswered(_ answer: Answer, at moment: Moment) -> [Effect] {
        guard case .logsIn(let logs) = answer, let asked = askedRange else {
            preconditionFailure("the shell gives the answer to the question that was asked")
        }
        range.succeeded()
        do throws(LogFailure) {
            try index.read(logs, in: asked)
        } catch {
            return historyEnds(.logs(error), at: moment)
        }
        historyBackoff.reset()
        return [.found(nil, .oldLogs)] + historyDue()
    }

    mutating func historyFailed(at moment: Moment) -> [Effect] {
        range.refused()
        return historyEnds(.unanswered, at: moment)
    }

    private mutating func historyEnds(_ trouble: Trouble, at moment: Moment) -> [Effect] {
        [.found(trouble, .oldLogs), .wait(historyBackoff.next(jitter: moment.jitter))]
    }
}
