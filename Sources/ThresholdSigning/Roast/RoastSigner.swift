import Coordination
package import Primitives
import Secp256k1

/// Our seat's part in every instance of a job: draws nonces, answers requests, never one nonce twice
/// (threshold-signing.md §11, §12).
///
/// It holds secrets: it cannot be copied, has no snapshot, and after a restart is made anew above every number that
/// was reserved. The instances share nothing, least of all nonces. A signer never sees the others' nonces and never
/// trusts that a sum contains its own: a wrong sum makes its share useless and the coordinator's instance with it.
package struct RoastSigner: ~Copyable, Sendable {
    package typealias Effect = SigningEffect

    /// How many nonce numbers are reserved ahead.
    package static let reservation: UInt32 = 16
    // With this many numbers left the next ones are reserved, so that an answer need not wait for the disk.
    private static let low: UInt32 = 4

    package let job: SigningJob
    /// The operator of our seat.
    package let me: EthereumAddress
    /// The signatures that we verified.
    package private(set) var signatures: SignatureSet
    /// Whether a share of ours may have left.
    package private(set) var hasReleased = false

    private let vault: HeldShare
    private var instances: [UInt32: Instance] = [:]
    // The first number of each instance that no run of ours reserved yet.
    private var unreserved: [UInt32: UInt32] = [:]
    private var heldUntil: BlockNumber?
    private var latest: SigningInstant?
    private var isEnded = false

    private struct Instance: Sendable {
        var next: UInt32 = 0
        // Numbers below it may be drawn.
        var reserved: UInt32 = 0
        var awaited: AttemptNumbers?
        // Nonces are to be offered as soon as there is a number for them.
        var owesOffer = true
        var ledger = NonceLedger()
        // The digest of the request that was answered under each session number.
        var answered: [UInt32: Hash32] = [:]
        // Requests that wait for a number or for shares to be allowed, by session number.
        var waiting: [UInt32: FrostRequest] = [:]
    }

    /// Begins the work of a seat. `reserved` are all markers of the job on disk, whose numbers are forfeited;
    /// `hasReleased` says whether an earlier run may have let a share go.
    package init(
        job: SigningJob, share: HeldShare, reserved: [AttemptNumbers] = [], hasReleased: Bool = false
    ) {
        guard let me = job.group.operator(of: share.share.seat) else {
            preconditionFailure("a share is checked against the key, which has as many seats as the group")
        }
        self.job = job
        self.me = me
        vault = share
        self.hasReleased = hasReleased
        signatures = SignatureSet(job: job)
        for numbers in reserved {
            unreserved[numbers.instance] = max(unreserved[numbers.instance] ?? 0, numbers.numbers.upperBound)
        }
    }

    // MARK: - Inputs

    /// The slot of an instance began: a marker is asked for, then nonces are offered unasked.
    package mutating func slotBegan(instance: UInt32) -> [Effect] {
        guard !isEnded, instances[instance] == nil, job.coordinator(ofInstance: instance) != nil else { return [] }
        let first = unreserved[instance] ?? 0
        instances[instance] = Instance(next: first, reserved: first)
        return reserve(instance)
    }

    /// The markers are on disk.
    package mutating func reserved(
        _ numbers: AttemptNumbers, at block: BlockNumber, now: SigningInstant, random: inout some SecureRandom
    ) -> [Effect] {
        observe(now)
        guard !isEnded, instances[numbers.instance]?.awaited == numbers else { return [] }
        instances[numbers.instance]?.awaited = nil
        instances[numbers.instance]?.reserved = numbers.numbers.upperBound
        return offer(numbers.instance, now: now, random: &random)
            + retry(at: block, now: now, random: &random)
    }

    /// A coordinator asks for shares.
    package mutating func received(
        _ request: FrostRequest, from sender: EthereumAddress, at block: BlockNumber, now: SigningInstant,
        random: inout some SecureRandom
    ) -> [Effect] {
        observe(now)
        guard job.coordinator(ofInstance: request.instance) == sender else {
            return [.dropped(.notCoordinator, from: sender)]
        }
        if let drop = refusal(of: request, at: block) { return [.dropped(drop, from: sender)] }
        if heldUntil.map({ block < $0 }) ?? false || !hasNumber(request.instance) {
            instances[request.instance]?.waiting[request.number] = request
            return []
        }
        return answer(request, now: now, random: &random)
    }

    /// A block arrived, or time passed: waiting requests are looked at again, old nonces replaced.
    package mutating func advanced(
        to block: BlockNumber, now: SigningInstant, random: inout some SecureRandom
    ) -> [Effect] {
        observe(now)
        guard !isEnded else { return [] }
        var effects = retry(at: block, now: now, random: &random)
        for instance in instances.keys.sorted() {
            if let due = instances[instance]?.ledger.renewalDue, due <= now { instances[instance]?.owesOffer = true }
            effects += offer(instance, now: now, random: &random)
        }
        return effects
    }

    /// No share leaves before this block (§10.5); a later block than one given before stands.
    package mutating func holdShares(until block: BlockNumber) {
        heldUntil = max(heldUntil ?? block, block)
    }

    /// Signatures that were verified elsewhere; with the last one all nonces are wiped.
    package mutating func signed(_ signatures: SignatureSet) {
        self.signatures.adopt(signatures)
        if self.signatures.isComplete { ended() }
    }

    /// Drops every nonce, since this machine may exist twice or was stopped (N4), and offers new ones.
    package mutating func forgetNonces(now: SigningInstant, random: inout some SecureRandom) -> [Effect] {
        observe(now)
        forgetNonces()
        return instances.keys.sorted().flatMap { offer($0, now: now, random: &random) }
    }

    /// No share leaves any more: all nonces are wiped.
    package mutating func ended() {
        isEnded = true
        instances = [:]
    }

    /// When ``advanced(to:now:random:)`` has a nonce to replace; nil if there is none.
    package var nextRenewal: SigningInstant? { instances.values.compactMap(\.ledger.renewalDue).min() }

    // MARK: - Nonces

    // A clock that goes back says that this machine was resumed or copied: what it holds may exist twice (N4).
    private mutating func observe(_ now: SigningInstant) {
        if let latest, now < latest { forgetNonces() }
        latest = now
        for instance in instances.keys where instances[instance]?.ledger.expire(now: now) == true {
            instances[instance]?.owesOffer = true
        }
    }

    private mutating func forgetNonces() {
        for instance in instances.keys {
            instances[instance]?.ledger.removeAll()
            instances[instance]?.owesOffer = true
        }
    }

    private func hasNumber(_ instance: UInt32) -> Bool {
        instances[instance].map { $0.next < $0.reserved } ?? false
    }

    // The coordinator of an instance takes its session numbers from its own markers, so that a restart repeats none.
    private mutating func reserve(_ instance: UInt32) -> [Effect] {
        guard var state = instances[instance], state.awaited == nil else { return [] }
        let count =
            job.coordinator(ofInstance: instance) == me
            ? max(Self.reservation, UInt32(job.mostSessions)) : Self.reservation
        let end = min(state.reserved + count, AttemptNumbers.perInstance)
        guard let numbers = AttemptNumbers(instance: instance, numbers: state.reserved..<max(end, state.reserved))
        else { return [] }
        state.awaited = numbers
        instances[instance] = state
        return [.reserve(numbers)]
    }

    private mutating func offer(
        _ instance: UInt32, now: SigningInstant, random: inout some SecureRandom
    ) -> [Effect] {
        guard instances[instance]?.owesOffer == true, let coordinator = job.coordinator(ofInstance: instance) else {
            return []
        }
        guard let drawn = draw(instance, now: now, random: &random) else { return reserve(instance) }
        instances[instance]?.owesOffer = false
        let entry = FrostNonces.Entry(seat: vault.share.seat, number: drawn.number, nonces: drawn.nonces)
        let message = FrostNonces(job: job.id, instance: instance, entries: [entry])
        return [.send(.nonces(message), to: coordinator)] + drawn.effects
    }

    private struct Drawn {
        let number: UInt32
        let nonces: [EncodedNonce]
        // A marker for the next numbers, where few are left.
        let effects: [Effect]
    }

    // Draws the nonces of the next number for every input; nil without a number whose marker is on disk.
    private mutating func draw(
        _ instance: UInt32, now: SigningInstant, random: inout some SecureRandom
    ) -> Drawn? {
        guard hasNumber(instance), let number = instances[instance]?.next else { return nil }
        instances[instance]?.next = number + 1
        var slots: [any OneUseNonce] = []
        for (index, input) in job.inputs.enumerated() {
            var extra = job.id.bytes
            for value in [instance, number, UInt32(index)] { extra.append(bigEndian: value) }
            slots.append(
                job.arithmetic.drawNonce(
                    share: vault.share, key: job.contexts[index].outputKey, message: input.message, extra: extra,
                    random: &random))
        }
        instances[instance]?.ledger.keep(slots, number: number, drawn: now)
        let left = (instances[instance]?.reserved ?? 0) - number - 1
        return Drawn(number: number, nonces: slots.map(\.offered), effects: left < Self.low ? reserve(instance) : [])
    }

    // MARK: - Requests

    private mutating func retry(
        at block: BlockNumber, now: SigningInstant, random: inout some SecureRandom
    ) -> [Effect] {
        var effects: [Effect] = []
        for instance in instances.keys.sorted() {
            guard let coordinator = job.coordinator(ofInstance: instance) else { continue }
            let waiting = instances[instance]?.waiting ?? [:]
            instances[instance]?.waiting = [:]
            for (_, request) in waiting.sorted(by: { $0.key < $1.key }) {
                effects += received(request, from: coordinator, at: block, now: now, random: &random)
            }
        }
        return effects
    }

    // Step 2 of the signer in §11. What is refused costs no nonce.
    private func refusal(of request: FrostRequest, at block: BlockNumber) -> SigningDrop? {
        guard !isEnded else { return .ended }
        guard block <= job.deadline else { return .late }
        guard block.adding(SigningJob.instanceBlocks) >= job.begin(ofInstance: request.instance) else { return .early }
        guard let instance = instances[request.instance] else { return .nonce }
        let digest = job.digest(of: request)
        if let known = instance.answered[request.number] ?? instance.waiting[request.number].map(job.digest(of:)) {
            return known == digest ? .duplicate : .secondRequest
        }
        guard instance.answered.count + instance.waiting.count < job.mostSessions else { return .tooManySessions }
        let seats = request.seats
        guard seats.count == job.key.threshold, Set(seats).count == seats.count,
            seats.allSatisfy({ job.group.operator(of: $0) != nil }),
            let mine = request.members.first(where: { $0.seat == vault.share.seat })
        else { return .members }
        guard instance.ledger.holds(mine.number) else { return .nonce }
        guard request.open.count == request.aggregates.count, request.open.count > 0,
            job.inputs.indices.allSatisfy({ request.open.contains($0) || signatures[$0] != nil }),
            request.open.indices.allSatisfy(job.inputs.indices.contains)
        else { return .openInputs }
        guard request.aggregates.allSatisfy(job.arithmetic.isAggregate) else { return .aggregate }
        return nil
    }

    // Steps 3 and 4: take, compute, check, record, send. A failure on the way sends nothing.
    private mutating func answer(
        _ request: FrostRequest, now: SigningInstant, random: inout some SecureRandom
    ) -> [Effect] {
        guard let mine = request.members.first(where: { $0.seat == vault.share.seat }),
            let slots = instances[request.instance]?.ledger.take(mine.number)
        else { preconditionFailure("a request was checked to name nonces that we hold") }
        let digest = job.digest(of: request)
        instances[request.instance]?.answered[request.number] = digest
        let shares: [PartialSignature]
        do {
            shares = try sign(request, slots)
        } catch {
            return [.broken(error, instance: request.instance, number: request.number)]
        }
        guard let next = draw(request.instance, now: now, random: &random) else {
            preconditionFailure("a request waits until there is a number for the next nonces")
        }
        hasReleased = true
        let release = SigningRecord.Release(
            attempt: UInt64(request.instance) * UInt64(AttemptNumbers.perInstance) + UInt64(mine.number),
            session: job.sessionID(instance: request.instance, number: request.number, seats: request.seats),
            requestDigest: digest, seats: request.seats)
        let message = FrostShares(
            job: job.id, instance: request.instance, number: request.number, requestDigest: digest,
            entries: [
                FrostShares.Entry(
                    seat: vault.share.seat, shares: shares, nextNumber: next.number, nextNonces: next.nonces)
            ])
        guard let coordinator = job.coordinator(ofInstance: request.instance) else {
            preconditionFailure("a request was checked to come from the coordinator")
        }
        return [.record(.releasing(release)), .send(.shares(message), to: coordinator)] + next.effects
    }

    // Shares for every open input, or none.
    private func sign(
        _ request: FrostRequest, _ slots: [any OneUseNonce]
    ) throws(PartialSigningFailure) -> [PartialSignature] {
        let set = job.key.signerSet(of: request.seats)
        var shares: [PartialSignature] = []
        for (input, aggregate) in zip(request.open.indices, request.aggregates) {
            let made = try slots[input].sign(job.terms(set, input: input), aggregate: aggregate, share: vault.share)
            guard let made else { preconditionFailure("nobody else takes these nonces") }
            shares.append(made)
        }
        return shares
    }
}
