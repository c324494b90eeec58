package import Coordination
package import Primitives
package import ThresholdSigning
package import WalletActions

/// A step of the node. It is on disk before any message that follows from it leaves (durability-and-events.md §2).
///
/// The events are the ledger: append-only and hash-chained (``LedgerEntry``). A restart needs nothing else. Every other
/// table of the store is derived from them.
package indirect enum LedgerEvent: Hashable, Sendable {
    /// The process started.
    case booted(bootNonce: Bytes, build: String)
    /// The host chain replaced blocks; the blocks after `ancestor` are gone.
    case reorganised(ancestor: BlockReference, depth: UInt64)
    /// A window's seed was read.
    case windowSeeded(WindowKey, seedHash: Hash32)
    /// An envelope of another operator was counted; it is kept exactly as received.
    case envelopeKept(WindowKey, signer: EthereumAddress, envelope: Bytes)
    /// Our one choice in a window, with its envelope.
    case voted(WindowKey, WindowMachine.Vote, envelope: Bytes)
    /// Our proposal of an action that we had already accepted, with its envelope (a reserve repeats the leader's).
    case proposalRepeated(WindowKey, digest: ProposalDigest, envelope: Bytes)
    /// Our reject of a proposal, with its envelope.
    case rejected(WindowKey, FailureClass, envelope: Bytes)
    /// The items that our own search for a proposal left out, or the reason that it found no proposal.
    case searched(WindowKey, ActionKind, SearchNote)
    /// An agreed action was handed to the dispatcher.
    case handedOver(WindowKey, digest: ProposalDigest, begin: BlockNumber, expiry: BlockNumber)
    /// A window ended at this node, or its agreed action did.
    case ended(WindowKey, Outcome)
    /// An operator is charged with a fault; provisional faults are decided later.
    case fault(Fault)
    /// A provisional fault was decided from the final chain: it stands or is dropped.
    case faultDecided(Fault, stands: Bool)
    /// A record took its next step (wallet-actions.md §12).
    case record(ActionRecord)
    /// A step of a signing attempt (durability-and-events.md AT1).
    case attempt(AttemptStep)
    /// A signing job ended at this node, signed or not, or its action did. The report holds this operator's
    /// observations of it (threshold-signing.md §10.5). Where the signers end after their action, a second event
    /// follows with a fuller report.
    case signingEnded(WindowKey, job: Hash32, SigningReport)
    /// A wallet is halted until its operator acts (durability-and-events.md §1.1).
    case halted(WalletPublicKeyHash, reason: RuleID)
    /// The operator ended the halt of a wallet (`coord wallet resume`).
    case haltEnded(WalletPublicKeyHash)
}

extension LedgerEvent {
    /// The window of the event; nil for events without a window, and for faults, which outlive their window.
    package var window: WindowKey? {
        switch self {
        case .windowSeeded(let key, _), .envelopeKept(let key, _, _), .voted(let key, _, _),
            .proposalRepeated(let key, _, _), .rejected(let key, _, _), .searched(let key, _, _),
            .handedOver(let key, _, _, _), .ended(let key, _), .signingEnded(let key, _, _):
            key
        case .record(let record): WindowKey(wallet: record.wallet, coordinationBlock: record.coordinationBlock)
        case .attempt(let step): step.window
        case .booted, .reorganised, .fault, .faultDecided, .halted, .haltEnded: nil
        }
    }
}

extension EnvelopeHeader {
    /// The window that the envelope names.
    package var key: WindowKey { WindowKey(wallet: wallet, coordinationBlock: coordinationBlock) }
}

/// A note of the search for a proposal of one action.
package enum SearchNote: Hashable, Sendable {
    /// An item (its 32-byte key) was left out under this rule.
    case leftOut(key: Hash32, RuleID)
    /// The action gave no proposal, for this reason.
    case gaveNothing(RuleID)
    /// The search could not be made, for this reason; it may be tried again.
    case failed(RuleID)
}

/// A step of a signing attempt, written once (durability-and-events.md AT1). The attempt's number is
/// `instance · 4096 + nonce number` (threshold-signing.md §10.1).
package struct AttemptStep: Hashable, Sendable {
    /// The content of the step.
    package enum Step: Hashable, Sendable {
        /// The attempt's nonce may be drawn, once. The marker is never undone.
        case marker
        /// A share is bound to this session, request and set: committed before it leaves.
        case binding(session: Hash32, request: Hash32, seats: [SeatNumber])

        /// The order of the steps, as stored.
        package var order: UInt8 {
            switch self {
            case .marker: 1
            case .binding: 2
            }
        }
    }

    package let window: WindowKey
    package let job: Hash32
    package let attempt: UInt64
    package let step: Step

    /// Describes a step of one attempt.
    package init(window: WindowKey, job: Hash32, attempt: UInt64, step: Step) {
        self.window = window
        self.job = job
        self.attempt = attempt
        self.step = step
    }
}
