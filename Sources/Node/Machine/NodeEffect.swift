package import Bitcoin
package import Coordination
package import Primitives
package import ThresholdSigning
package import WalletActions

/// An effect of a node's machine, in order. The shell commits every ``record(_:)`` and ``send(_:)`` of one input in one
/// transaction, and only then performs the others (durability-and-events.md DU1).
package enum NodeEffect: Sendable, Equatable {
    /// Write an event.
    case record(LedgerEvent)
    /// Put a message into the outbox.
    case send(OutboxMessage)
    /// Pass on another operator's envelope exactly as received, or repeat one of ours byte for byte; not stored.
    case echo(Bytes, MessageKind, to: [EthereumAddress])
    /// Ask the chains; answer with ``NodeInput/answered(_:_:)``.
    case read(EvaluationKey, [ChainQuery])
    /// Once this input is committed, feed the machine ``NodeInput/committed(_:)``.
    case confirm(CommitToken)
    /// Hand a signed transaction to Bitcoin.
    case publish(Transaction)
    /// A message had no effect; count it.
    case dropped(Drop)
    /// Received bytes did not pass filters 1 to 4 of coordination.md §6, or repeat what is known. The machine is
    /// unchanged, so the journal leaves the input out. The peer is the link's operator until the signature is read,
    /// then the signer. Bytes without a kind are not an envelope.
    case unheard(Drop)
}

/// Identifies the evaluation of a question.
package struct EvaluationKey: Hashable, Sendable {
    package let wallet: WalletPublicKeyHash
    package let purpose: Purpose
    /// The number of reorganisations before the question: answers read from orphaned blocks are ignored.
    package let reorgCount: UInt64

    /// Makes the key of an evaluation.
    package init(wallet: WalletPublicKeyHash, purpose: Purpose, reorgCount: UInt64 = 0) {
        self.wallet = wallet
        self.purpose = purpose
        self.reorgCount = reorgCount
    }

    /// The question of an evaluation.
    package enum Purpose: Hashable, Sendable {
        /// The hash of a window's seed block.
        case seed(BlockNumber)
        /// Whether an action has a proposal.
        case generate(window: BlockNumber, ActionKind)
        /// Whether a proposal is valid.
        case validate(window: BlockNumber, ProposalDigest)
        /// The transaction of the agreed action, at `begin`.
        case assemble(window: BlockNumber)
        /// The place of a signed transaction on its chain.
        case track(ActionRecord.ID)
        /// Whether the seed block of a provisional fault's window is unchanged.
        case decideFault(window: BlockNumber)
    }
}

/// Names the work that waits for a commit: markers of a job's attempts.
package struct CommitToken: Hashable, Sendable {
    package let wallet: WalletPublicKeyHash
    package let job: Hash32
    package let numbers: AttemptNumbers
}
