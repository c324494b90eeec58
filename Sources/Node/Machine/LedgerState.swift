package import Coordination
package import Primitives
package import ThresholdSigning
package import WalletActions

/// The state folded from the ledger's events. A restart needs nothing else.
package struct LedgerState: Sendable {
    /// A window of a wallet as stored on disk.
    package struct Window: Sendable {
        package var seedHash: Hash32?
        package var kept: [KeptEnvelope] = []
        package var vote: (vote: WindowMachine.Vote, envelope: Bytes, block: BlockNumber)?
        package var repeated: Bytes?
        package var rejects: [(FailureClass, envelope: Bytes)] = []
        package var handOver: (digest: ProposalDigest, begin: BlockNumber, expiry: BlockNumber)?
        package var outcomes: [Outcome] = []

        /// The outcome after which no other follows.
        package var finalOutcome: Outcome? { outcomes.last { $0.isFinal } }
    }

    /// An envelope of another operator with the host block at which it arrived.
    package struct KeptEnvelope: Sendable {
        package let signer: EthereumAddress
        package let envelope: Bytes
        package let arrival: BlockNumber
    }

    /// The windows that are not over, and those that ended recently.
    package private(set) var windows: [WindowKey: Window] = [:]
    /// The newest state of every record, by its id.
    package private(set) var records: [ActionRecord.ID: ActionRecord] = [:]
    /// The highest attempt with a marker, by job and instance. Numbers up to it are never used again.
    package private(set) var markers: [AttemptKey: UInt64] = [:]
    /// The sessions to which shares were bound, by job and instance. A later session under the same number is refused.
    package private(set) var bound: [AttemptKey: Set<BoundSession>] = [:]
    /// Provisional faults that are not decided yet.
    package private(set) var undecidedFaults: [Fault] = []
    /// Wallets that are halted until their operator acts.
    package private(set) var halted: [WalletPublicKeyHash: RuleID] = [:]
    /// The last window of each wallet that has an outcome.
    package private(set) var lastWindow: [WalletPublicKeyHash: BlockNumber] = [:]

    /// The key of a job's instance.
    package struct AttemptKey: Hashable, Sendable {
        /// The number of attempts of an instance (threshold-signing.md §10.1).
        package static let perInstance: UInt64 = 4096

        package let window: WindowKey
        package let job: Hash32
        package let instance: UInt32

        /// Makes the key of an instance of a window's job.
        package init(window: WindowKey, job: Hash32, instance: UInt32) {
            self.window = window
            self.job = job
            self.instance = instance
        }
    }

    /// Starts with an empty ledger.
    package init() {}

    /// Folds an event in; `block` is the host block of its entry.
    package mutating func apply(_ event: LedgerEvent, at block: BlockNumber) {
        switch event {
        case .booted, .reorganised, .searched, .signingEnded: break
        case .windowSeeded(let key, let seedHash): windows[key, default: Window()].seedHash = seedHash
        case .envelopeKept(let key, let signer, let envelope):
            windows[key, default: Window()].kept.append(
                KeptEnvelope(signer: signer, envelope: envelope, arrival: block))
        case .voted(let key, let vote, let envelope):
            windows[key, default: Window()].vote = (vote, envelope, block)
        case .proposalRepeated(let key, _, let envelope): windows[key, default: Window()].repeated = envelope
        case .rejected(let key, let failureClass, let envelope):
            windows[key, default: Window()].rejects.append((failureClass, envelope))
        case .handedOver(let key, let digest, let begin, let expiry):
            windows[key, default: Window()].handOver = (digest, begin, expiry)
        case .ended(let key, let outcome):
            windows[key, default: Window()].outcomes.append(outcome)
            lastWindow[key.wallet] = max(lastWindow[key.wallet] ?? BlockNumber(0), key.coordinationBlock)
            forgetOldWindows(of: key.wallet)
        case .fault(let fault):
            if fault.isProvisional, !undecidedFaults.contains(fault) { undecidedFaults.append(fault) }
        case .faultDecided(let fault, _): undecidedFaults.removeAll { $0 == fault }
        case .record(let record): records[record.id] = record
        case .attempt(let step):
            let key = AttemptKey(
                window: step.window, job: step.job,
                instance: UInt32(clamping: step.attempt / AttemptKey.perInstance))
            switch step.step {
            case .marker: markers[key] = max(markers[key] ?? 0, step.attempt)
            case .binding(let session, let request, let seats):
                bound[key, default: []].insert(
                    BoundSession(instance: key.instance, session: session, requestDigest: request, seats: seats))
            }
        case .halted(let wallet, let reason): halted[wallet] = reason
        case .haltEnded(let wallet): halted[wallet] = nil
        }
    }

    /// Keeps a wallet's windows without a final outcome and the last two with one, and the attempts of those windows. A
    /// job's id binds the proposal of its window, so no later window has the same id.
    private mutating func forgetOldWindows(of wallet: WalletPublicKeyHash) {
        let over = windows.filter { $0.key.wallet == wallet && $0.value.finalOutcome != nil }.keys.sorted()
        for key in over.dropLast(2) { windows[key] = nil }
        let forgotten = Set(over.dropLast(2))
        guard !forgotten.isEmpty else { return }
        markers = markers.filter { !forgotten.contains($0.key.window) }
        bound = bound.filter { !forgotten.contains($0.key.window) }
    }
}
