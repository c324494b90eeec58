package import Coordination
package import Primitives
import Secp256k1

/// One operator's part in a job: our seats as signers in every instance, and the coordinator of our own instance if we
/// are among the first of the leader order (threshold-signing.md §10, §11).
///
/// Make it once the record is `prepared` with its locks (B3), then call ``began(at:)``. It never reads a clock and
/// draws nothing but from the generator handed in: the same inputs and bytes make the same effects. It holds secrets,
/// so it has no snapshot: after a restart it is made anew with the markers that are on disk.
package struct SigningMachine: ~Copyable, Sendable {
    package typealias Effect = SigningEffect

    /// Blocks between two `sign/ready` (§10.5), and after which requests without an answer are sent again (§11).
    package static let readyBlocks: UInt64 = 4
    /// Blocks for which shares are held back when a member is ready for another digest (§10.5).
    package static let foreignDigestBlocks: UInt64 = 4

    /// Where the job stands here.
    package enum Phase: Sendable, Hashable {
        case running
        /// The deadline passed after a share of ours left: no share leaves any more, results are still taken.
        case lingering
        case finished
        case failed(SigningFailure)
    }

    package let job: SigningJob
    package private(set) var phase = Phase.running

    private var signer: RoastSigner
    private var coordinator: RoastCoordinator?
    private var head: BlockNumber
    private var nextReady: BlockNumber?
    private var nextInstance: UInt32 = 0
    private var readySeats: Set<SeatNumber>
    /// Whether a `ready` for another digest held shares back: once a job, so that several liars hold no longer than one.
    private var hasHeldShares = false

    /// Prepares the part of the operator that holds the shares' seats, at least one. ``allowShares(until:)`` says what
    /// `sharesUntil` is.
    ///
    /// After a restart `reserved` are all markers of the job on disk, whose numbers are forfeited, `bound` the sessions to
    /// which shares are bound there, and `hasReleased` says whether the record is `releasing` already.
    package init(
        job: SigningJob, shares: [HeldShare], sharesUntil: SigningInstant?, reserved: [AttemptNumbers] = [],
        bound: [BoundSession] = [], hasReleased: Bool = false
    ) {
        self.job = job
        signer = RoastSigner(
            job: job, shares: shares, sharesUntil: sharesUntil, reserved: reserved, bound: bound,
            hasReleased: hasReleased)
        coordinator = job.instance(of: signer.me).map { RoastCoordinator(job: job, instance: $0) }
        head = job.begin
        readySeats = Set(signer.seats)
    }

    /// The operator whose part this is.
    package var me: EthereumAddress { signer.me }

    /// The signatures so far.
    package var signatures: SignatureSet { signer.signatures }

    /// When ``timePassed(now:random:)`` is needed next to replace a nonce; nil if none is held.
    package var nextRenewal: SigningInstant? { signer.nextRenewal }

    /// Whether ``timePassed(now:random:)`` has a nonce to replace.
    package func isRenewalDue(at now: SigningInstant) -> Bool { nextRenewal.map { $0 <= now } ?? false }

    /// What was seen of the job so far.
    package var report: SigningReport {
        SigningReport(
            isSigned: signatures.isComplete, ready: readySeats.sorted(), sessions: coordinator?.report ?? [],
            blamed: coordinator?.blamed ?? [:])
    }

    // MARK: - Inputs

    /// The job was handed over, or is resumed, at this block: we announce ourselves and ask for the first markers.
    package mutating func began(at block: BlockNumber) -> [Effect] {
        guard phase == .running, nextReady == nil else { return [] }
        head = max(head, block)
        nextReady = head
        return announce() + beginInstances()
    }

    /// A host block arrived; the deadline needs no input of its own where every block is told.
    package mutating func blockArrived(
        _ block: BlockNumber, now: SigningInstant, random: inout some SecureRandom
    ) -> [Effect] {
        head = max(head, block)
        if head > job.deadline { return deadlineReached() }
        guard phase == .running else { return [] }
        var effects = announce() + beginInstances()
        effects += signer.advanced(to: head, now: now, random: &random)
        return perform(effects, now: now, random: &random)
    }

    /// No share leaves after this time unless another block moves it; nil: none leaves at all (§11, step 2). The head tells
    /// the deadline, and a head that stands still must not hold it open.
    package mutating func allowShares(until end: SigningInstant?) { signer.allowShares(until: end) }

    /// Time passed without a block: old nonces are replaced.
    package mutating func timePassed(now: SigningInstant, random: inout some SecureRandom) -> [Effect] {
        guard phase == .running else { return [] }
        return perform(signer.advanced(to: head, now: now, random: &random), now: now, random: &random)
    }

    /// A link to an operator came up: what the one before may have lost is sent again (§11).
    package func linked(to peer: EthereumAddress) -> [Effect] {
        guard job.group.lowestSeat(of: peer) != nil else { return [] }
        var effects: [Effect] = []
        if phase == .running, nextReady != nil { effects.append(.again(.ready(announcement), to: peer)) }
        if let result = signatures.result { effects.append(.again(.result(result), to: peer)) }
        return effects + (coordinator?.unanswered(by: peer) ?? []) + signer.offered(to: peer)
    }

    /// Whether a message of ours may have to be sent again.
    package func mayRepeat(_ message: SigningMessage) -> Bool { signer.mayRepeat(message) }

    /// The markers that ``SigningEffect/reserve(_:)`` asked for are on disk.
    package mutating func reserved(
        _ numbers: AttemptNumbers, now: SigningInstant, random: inout some SecureRandom
    ) -> [Effect] {
        guard phase == .running else { return [] }
        var effects: [Effect] = []
        if coordinator?.instance == numbers.instance {
            effects = coordinator?.began(firstSession: numbers.numbers.lowerBound) ?? []
        }
        effects += signer.reserved(numbers, at: head, now: now, random: &random)
        return perform(effects, now: now, random: &random)
    }

    /// A payload of a signing kind came in an authentic envelope of a member, for this job's wallet and window.
    package mutating func received(
        _ kind: MessageKind, payload: Bytes, from sender: EthereumAddress, now: SigningInstant,
        random: inout some SecureRandom
    ) -> [Effect] {
        let own = coordinator
        let message: SigningMessage
        do {
            message = try SigningMessage(
                decoding: payload, kind: kind, inputCount: job.inputs.count, threshold: job.key.threshold
            ) { instance, number in own?.instance == instance ? own?.openInputs(session: number) : nil }
        } catch .unknownSession {
            return [.dropped(.session, from: sender)]
        } catch {
            return [.dropped(.malformed, from: sender)]
        }
        return received(message, from: sender, now: now, random: &random)
    }

    /// A decoded message came from a member.
    package mutating func received(
        _ message: SigningMessage, from sender: EthereumAddress, now: SigningInstant, random: inout some SecureRandom
    ) -> [Effect] {
        if case .ready(let ready) = message, ready.proposal != job.proposal {
            return heardOfForeignDigest(from: sender)
        }
        if let drop = refusal(of: message, from: sender) { return [.dropped(drop, from: sender)] }
        return perform(handle(message, from: sender, now: now, random: &random), now: now, random: &random)
    }

    /// The deadline passed: no share leaves any more. Without a share released the job ends; with one, shares and
    /// results that are under way are still taken (wallet-actions.md §10).
    package mutating func deadlineReached() -> [Effect] {
        guard phase == .running else { return [] }
        let hasReleased = signer.hasReleased
        signer.ended()
        coordinator?.ended()
        if hasReleased {
            phase = .lingering
            return []
        }
        phase = .failed(.deadline)
        return [.failed(.deadline, report)]
    }

    /// The accepts left for the digest no longer suffice: the job ends (B5).
    package mutating func agreementLost() -> [Effect] {
        guard phase == .running || phase == .lingering else { return [] }
        signer.ended()
        coordinator?.ended()
        phase = .failed(.equivocation)
        return [.failed(.equivocation, report)]
    }

    /// A member is ready for another digest of this window: no share of ours leaves for a while, once a job (§10.5).
    ///
    /// What would extend the hold, accepts of enough seats for that digest, never comes with a `ready`: they come on their
    /// own, and the window that counts them ends the job (``agreementLost()``) where they take ours away.
    private mutating func heardOfForeignDigest(from sender: EthereumAddress) -> [Effect] {
        guard job.group.lowestSeat(of: sender) != nil else { return [.dropped(.notAMember, from: sender)] }
        guard phase == .running else { return [.dropped(.ended, from: sender)] }
        guard !hasHeldShares else { return [.dropped(.duplicate, from: sender)] }
        hasHeldShares = true
        signer.holdShares(until: head.adding(Self.foreignDigestBlocks))
        return []
    }

    /// Drops every nonce and offers new ones: boot id or VM generation changed, the process was stopped, the wallet
    /// was paused (§12 N4).
    package mutating func forgetNonces(now: SigningInstant, random: inout some SecureRandom) -> [Effect] {
        guard phase == .running else { return [] }
        return perform(signer.forgetNonces(now: now, random: &random), now: now, random: &random)
    }

    // MARK: - Steps

    private mutating func announce() -> [Effect] {
        guard let due = nextReady, due <= head else { return [] }
        nextReady = head.adding(Self.readyBlocks)
        let unanswered = (coordinator?.unanswered() ?? []).filter { effect in
            if case .again(_, to: me) = effect { false } else { true }
        }
        return [.broadcast(.ready(announcement))] + unanswered
    }

    private var announcement: SigningReady {
        SigningReady(job: job.id, proposal: job.proposal, seats: signer.seats)
    }

    private mutating func beginInstances() -> [Effect] {
        guard nextReady != nil else { return [] }
        var effects: [Effect] = []
        while Int(nextInstance) < job.coordinators.count, job.begin(ofInstance: nextInstance) <= head {
            effects += signer.slotBegan(instance: nextInstance)
            nextInstance += 1
        }
        return effects
    }

    private func refusal(of message: SigningMessage, from sender: EthereumAddress) -> SigningDrop? {
        guard message.job == job.id else { return .malformed }
        guard job.group.lowestSeat(of: sender) != nil else { return .notAMember }
        switch (phase, message) {
        case (.failed, _): return .ended
        // Who comes late learns the signatures from whoever has them.
        case (_, .ready): return nil
        case (.finished, _): return .ended
        case (.running, _), (.lingering, _): return nil
        }
    }

    private mutating func handle(
        _ message: SigningMessage, from sender: EthereumAddress, now: SigningInstant, random: inout some SecureRandom
    ) -> [Effect] {
        switch message {
        case .ready(let ready): return handle(ready, from: sender)
        case .nonces(let nonces):
            guard head.adding(SigningJob.instanceBlocks) >= job.begin(ofInstance: nonces.instance) else {
                return [.dropped(.early, from: sender)]
            }
            return coordinator?.received(nonces, from: sender) ?? [.dropped(.notCoordinator, from: sender)]
        case .shares(let shares):
            return coordinator?.received(shares, from: sender) ?? [.dropped(.notCoordinator, from: sender)]
        case .request(let request):
            return signer.received(request, from: sender, at: head, now: now, random: &random)
        case .result(let result): return handle(result, from: sender)
        }
    }

    private mutating func handle(_ ready: SigningReady, from sender: EthereumAddress) -> [Effect] {
        guard job.holds(ready.seats, sender) else { return [.dropped(.notAMember, from: sender)] }
        readySeats.formUnion(ready.seats)
        // Said again and not stored: a member that is ready without end costs no disk.
        return signatures.result.map { [.again(.result($0), to: sender)] } ?? []
    }

    private mutating func handle(_ result: SigningResult, from sender: EthereumAddress) -> [Effect] {
        var verified = signatures
        var effects: [Effect] = []
        for entry in result.entries where verified.take(entry.signature, input: Int(entry.input)) == .invalid {
            effects.append(.dropped(.signature, from: sender))
        }
        signer.signed(verified)
        coordinator?.signed(verified)
        return effects
    }

    // Hands what we send to ourselves over at once, keeping the order of all other effects.
    private mutating func perform(
        _ effects: [Effect], now: SigningInstant, random: inout some SecureRandom
    ) -> [Effect] {
        var waiting = effects[...]
        var performed: [Effect] = []
        while let effect = waiting.popFirst() {
            if case .send(let message, to: me) = effect {
                waiting = handle(message, from: me, now: now, random: &random) + waiting
            } else {
                performed.append(effect)
            }
        }
        if let verified = coordinator?.signatures { signer.signed(verified) }
        guard phase == .running || phase == .lingering, let complete = signatures.complete else { return performed }
        phase = .finished
        coordinator?.ended()
        return performed + [.finished(complete, report)]
    }
}
