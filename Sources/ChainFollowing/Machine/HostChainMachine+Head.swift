import Node
import Primitives
import WalletActions

/// The conversation about the head: the source's identity, its head, the blocks before the head, and each block's logs.
extension HostChainMachine {
    /// The last question.
    enum Heading: Hashable {
        case resting
        case identifying
        case polling
        /// The logs of the first head, by its hash.
        case confirming(HostBlock)
        case fetching
        case reading([HostBlock], then: Afterwards)
    }

    /// The step after the question for logs.
    enum Afterwards: Hashable {
        case fetch(ClosedRange<BlockNumber>)
        case stop(unlinked: HostBlock)
        /// Ask for the logs that are still missing.
        case catchUp
        case rest
    }

    /// The maximum number of blocks whose logs are asked for at once.
    private static let blocksAtOnce = 50
    /// The number of seconds that a block may lie in our future before our clock is reported as behind.
    private static let clockTolerance: UInt64 = 2

    mutating func headDue(_ effects: inout [Effect]) {
        heading = isVerified ? .polling : .identifying
        effects.append(.ask(isVerified ? .head : .identity))
    }

    mutating func headAnswered(_ answer: Answer, at moment: Moment, _ effects: inout [Effect]) {
        switch (heading, answer) {
        case (.identifying, .identity(let chainID, let unknown)):
            // The contracts of another chain have no meaning here (durability-and-events.md HC2).
            guard chainID == configuration.chainID else { return effects.append(.otherChain(chainID)) }
            if let contract = unknown.first { return stop(.noContract(contract), at: moment, &effects) }
            isVerified = true
            headDue(&effects)
        case (.polling, .head(let head)):
            if let age = look(at: head, by: moment.time, &effects) {
                return stop(.old(seconds: age), at: moment, &effects)
            }
            announced(head, at: moment, &effects)
        case (.confirming(let head), .logsOf(let logs)):
            var trial = configuration.emptyIndex
            trial.arrived(head)
            do throws(LogFailure) {
                try trial.read(logs[0], of: head)
            } catch {
                return stop(.logs(error), at: moment, &effects)
            }
            carryOut(follower.announced(head), at: moment, &effects)
        case (.fetching, .blocks(let blocks)):
            carryOut(follower.fetched(blocks), at: moment, &effects)
        case (.reading(let blocks, let afterwards), .logsOf(let logs)):
            do throws(LogFailure) {
                for (block, logs) in zip(blocks, logs) { try index.read(logs, of: block) }
            } catch {
                return logsEnd(.logs(error), then: afterwards, at: moment, &effects)
            }
            readLogs(then: afterwards, at: moment, &effects)
        default: preconditionFailure("the shell gives the answer to the question that was asked")
        }
    }

    mutating func headFailed(at moment: Moment, _ effects: inout [Effect]) {
        switch heading {
        case .identifying, .polling: stop(.unanswered, at: moment, &effects)
        case .confirming(let head): stop(.unconfirmed(head), at: moment, &effects)
        case .fetching:
            follower.fetchFailed()
            stop(.unanswered, at: moment, &effects)
        case .reading(_, let afterwards): logsEnd(.unanswered, then: afterwards, at: moment, &effects)
        case .resting: preconditionFailure("only what was asked can fail")
        }
    }

    /// Judges a source by the age of its head, not by its own report (durability-and-events.md HC3). No block's time is
    /// ahead of the true time, so a block in our future shows that our clock is behind. Returns the age of a head that
    /// is too old.
    private func look(at head: HostBlock, by now: UInt64, _ effects: inout [Effect]) -> UInt64? {
        guard let oldest = configuration.maximumHeadAge else { return nil }
        let time = head.timestamp.seconds
        let isBehind = time > now && time - now > Self.clockTolerance
        effects.append(.found(isBehind ? .clockBehind(seconds: time - now) : nil, .clock))
        return now > time && now - time > oldest ? now - time : nil
    }

    /// Asks for the logs of the first head by its hash. A source that invents its answers names hashes for which it
    /// cannot return logs. Events told of an invented chain could not be taken back: the node writes off windows by
    /// them.
    private mutating func announced(_ head: HostBlock, at moment: Moment, _ effects: inout [Effect]) {
        guard follower.chain == nil else { return carryOut(follower.announced(head), at: moment, &effects) }
        heading = .confirming(head)
        effects.append(.ask(.logsOf([head])))
    }

    private mutating func carryOut(_ steps: [HeadFollower.Effect], at moment: Moment, _ effects: inout [Effect]) {
        for step in steps {
            switch step {
            case .anchored(let blocks):
                for block in blocks { index.arrived(block) }
            case .deliver(let event):
                switch event {
                case .block(let block): index.arrived(block)
                case .reorganised(let ancestor, _): index.reorganised(to: ancestor.number)
                }
                news.append(event)
            case .fetch(let range): return tell(then: .fetch(range), at: moment, &effects)
            case .unlinked(let block): return tell(then: .stop(unlinked: block), at: moment, &effects)
            }
        }
        tell(then: .catchUp, at: moment, &effects)
    }

    /// Delivers the new heads. While the questions for logs fail, the heads do not wait for the logs.
    private mutating func tell(then afterwards: Afterwards, at moment: Moment, _ effects: inout [Effect]) {
        if news.isEmpty || newLogsFail {
            goOn(afterwards, at: moment, &effects)
        } else {
            readLogs(then: afterwards, at: moment, &effects)
        }
    }

    private mutating func readLogs(then afterwards: Afterwards, at moment: Moment, _ effects: inout [Effect]) {
        let blocks = index.nextBlocks(limit: Self.blocksAtOnce)
        guard !blocks.isEmpty else { return logsEnd(nil, then: afterwards, at: moment, &effects) }
        heading = .reading(blocks, then: afterwards)
        effects.append(.ask(.logsOf(blocks)))
    }

    private mutating func logsEnd(
        _ trouble: Trouble?, then afterwards: Afterwards, at moment: Moment, _ effects: inout [Effect]
    ) {
        newLogsFail = trouble != nil
        effects.append(.found(trouble, .newLogs))
        goOn(afterwards, at: moment, &effects)
    }

    private mutating func goOn(_ afterwards: Afterwards, at moment: Moment, _ effects: inout [Effect]) {
        for event in news { effects.append(.tell(event)) }
        news.removeAll(keepingCapacity: true)
        switch afterwards {
        case .fetch(let range):
            heading = .fetching
            effects.append(.ask(.blocks(range)))
        case .stop(let block): stop(.unlinked(block), at: moment, &effects)
        case .catchUp: readLogs(then: .rest, at: moment, &effects)
        case .rest:
            heading = .resting
            headBackoff.reset()
            effects.append(.found(nil, .head))
            effects.append(.wait(configuration.poll))
        }
    }

    /// Stops following and reading until the source has shown its identity again.
    private mutating func stop(_ trouble: Trouble, at moment: Moment, _ effects: inout [Effect]) {
        heading = .resting
        isVerified = false
        effects.append(.found(trouble, .head))
        effects.append(.wait(max(configuration.poll, headBackoff.next(jitter: moment.jitter))))
    }
}
