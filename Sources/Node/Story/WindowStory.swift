package import Coordination
package import Primitives
package import ThresholdSigning
package import WalletActions

/// The story of one window of a wallet in one operator's ledger. Every display of a window uses this fold over events.
package struct WindowStory: Sendable {
    package private(set) var seedHash: Hash32?
    /// Our own vote.
    package private(set) var vote: WindowMachine.Vote?
    /// The digest that this operator proposed.
    package private(set) var proposed: ProposalDigest?
    /// The rules by which this operator refused proposals.
    package private(set) var rejects: [ProposalDigest: RuleID] = [:]
    package private(set) var handedOver: ProposalDigest?
    /// The final outcome of the window.
    package private(set) var outcome: Outcome?
    /// The newest step of the agreed action's record.
    package private(set) var record: ActionRecord?
    /// The record once its transaction is signed.
    package private(set) var signed: ActionRecord?
    package private(set) var signing: SigningReport?
    /// The faults charged in the window and not dropped.
    package private(set) var faults: [Fault] = []
    private var events: [LedgerEvent] = []

    /// All events in order, as sentences.
    package var sentences: [String] { events.map(\.sentence) }

    /// Takes an event of the window.
    mutating func apply(_ event: LedgerEvent) {
        events.append(event)
        switch event {
        case .windowSeeded(_, let hash): seedHash = hash
        case .voted(_, let vote, _):
            self.vote = vote
            if vote.form == .proposal { proposed = vote.digest }
        case .proposalRepeated(_, let digest, _): proposed = proposed ?? digest
        case .rejected(_, _, let raw):
            if let envelope = try? Envelope(decoding: raw), let verdict = try? Verdict(decoding: envelope.payload),
                case .reject(let rule, _, _) = verdict.answer
            {
                rejects[verdict.digest] = rule
            }
        case .handedOver(_, let digest, _, _): handedOver = digest
        case .ended(_, let outcome): if outcome.isFinal { self.outcome = outcome }
        case .record(let record):
            self.record = record
            if record.signedBytes != nil, record.transaction != nil { signed = record }
        case .signingEnded(_, _, let report): signing = report
        case .fault(let fault): faults.append(fault)
        case .faultDecided(let fault, stands: false): faults.removeAll { $0 == fault }
        case .booted, .reorganised, .envelopeKept, .searched, .faultDecided, .attempt, .halted, .haltEnded: break
        }
    }
}
