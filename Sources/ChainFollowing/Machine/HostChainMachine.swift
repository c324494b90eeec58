package import Coordination
package import Ethereum
package import Node
package import Primitives
package import WalletActions

/// Follows the host chain at one source: what is asked for after which answer, what is told, and when.
///
/// Three conversations with the source run side by side, each with one question at a time (``Talk``). A conversation begins
/// with ``due(_:at:)``; each list of effects ends with what it goes on with, a question or a wait; one without either ends the
/// conversation. The machine reads no clock and draws nothing: both are in the ``Moment`` that every input carries.
///
/// A new head is told after its logs have been asked for, so that a subscriber finds the index complete up to it; where
/// the logs fail, it is told all the same, for the clock must go on, and the index says that it cannot tell.
package struct HostChainMachine: Sendable {
    /// A conversation with the source.
    package enum Talk: Hashable, Sendable, CaseIterable {
        /// Follows the head and reads the logs of the followed blocks by their hash.
        case head
        /// Reads the logs of the blocks before those, in ranges. Over when all are read.
        case history
        /// Looks into the holes of the index.
        case holes
    }

    /// A question to the source. An answer that cannot be one to its question is refused by the shell.
    package enum Question: Hashable, Sendable {
        /// On which chain is it, and which of the contracts does it not know?
        case identity
        /// What is its newest block?
        case head
        /// Which blocks have these numbers?
        case blocks(ClosedRange<BlockNumber>)
        /// Which logs has each of these blocks? By hash.
        case logsOf([HostBlock])
        /// Which logs have the blocks of these numbers?
        case logsIn(ClosedRange<BlockNumber>)
        /// What does the Bridge show under this redemption key, at this block?
        case pendingRedemption(key: UInt256, at: BlockReference)
    }

    /// What the source says to a ``Question``, case by case.
    package enum Answer: Hashable, Sendable {
        case identity(chainID: UInt64, unknownContracts: [EthereumAddress])
        case head(HostBlock)
        /// One a number in order; nil for a number that it has no block of.
        case blocks([HostBlock?])
        /// One list a block in order.
        case logsOf([[PlacedLog]])
        case logsIn([PlacedLog])
        /// Nil where the call reverts.
        case pendingRedemption(Bridge.RedemptionRequest?)
    }

    /// What is to be done, in this order.
    package enum Effect: Hashable, Sendable {
        /// Tell the subscribers.
        case tell(HeadEvent)
        /// Tell the operator what is wrong with a subject; nil: it is well.
        case found(Trouble?, Subject)
        /// The source is on another chain: going on is pointless (durability-and-events.md HC2: exit 15).
        case otherChain(UInt64)
        /// Ask the source, then feed ``HostChainMachine/answered(_:in:at:)`` or ``HostChainMachine/failed(_:at:)``.
        case ask(Question)
        /// Let time pass, then feed ``HostChainMachine/due(_:at:)``.
        case wait(Duration)
    }

    /// What the operator is told about.
    package enum Subject: Hashable, Sendable {
        case head
        case newLogs
        case oldLogs
        case hole
        case clock
    }

    /// What is wrong.
    package enum Trouble: Hashable, Sendable {
        /// The source gave no usable answer.
        case unanswered
        /// The source does not know the contract at this address.
        case noContract(EthereumAddress)
        /// The source's head is this many seconds old by its block time: the source is syncing, cut off or stuck.
        case old(seconds: UInt64)
        /// The source names this block as its head and does not give the logs of it by its hash. Nothing is followed
        /// before.
        case unconfirmed(HostBlock)
        /// The source is far behind, or on another chain: this block of its shares none of the chain that is followed.
        case unlinked(HostBlock)
        /// The source's logs break a rule.
        case logs(LogFailure)
        /// The Bridge shows a request of that time of which the source gave no event.
        case hole(requestedAt: UnixTime)
        /// The source's head lies so many seconds in the future of this machine's clock.
        case clockBehind(seconds: UInt64)
    }

    /// When an input comes, and the chance that it brings.
    package struct Moment: Hashable, Sendable {
        /// Counted from any fixed start, by a clock that never goes back.
        package let elapsed: Duration
        /// Unix seconds by this machine's clock.
        package let time: UInt64
        /// Between 0 and 1: by how much waits differ from their plan.
        package let jitter: Double

        /// Describes a moment.
        package init(elapsed: Duration, time: UInt64, jitter: Double) {
            self.elapsed = elapsed
            self.time = time
            self.jitter = jitter
        }
    }

    /// An outage must not outlive itself by more than a block.
    static let longestWait = Duration.seconds(10)

    let configuration: HostChainConfiguration
    var follower: HeadFollower
    var index: EventIndex
    /// Whether the source has shown to be the one expected since it last failed.
    package internal(set) var isVerified = false

    // The conversation about the head.
    var heading = Heading.resting
    var headBackoff: Backoff
    /// What is told as soon as its logs were asked for.
    var news: [HeadEvent] = []
    /// Whether the last question for the logs of followed blocks failed.
    var newLogsFail = false

    // That about history.
    var range: RangeSize
    var askedRange: ClosedRange<BlockNumber>?
    var historyBackoff: Backoff

    // That about holes.
    var looking = Looking.resting

    /// Follows nothing before the first ``due(_:at:)``.
    package init(_ configuration: HostChainConfiguration) {
        self.configuration = configuration
        follower = HeadFollower(limits: configuration.following)
        index = configuration.emptyIndex
        range = RangeSize(start: configuration.logRange, maximum: configuration.maxRange)
        headBackoff = Backoff(first: configuration.firstWait, longest: Self.longestWait)
        historyBackoff = headBackoff
    }

    // MARK: - Inputs

    /// A conversation begins, or its wait is over.
    package mutating func due(_ talk: Talk, at moment: Moment) -> [Effect] {
        var effects: [Effect] = []
        switch talk {
        case .head: headDue(&effects)
        case .history: historyDue(&effects)
        case .holes: holesDue(at: moment, &effects)
        }
        return effects
    }

    /// The source answered a conversation's question.
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

    /// A conversation's question has no usable answer.
    package mutating func failed(_ talk: Talk, at moment: Moment) -> [Effect] {
        var effects: [Effect] = []
        switch talk {
        case .head: headFailed(at: moment, &effects)
        case .history: historyFailed(at: moment, &effects)
        case .holes: holesRest(&effects)
        }
        return effects
    }

    /// The Bridge showed this under a key at a block. What it shows at an orphaned block says nothing.
    package mutating func shown(
        _ request: Bridge.RedemptionRequest, key: UInt256, at block: BlockReference, elapsed: Duration
    ) {
        guard isFollowed(block) else { return }
        index.shown(request, key: key, at: block.number, now: elapsed)
    }

    /// The source answered a rule's question: what the Bridge shows at a block may be what the index lacks.
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

    /// Whether every event up to the head is here, as far as can be told.
    package var isComplete: Bool { head.map { index.isComplete(upTo: $0.number) } ?? false }

    /// The answer to a question that needs no source: about a block that is kept, or events. Nil for any other.
    package func answer(_ query: HostQuery) -> ChainAnswer? {
        switch query {
        case .block(let number):
            guard let chain = follower.chain, number <= chain.last.number else { return .unavailable(.stale) }
            // An older one lies too deep to be replaced, and is asked for.
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

    /// Whether a block is one of the followed chain, or lies below those that are kept.
    func isFollowed(_ block: BlockReference) -> Bool {
        guard let chain = follower.chain else { return false }
        return block.number < chain.first.number || chain[block.number]?.reference == block
    }
}
