package import Coordination
package import Primitives
import Secp256k1

/// One operator's part in a job. Our seats are signers in every instance. If we are among the first of the leader
/// order, we coordinate our own instance (threshold-signing.md §10, §11).
///
/// Make it once the record is `prepared` with its locks (B3), then call ``began(at:)``. It never reads a clock and
/// takes randomness only from the given generator: the same inputs and bytes give the same effects. It holds secrets,
/// so it has no snapshot: after a restart it is made anew with the markers that are on disk.
package struct SigningMachine: ~Copyable, Sendable {
    package typealias Effect = SigningEffect

    /// The blocks between two `sign/ready` (§10.5). Unanswered requests are sent again after as many blocks (§11).
    package static let readyBlocks: UInt64 = 4
    /// Blocks for which shares are held back when a member is ready for another digest (§10.5).
    package static let foreignDigestBlocks: UInt64 = 4

    /// The phase of the job at this operator.
    package enum Phase: Sendable, Hashable {
        case running
        /// The deadline passed after a share of ours left: no more shares leave, results are still taken.
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
    /// Whether a `ready` for another digest has held shares back. This happens once a job, so that several liars hold
    /// them no longer than one.
    private var hasHeldShares = false

    /// Prepares the part of the operator that holds the shares' seats, at least one. See ``allowShares(until:)`` for
    /// `sharesUntil`.
    ///
    /// After a restart `reserved` are all markers of the job on disk; their numbers are forfeited. `bound` are the
    /// sessions to which shares are bound there. `hasReleased` says whether the record is already `releasing`.
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

    /// The operator of this part.
    package var me: EthereumAddress { signer.me }

    /// The signatures so far.
    package var signatures: SignatureSet { signer.signatures }

    /// The time at which ``timePassed(now:random:)`` is next needed to replace a nonce; nil if none is held.
    package var nextRenewal: SigningInstant? { signer.nextRenewal }

    /// Whether ``timePassed(now:random:)`` has a nonce to replace.
    package func isRenewalDue(at now: SigningInstant) -> Bool { nextRenewal.map { $0 <= now } ?? false }

    /// The observations of the job so far.
    package var report: SigningReport {
        SigningReport(
            isSigned: signatures.isComplete, ready: readySeats.sorted(), sessions: coordinator?.report ?? [],
            blamed: coordinator?.blamed ?? [:])
    }

    // MARK: - Inputs

    /// Takes the hand-over of the job, or its resumption, at this block: announces our seats and asks for the first
    /// markers.
    package mutating func began(at block: BlockNumber) -> [Effect] {
        guard phase == .running, nextReady == nil else { return [] }
        head = max(head, block)
        nextReady = head
        return announce() + beginInstances()
    }

    /// Takes a host block; the deadline needs no input of its own where every block is reported.
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

    /// Sets the time after which no share leaves unless another block moves it; nil allows no share at all (§11, step
    /// 2). The deadline is judged by the head, and a stalled head must not keep it open.
    package mutating func allowShares(until end: SigningInstant?) { signer.allowShares(until: end) }

    /// Replaces old nonces when time passed without a block.
    package mutating func timePassed(now: SigningInstant, random: inout some SecureRandom) -> [Effect] {
        guard phase == .running else { return [] }
        return perform(signer.advanced(to: head, now: now, random: &random), now: now, random: &random)
    }

    /// Sends again what the previous link to an operator may have lost, now that a new link is up (§11).
    package func linked(to peer: EthereumAddress) -> [Effect] {
        guard job.group.lowestSeat(of: peer) != nil else { return [] }
        var effects: [Effect] = []
        if phase == .running, nextReady != nil { effects.append(.again(.ready(announcement), to: peer)) }
        if let result = signatures.result { effects.append(.again(.result(result), to: peer)) }
        return effects + (coordinator?.unanswered(by: peer) ?? []) + signer.offered(to: peer)
    }

    /// Whether a message of ours may have to be sent again.
    package func mayRepeat(_ message: SigningMessage) -> Bool { signer.mayRepeat(message) }

    /// Takes note that the markers that ``SigningEffect/reserve(_:)`` asked for are on disk.
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

    /// Takes a payload of a signing kind in an authentic envelope of a member, for this job's wallet and window.
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

    /// Takes a decoded message of a member.
    package mutating func received(
        _ message: SigningMessage, from sender: EthereumAddress, now: SigningInstant, random: inout some SecureRandom
    ) -> [Effect] {
        if case .ready(let ready) = message, ready.proposal != job.proposal {
            return heardOfForeignDigest(from: sender)
        }
        if let drop = refusal(of: message, from: sender) { return [.dropped(drop, from: sender)] }
        return perform(handle(message, from: sender, now: now, random: &random), now: now, random: &random)
    }

    /// Handles the deadline: no more shares leave. Without a released share the job ends. With one, shares and results
    /// in flight are still taken (wallet-actions.md §10).
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

    /// Ends the job, since the remaining accepts for the digest no longer suffice (B5).
    package mutating func agreementLost() -> [Effect] {
        guard phase == .running || phase == .lingering else { return [] }
        signer.ended()
        coordinator?.ended()
        phase = .failed(.equivocation)
        return [.failed(.equivocation, report)]
    }

    /// Handles a member's `ready` for another digest of this window: no share of ours leaves for a while, once a job
    /// (§10.5).
    ///
    /// Accepts of enough seats for that digest would extend the hold, but they never come with a `ready`. They arrive
    /// on their own, and the window that counts them ends the job (``agreementLost()``) where they invalidate ours.
    private mutating func heardOfForeignDigest(from sender: EthereumAddress) -> [Effect] {
        guard job.group.lowestSeat(of: sender) != nil else { return [.dropped(.notAMember, from: sender)] }
        guard phase == .running else { return [.dropped(.ended, from: sender)] }
        guard !hasHeldShares else { return [.dropped(.duplicate, from: sender)] }
        hasHeldShares = true
        signer.holdShares(until: head.adding(Self.foreignDigestBlocks))
        return []
    }

    /// Drops every nonce and offers new ones: the boot id or VM generation changed, the process was stopped, or the
    /// wallet was paused (§12 N4).
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
        // A late operator learns the signatures from any operator that has them.
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
        // Repeated without being stored, so that a member that sends `ready` without end costs no disk space.
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

    // Delivers our messages to ourselves at once, keeping the order of all other effects.
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
