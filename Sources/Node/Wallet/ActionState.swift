import Coordination
import Primitives
import ThresholdSigning
import WalletActions

/// The state of a wallet's agreed action; a wallet has one action at a time (S7).
///
/// A signing run is a box, because it holds one-time secrets, which cannot be copied. So the states around it can be
/// copied.
enum ActionState {
    /// No action is in progress. The signers of the previous action may still answer late operators.
    case idle(answering: FinishedJob?)
    /// The rules are run again at `begin`, and the transaction is built.
    case assembling(AgreedAction)
    /// Prepared; the signers are at work.
    case signing(AgreedAction, AssembledAction, SigningRun)
    /// Signed and pushed; waiting until a source shows it. After a restart no signer answers.
    case pushed(AgreedAction, answering: SigningRun?)
    /// The wallet is halted until its operator acts.
    case halted(RuleID)

    /// The action in progress.
    var action: AgreedAction? {
        switch self {
        case .assembling(let action), .signing(let action, _, _), .pushed(let action, _): action
        case .idle, .halted: nil
        }
    }

    /// The signers that still answer, with the action that they sign.
    var answering: FinishedJob? {
        switch self {
        case .idle(let job): job
        case .signing(let action, let assembled, let run):
            FinishedJob(action: action, unsigned: assembled, run: run)
        case .pushed(let action, let run): run.map { FinishedJob(action: action, unsigned: nil, run: $0) }
        case .assembling, .halted: nil
        }
    }

    /// Why the wallet is halted; nil while it is not.
    var halted: RuleID? { if case .halted(let reason) = self { reason } else { nil } }
}

/// An action with the signers of its job, which answer even after the action has its outcome.
struct FinishedJob {
    let action: AgreedAction
    /// The action, while it lacks signatures. Signatures completed late are still used (wallet-actions.md §10, step 5).
    let unsigned: AssembledAction?
    let run: SigningRun
}

/// An agreed action, from its hand-over on (wallet-actions.md §10).
struct AgreedAction: Sendable, Equatable {
    let window: CoordinationWindow
    let profile: ProtocolProfile
    let digest: ProposalDigest
    let proposal: Proposal
    let begin: BlockNumber
    /// The last block at which a signature share may leave.
    let deadline: BlockNumber
    let expiry: BlockNumber
}

/// The signers of one job. It is a box, because a machine with one-time secrets cannot be part of a copyable enum.
final class SigningRun {
    var machine: SigningMachine
    /// The time after which no share of the job leaves, whatever the head says (threshold-signing.md §11, step 2).
    private let lastShare: SigningInstant
    /// The envelopes of messages that the machine may want sent again.
    var sent: [SigningMessage: Bytes] = [:]
    /// Whether the ledger holds this operator's report of the job.
    var isReported = false

    /// Prepares a job at this head. A stalled host chain must not keep the deadline open, so the remaining blocks may
    /// take at most half as long again as usual.
    init(
        _ job: SigningJob, shares: [HeldShare], reserved: [AttemptNumbers], bound: [BoundSession], hasReleased: Bool,
        head: BlockNumber, blockMilliseconds: UInt64, _ clock: HeadClock, now: SigningInstant
    ) {
        let left = job.deadline.rawValue - min(job.deadline.rawValue, head.rawValue)
        let (time, overflow) = left.multipliedReportingOverflow(by: 3 * blockMilliseconds / 2)
        lastShare = now.adding(milliseconds: overflow ? .max : time)
        machine = SigningMachine(
            job: job, shares: shares, sharesUntil: nil, reserved: reserved, bound: bound, hasReleased: hasReleased)
        allowShares(clock)
    }

    /// Tells the signers until when the head stays fresh.
    func allowShares(_ clock: HeadClock) {
        machine.allowShares(until: clock.freshUntil.map { min($0, lastShare) })
    }
}
