import Coordination
import Primitives
import WalletActions

/// What a node holds of one wallet. One wallet's trouble stays in its own state.
///
/// A box that its one machine owns: the machine cannot be copied, and so its parts need not be at every look.
final class WalletState {
    let held: HeldWallet
    /// The windows that are not over here, by coordination block.
    var windows = SortedTable<BlockNumber, OpenWindow>()
    /// Our own envelopes of those windows, to be repeated byte for byte.
    var ownEnvelopes = SortedTable<BlockNumber, OwnEnvelopes>()
    /// Faults charged in those windows, so that a repeated message charges nobody twice.
    var charged = SortedTable<BlockNumber, Set<Charge>>()
    /// The hashes on which each window's election and judgements rest.
    var foundations = SortedTable<BlockNumber, Foundation>()
    /// Main UTXOs found before, by their hash on the host chain; a few, since each spend makes another.
    var knownUTXOs: [Hash32: MainUTXO] = [:]
    /// Requests for redemption that need not be read again on this branch of the host chain.
    var requestsOver = RequestsOver()
    /// What is being found out.
    var evaluations: [EvaluationKey.Purpose: Evaluation] = [:]
    /// The agreed action under way; one at a time (S7).
    var action: ActionProgress? {
        didSet { if let oldValue, action == nil { lastAction = oldValue } }
    }
    /// The action before, whose job still answers who comes late.
    private(set) var lastAction: ActionProgress?
    /// The records that are not done, by id.
    var records = SortedTable<ActionRecord.ID, ActionRecord>()
    /// Provisional faults that wait for their blocks to be final.
    var undecided: [Fault] = []
    /// The highest coordination block whose window was begun or written off.
    var lastWindow = BlockNumber(0)
    /// Set while the wallet does nothing until its operator acts.
    var halted: RuleID?

    /// What we sent in a window.
    struct OwnEnvelopes: Sendable, Equatable {
        var proposal: Bytes?
        var verdict: Bytes?
        var rejects: [Bytes] = []

        /// Whether we said the same in an envelope of ours; its signature does not count, since anybody can give a
        /// signature another form.
        func says(_ envelope: Envelope) -> Bool {
            ([proposal, verdict].compactMap(\.self) + rejects).contains { own in
                let own = try? Envelope(decoding: own)
                return own?.kind == envelope.kind && own?.payload == envelope.payload
            }
        }
    }

    /// The blocks on which a window's provisional faults rest.
    struct Foundation: Sendable, Equatable {
        let seedHash: Hash32
        /// The coordination block as the validations read it.
        var openHash: Hash32?
    }

    /// A fault without its evidence.
    struct Charge: Sendable, Hashable {
        let kind: FaultKind
        let culprit: EthereumAddress
        let rule: RuleID?

        /// Leaves the evidence out.
        init(_ fault: Fault) {
            kind = fault.kind
            culprit = fault.culprit
            rule = fault.rule
        }
    }

    /// Begins with nothing under way.
    init(held: HeldWallet) { self.held = held }
}

/// A window that is not over here: a box, so that its machine is changed where it is.
final class OpenWindow {
    var machine: WindowMachine

    init(_ machine: WindowMachine, isHeadFresh: Bool) {
        self.machine = machine
        self.machine.isHeadFresh = isHeadFresh
    }

    var window: CoordinationWindow { machine.window }
    var profile: ProtocolProfile { machine.profile }
    var domain: Domain { machine.domain }
    var group: SigningGroup { machine.group }
    var election: Election? { machine.election }
}

/// An agreed action from its hand-over to its outcome (wallet-actions.md §10).
struct ActionProgress: Sendable, Equatable {
    /// How far it has come.
    enum Stage: Sendable, Equatable {
        /// The rules are run again at `begin` and the transaction is built.
        case assembling
        /// Prepared; the signers are at work.
        case signing(AssembledAction)
        /// Signed and pushed; waiting until a source shows it.
        case signed
    }

    let window: CoordinationWindow
    let profile: ProtocolProfile
    let digest: ProposalDigest
    let proposal: Proposal
    let begin: BlockNumber
    /// The last block at which a signature share may leave.
    let deadline: BlockNumber
    let expiry: BlockNumber
    var stage = Stage.assembling
}
