package import Coordination
package import Ethereum
package import Node
package import Primitives
package import WalletActions

/// Follows the host chain at one source: decides which question follows which answer, which events are told, and when.
///
/// Three conversations with the source run side by side, each with one question at a time (``Talk``). A conversation
/// begins with ``due(_:at:)``. Each list of effects ends with the next question or a wait; a list without either ends
/// the conversation. The machine reads no clock and draws no random number: both are in the ``Moment`` of every input.
///
/// A new head is told after the question for its logs, so that a subscriber finds the index complete up to it. If the
/// question fails, the head is told all the same, because the chain's clock must go on, and the index answers that it
/// is incomplete.
package struct HostChainMachine: Sendable {
    /// A conversation with the source.
    package enum Talk: Hashable, Sendable, CaseIterable {
        /// Follows the head and reads the logs of the followed blocks by their hash.
        case head
        /// Reads the logs of the blocks before the followed ones, in ranges. It ends when all are read.
        case history
        /// Looks into the holes of the index.
        case holes
    }

    /// A question to the source. The shell refuses an answer that cannot belong to its question.
    package enum Question: Hashable, Sendable {
        /// The source's chain id, and which of the contracts have no code there.
        case identity
        /// The newest block.
        case head
        /// The blocks with these numbers.
        case blocks(ClosedRange<BlockNumber>)
        /// The logs of each of these blocks, by its hash.
        case logsOf([HostBlock])
        /// The logs of the blocks with these numbers.
        case logsIn(ClosedRange<BlockNumber>)
        /// The Bridge's request under this redemption key, at this block.
        case pendingRedemption(key: UInt256, at: BlockReference)
    }

    /// The source's answer to a ``Question``, case by case.
    package enum Answer: Hashable, Sendable {
        case identity(chainID: UInt64, unknownContracts: [EthereumAddress])
        case head(HostBlock)
        /// One for each number in order; nil for a number without a block at the source.
        case blocks([HostBlock?])
        /// One list for each block in order.
        case logsOf([[PlacedLog]])
        case logsIn([PlacedLog])
        /// Nil if the call reverts.
        case pendingRedemption(Bridge.RedemptionRequest?)
    }

    /// The actions to carry out, in this order.
    package enum Effect: Hashable, Sendable {
        /// Tell the subscribers.
        case tell(HeadEvent)
        /// Tell the operator the trouble with a subject; nil: the subject is well.
        case found(Trouble?, Subject)
        /// The source is on another chain. The client ends (durability-and-events.md HC2: exit 15).
        case otherChain(UInt64)
        /// Ask the source, then feed ``HostChainMachine/answered(_:in:at:)`` or ``HostChainMachine/failed(_:at:)``.
        case ask(Question)
        /// Let time pass, then feed ``HostChainMachine/due(_:at:)``.
        case wait(Duration)
    }

    /// The subject of a report to the operator.
    package enum Subject: Hashable, Sendable {
        case head
        case newLogs
        case oldLogs
        case hole
        case clock
    }

    /// The trouble with a subject.
    package enum Trouble: Hashable, Sendable {
        /// The source gave no usable answer.
        case unanswered
        /// The source does not know the contract at this address.
        case noContract(EthereumAddress)
        /// The source's head is this many seconds old by its block time: the source is syncing, cut off or stuck.
        case old(seconds: UInt64)
        /// The source announces this block as its head and does not return its logs by its hash. Nothing is followed
        /// until it does.
        case unconfirmed(HostBlock)
        /// The source is far behind, or on another chain: its chain, with this block, shares none of the followed
        /// blocks.
        case unlinked(HostBlock)
        /// The source's logs break a rule.
        case logs(LogFailure)
        /// The Bridge shows a request made at this time, and the source returned no event for it.
        case hole(requestedAt: UnixTime)
        /// The source's head lies this many seconds in the future of this machine's clock.
        case clockBehind(seconds: UInt64)
    }

    /// The time of an input, and its random number.
    package struct Moment: Hashable, Sendable {
        /// The time since any fixed start, by a clock that never goes back.
        package let elapsed: Duration
        /// Unix seconds by this machine's clock.
        package let time: UInt64
        /// Between 0 and 1: the random part of waits.
        package let jitter: Double

        /// Makes a moment.
        package init(elapsed: Duration, time: UInt64, jitter: Double) {
            self.elapsed = elapsed
            self.time = time
            self.jitter = jitter
        }
    }

    /// The longest wait, so that following resumes about a block after an outage ends.
    static let longestWait = Duration.seconds(10)

    let configuration: HostChainConfiguration
    var follower: HeadFollower
    var index: EventIndex
    /// Whether the source has shown its expected identity since its last failure.
    package internal(set) var isVerified = false

    // The state of the conversation about the head.
    var heading = Heading.resting
    var headBackoff: Backoff
    /// The events to tell as soon as the question for their logs is over.
    var news: [HeadEvent] = []
    /// Whether the last question for the logs of followed blocks failed.
    var newLogsFail = false

    // The state of the conversation about history.
    var range: RangeSize
    var askedRange: ClosedRange<BlockNumber>?
    var historyBackoff: Backoff

    // The state of the conversation about holes.
    var looking = Looking.resting

    /// Starts idle until the first ``due(_:at:)``.
    package init(_ configuration: HostChainConfiguration) {
        self.configuration = configuration
        follower = HeadFollower(limits: configuration.following)
        index = configuration.emptyIndex
        range = RangeSize(start: configuration.logRange, maximum: configuration.maxRange)
        headBackoff = Backoff(first: configuration.firstWait, longest: Self.longestWait)
        historyBackoff = headBackoff
    }

    // MARK: - Inputs

    /// Begins a conversation, or continues it after its wait.
    package mutating func due(_ talk: Talk, at moment: Moment) -> [Effect] {
        var effects: [Effect] = []
        switch talk {
        case .head: headDue(&effects)
        case .history: historyDue(&effects)
        case .holes: holesDue(at: moment, &effects)
        }
        return effects
    }

    /// Takes the source's answer to a conversation's question.
    package mutating func answered(_ answer: Answer, in talk: Talk, at moment: Moment) -> [Effect] {
        var effects: [Effect] = []
        effects.reserveCapacity(5)
        switch talk {
        case .head: headAnswered(answer, at: moment, &effects)
        case .history: historyAnswered(answer, at: moment, &effects)
        case .holes: holesAnswered(answer, at: moment, &effects)
        }
        return effects
    }

    /// Takes the failure of a conversation's question: there is no usable answer.
    package mutating func failed(_ talk: Talk, at moment: Moment) -> [Effect] {
        var effects: [Effect] = []
        switch talk {
        case .head: headFailed(at: moment, &effects)
        case .history: historyFailed(at: moment, &effects)
        case .holes: holesRest(&effects)
        }
        return effects
    }

    /// Takes the request that the Bridge showed under a key at a block. A request shown at an orphaned block is
    /// ignored.
    package mutating func shown(
        _ request: Bridge.RedemptionRequest, key: UInt256, at block: BlockReference, elapsed: Duration
    ) {
        guard isFollowed(block) else { return }
        index.shown(request, key: key, at: block.number, now: elapsed)
    }

    /// Takes the source's answer to a rule's question: a request that the Bridge shows at a block may be missing in the
    /// index.
    package mutating func answered(_ query: HostQuery, _ answer: ChainAnswer, elapsed: Duration) {
        guard case .call(.bridge, let data, let block) = query, case .host(.returned(let result)) = answer,
            let call = try? Bridge.PendingRedemptions(decoding: data),
            let request = try? Bridge.PendingRedemptions.decode(answer: result)
        else { return }
        shown(request, key: call.key, at: block, elapsed: elapsed)
    }

    // MARK: - What is known

    /// The newest block of the followed chain; nil before the first.
    package var head: HostBlock? { follower.chain?.last }

    /// Whether every event up to the head is in the index, as far as is known.
    package var isComplete: Bool { head.map { index.isComplete(upTo: $0.number) } ?? false }

    /// The answer to a question that needs no source: about a kept block or events. Nil for any other question.
    package func answer(_ query: HostQuery) -> ChainAnswer? {
        switch query {
        case .block(let number):
            guard let chain = follower.chain, number <= chain.last.number else { return .unavailable(.stale) }
            // An older block lies too deep to be replaced, and the source is asked for it.
            return chain[number].map { .host(.block($0)) }
        case .redemptionRequests(let wallet, let block):
            return events(of: wallet, upTo: block, { $0.request }) { .redemptionRequests($0) }
        case .announcedTransactions(let wallet, let block):
            return events(of: wallet, upTo: block, { $0.announced }) { .announcedTransactions($0) }
        case .call: return nil
        }
    }

    private func events<Value>(
        of wallet: WalletPublicKeyHash, upTo block: BlockNumber, _ value: (IndexedEvent) -> Value?,
        _ answer: ([Value]) -> HostAnswer
    ) -> ChainAnswer {
        guard let head, block <= head.number else { return .unavailable(.stale) }
        guard let values = index.values(of: wallet, upTo: block, value) else { return .unavailable(.missing) }
        return .host(answer(values))
    }

    /// Whether a block is in the followed chain, or lies below the kept blocks.
    func isFollowed(_ block: BlockReference) -> Bool {
        guard let chain = follower.chain else { return false }
        return block.number < chain.first.number || chain[block.number]?.reference == block
    }
}
