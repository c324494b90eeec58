import Primitives
import WalletActions

/// The conversation about the blocks before the followed ones: their logs, in ranges of a size that the source answers.
extension HostChainMachine {
    mutating func historyDue(_ effects: inout [Effect]) {
        guard !index.hasHistory else { return }
        guard isVerified, let asked = index.nextRange(size: range.blocks) else {
            return effects.append(.wait(configuration.poll))
        }
        askedRange = asked
        effects.append(.ask(.logsIn(asked)))
    }

    mutating func historyAnswered(_ answer: Answer, at moment: Moment, _ effects: inout [Effect]) {
        guard case .logsIn(let logs) = answer, let asked = askedRange else {
            preconditionFailure("the shell gives the answer to the question that was asked")
        }
        range.succeeded()
        do throws(LogFailure) {
            try index.read(logs, in: asked)
        } catch {
            return historyEnds(.logs(error), at: moment, &effects)
        }
        historyBackoff.reset()
        effects.append(.found(nil, .oldLogs))
        historyDue(&effects)
    }

    mutating func historyFailed(at moment: Moment, _ effects: inout [Effect]) {
        range.refused()
        historyEnds(.unanswered, at: moment, &effects)
    }

    private mutating func historyEnds(_ trouble: Trouble, at moment: Moment, _ effects: inout [Effect]) {
        effects.append(.found(trouble, .oldLogs))
        effects.append(.wait(historyBackoff.next(jitter: moment.jitter)))
    }
}
