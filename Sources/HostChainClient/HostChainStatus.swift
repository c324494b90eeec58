package import ChainFollowing
package import Primitives
package import WalletActions

/// The reason for which the source is not followed at the moment.
package enum HostChainTrouble: Error, Hashable, Sendable {
    /// The source did not answer, or its answer does not fit the question.
    case source(RPCFailure)
    /// The source does not know the contract at this address.
    case noContract(EthereumAddress)
    /// The source's head is this many seconds old by its block time: the source is syncing, cut off or stuck.
    case old(seconds: UInt64)
    /// The source announces this block as its head and does not return its logs by its hash. Nothing is followed until
    /// it does.
    case unconfirmed(HostBlock, RPCFailure)
    /// The source is far behind, or on another chain: its chain, with this block, shares none of the followed blocks.
    case unlinked(HostBlock)
    /// The source's logs break a rule.
    case logs(LogFailure)
    /// The Bridge shows a request made at this time, and the source returned no event for it.
    case hole(requestedAt: UnixTime)
    /// The source's head lies this many seconds in the future of this machine's clock.
    case clockBehind(seconds: UInt64)

    /// Joins the machine's trouble with the failure that caused it.
    init(_ trouble: HostChainMachine.Trouble, _ failure: RPCFailure?) {
        switch (trouble, failure) {
        case (.unanswered, let failure?): self = .source(failure)
        case (.unconfirmed(let block), let failure?): self = .unconfirmed(block, failure)
        case (.unanswered, nil), (.unconfirmed, nil): preconditionFailure("a question without an answer failed")
        case (.noContract(let contract), _): self = .noContract(contract)
        case (.old(let seconds), _): self = .old(seconds: seconds)
        case (.unlinked(let block), _): self = .unlinked(block)
        case (.logs(let failure), _): self = .logs(failure)
        case (.hole(let time), _): self = .hole(requestedAt: time)
        case (.clockBehind(let seconds), _): self = .clockBehind(seconds: seconds)
        }
    }
}

/// The reason for which the client ended for good.
package enum HostChainFailure: Error, Hashable, Sendable {
    /// The source is on another chain than configured (durability-and-events.md HC2: exit 15).
    case wrongChain(expected: UInt64, actual: UInt64)
}

/// The client's status.
package struct HostChainStatus: Hashable, Sendable {
    /// The newest block delivered; nil before the first.
    package let head: HostBlock?
    /// When that block arrived.
    package let headChanged: ContinuousClock.Instant?
    /// The trouble for which the head is not followed at the moment; nil while it is.
    package let trouble: HostChainTrouble?
    /// The trouble for which the index does not grow at the moment; nil while it does.
    package let indexTrouble: HostChainTrouble?
    /// Whether the index is complete up to the head.
    package let indexIsComplete: Bool
    /// The number of refusals by the source, by method.
    package let refusals: [String: Int]
}
