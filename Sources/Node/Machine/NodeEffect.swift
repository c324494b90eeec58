package import Bitcoin
package import Coordination
package import Primitives
package import ThresholdSigning
package import WalletActions

/// What a node wants done, in order. The shell commits every ``record(_:)`` and ``send(_:)`` of one input in one
/// transaction, and only then performs the rest (durability-and-events.md DU1).
package enum NodeEffect: Sendable, Equatable {
    /// Write an event.
    case record(LedgerEvent)
    /// Put a message into the outbox.
    case send(OutboxMessage)
    /// Pass on an envelope of another's, exactly as received, or say one of ours again, byte for byte; not stored.
    case echo(Bytes, MessageKind, to: [EthereumAddress])
    /// Ask the chains; answer with ``NodeInput/answered(_:_:)``.
    case read(EvaluationKey, [ChainQuery])
    /// Once this input is committed, tell it ``NodeInput/committed(_:)``.
    case confirm(CommitToken)
    /// Hand a signed transaction to Bitcoin.
    case publish(Transaction)
    /// A message had no effect; count it.
    case dropped(Drop)
    /// Received bytes went no further than filters 1 to 4 of coordination.md §6, or repeat what is known: the machine is as
    /// it was, so the journal does without them. The peer is the link's operator until the signature is read, then the signer;
    /// bytes of no kind are no envelope.
    case unheard(Drop)
}

/// Which evaluation a question belongs to.
package struct EvaluationKey: Hashable, Sendable {
    package let wallet: WalletPublicKeyHash
    package let purpose: Purpose
    /// Counts the reorganisations before the question: an answer that was read from orphaned blocks reaches nobody.
    package let reorgCount: UInt64

    /// Names an evaluation.
    package init(wallet: WalletPublicKeyHash, purpose: Purpose, reorgCount: UInt64 = 0) {
        self.wallet = wallet
        self.purpose = purpose
        self.reorgCount = reorgCount
    }

    /// What is being found out.
    package enum Purpose: Hashable, Sendable {
        /// The hash of a window's seed block.
        case seed(BlockNumber)
        /// Whether there is a proposal of an action.
        case generate(window: BlockNumber, ActionKind)
        /// Whether a proposal is valid.
        case validate(window: BlockNumber, ProposalDigest)
        /// The transaction of the agreed action, at `begin`.
        case assemble(window: BlockNumber)
        /// Where a signed transaction is.
        case track(ActionRecord.ID)
        /// Whether the seed block of a provisional fault's window is what it was.
        case decideFault(window: BlockNumber)
    }
}

/// What waits for a commit: markers of a job's attempts.
package struct CommitToken: Hashable, Sendable {
    package let wallet: WalletPublicKeyHash
    package let job: Hash32
    package let numbers: AttemptNumbers
}
