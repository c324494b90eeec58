import Coordination
package import Primitives
import Secp256k1

/// The part of our seats in every instance of a job: draws nonces and answers requests, and never uses a nonce twice
/// (threshold-signing.md §11, §12).
///
/// An operator answers for all its seats in one message (§10.6), but a coordinator may call them into different
/// sessions. So each seat draws under a number of its own, and an attempt is bound to at most one session (AT1).
///
/// It holds secrets: it cannot be copied and has no snapshot. After a restart it is made anew, above every number that
/// was reserved. The instances share nothing, least of all nonces. A signer never sees the others' nonces and never
/// trusts that a sum contains its own. A wrong sum makes its share useless, and the coordinator's instance with it.
package struct RoastSigner: ~Copyable, Sendable {
    package typealias Effect = SigningEffect

    /// The number of nonce numbers reserved ahead; with more than four seats, four for each.
    package static let reservation: UInt32 = 16

    package let job: SigningJob
    /// The operator of our seats.
    package let me: EthereumAddress
    /// The signatures that we verified.
    package private(set) var signatures: SignatureSet
    /// Whether a share of ours may have left.
    package private(set) var hasReleased = false

    /// Our seats, ascending.
    let seats: [SeatNumber]
    // The shares by ascending seat.
    private let vaults: [HeldShare]
    private var instances: [UInt32: Instance] = [:]
    // The first number of each instance that no run of ours has reserved yet.
    private var unreserved: [UInt32: UInt32] = [:]
    // The sessions that earlier runs of ours answered.
    private let bound: [BoundSession]
    private var heldUntil: BlockNumber?
    private var sharesUntil: SigningInstant?
    private var latest: SigningInstant?
    private var isEnded = false

    private struct Instance: Sendable {
        var next: UInt32 = 0
        // Numbers below this one may be drawn.
        var reserved: UInt32 = 0
        var awaited: AttemptNumbers?
        // The seats to offer nonces for as soon as numbers are reserved for them.
        var owing: Set<SeatNumber>
        var ledgers: [SeatNumber: NonceLedger] = [:]
        // The offers, in order, as long as one of their nonces is held.
        var offers: [FrostNonces] = []
        // The answered request of each session number, with the answer; without messages if signing failed.
        var answered: [UInt32: (digest: Hash32, messages: [SigningMessage])] = [:]
        // Requests that wait for a number or for permission to release shares, by session number.
        var waiting: [UInt32: FrostRequest] = [:]
    }

    /// Begins the work of an operator's seats, at least one. `reserved` are all markers of the job on disk; their
    /// numbers are forfeited. `bound` are the sessions that earlier runs answered. `hasReleased` says whether one of
    /// those runs may have released a share.
    package init(
        job: SigningJob, shares: [HeldShare], sharesUntil: SigningInstant?, reserved: [AttemptNumbers] = [],
        bound: [BoundSession] = [], hasReleased: Bool = false
    ) {
        guard let first = shares.first, let me = job.group.operator(of: first.seat) else {
            preconditionFailure("a share is checked against the key, which has as many seats as the group")
        }
        precondition(job.holds(shares.map(\.seat), me), "the shares are those of one operator")
        self.job = job
        self.me = me
        vaults = shares.sorted { $0.seat < $1.seat }
        seats = vaults.map(\.seat)
        self.sharesUntil = sharesUntil
        self.bound = bound
        self.hasReleased = hasReleased
        signatures = SignatureSet(job: job)
        for numbers in reserved {
            unreserved[numbers.instance] = max(unreserved[numbers.instance] ?? 0, numbers.numbers.upperBound)
        }
    }

    // MARK: - Inputs

    /// Begins the slot of an instance: asks for a marker, and then offers nonces without a request.
    package mutating func slotBegan(instance: UInt32) -> [Effect] {
        guard !isEnded, instances[instance] == nil, job.coordinator(ofInstance: instance) != nil else { return [] }
        let first = unreserved[instance] ?? 0
        instances[instance] = Instance(next: first, reserved: first, owing: Set(seats))
        return reserve(instance)
    }

    /// Takes note that the markers are on disk.
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

    /// Takes a coordinator's request for shares.
    package mutating func received(
        _ request: FrostRequest, from sender: EthereumAddress, at block: BlockNumber, now: SigningInstant,
        random: inout some SecureRandom
    ) -> [Effect] {
        observe(now)
        guard job.coordinator(ofInstance: request.instance) == sender else {
            return [.dropped(.notCoordinator, from: sender)]
        }
        let isHeld = heldUntil.map { block < $0 } ?? false
        if let drop = refusal(of: request, at: block, now: now) {
            let answer = instances[request.instance]?.answered[request.number]?.messages ?? []
            guard drop == .duplicate, !isHeld, !answer.isEmpty else { return [.dropped(drop, from: sender)] }
            // The answer was lost on its way, with the nonces that it offered. Those were renewed since, so the offers
            // are repeated too.
            return answer.map { .again($0, to: sender) } + offered(to: sender)
        }
        if isHeld || !hasNumbers(ours(in: request).count, request.instance) {
            instances[request.instance]?.waiting[request.number] = request
            return []
        }
        return answer(request, now: now, random: &random)
    }

    /// Takes a block, or the passing of time: waiting requests are checked again, old nonces are replaced.
    package mutating func advanced(
        to block: BlockNumber, now: SigningInstant, random: inout some SecureRandom
    ) -> [Effect] {
        observe(now)
        guard !isEnded else { return [] }
        var effects = retry(at: block, now: now, random: &random)
        for instance in instances.keys.sorted() {
            for (seat, ledger) in instances[instance]?.ledgers ?? [:] {
                if let due = ledger.renewalDue, due <= now { instances[instance]?.owing.insert(seat) }
            }
            effects += offer(instance, now: now, random: &random)
        }
        return effects
    }

    /// The nonces that a coordinator may have lost with a link: those that we still hold, as they were offered.
    package func offered(to coordinator: EthereumAddress) -> [Effect] {
        guard let instance = job.instance(of: coordinator), let state = instances[instance] else { return [] }
        return state.offers.filter { holds(any: $0) }.map { .again(.nonces($0), to: coordinator) }
    }

    /// Whether a message of ours may have to be sent again.
    package func mayRepeat(_ message: SigningMessage) -> Bool {
        guard case .nonces(let offer) = message else { return true }
        return holds(any: offer)
    }

    private func holds(any offer: FrostNonces) -> Bool {
        offer.entries.contains { instances[offer.instance]?.ledgers[$0.seat]?.holds($0.number) ?? false }
    }

    /// Holds back all shares before this block (§10.5). A later block given before stays in force.
    package mutating func holdShares(until block: BlockNumber) {
        heldUntil = max(heldUntil ?? block, block)
    }

    /// Sets the time until which a share may leave if no other block arrives; nil allows no share.
    package mutating func allowShares(until end: SigningInstant?) { sharesUntil = end }

    /// Takes signatures that were verified elsewhere; with the last one all nonces are wiped.
    package mutating func signed(_ signatures: SignatureSet) {
        self.signatures.adopt(signatures)
        if self.signatures.isComplete { ended() }
    }

    /// Drops every nonce and offers new ones, since this machine may exist twice or was stopped (N4).
    package mutating func forgetNonces(now: SigningInstant, random: inout some SecureRandom) -> [Effect] {
        observe(now)
        forgetNonces()
        return instances.keys.sorted().flatMap { offer($0, now: now, random: &random) }
    }

    /// Stops the release of shares: all nonces are wiped.
    package mutating func ended() {
        isEnded = true
        instances = [:]
    }

    /// The time at which ``advanced(to:now:random:)`` has a nonce to replace; nil if there is none.
    package var nextRenewal: SigningInstant? {
        instances.values.flatMap { $0.ledgers.values.compactMap(\.renewalDue) }.min()
    }

    // MARK: - Nonces

    // A clock that goes back shows that this machine was resumed or copied: its nonces may exist twice (N4).
    private mutating func observe(_ now: SigningInstant) {
        if let latest, now < latest { forgetNonces() }
        latest = now
        for instance in instances.keys {
            for seat in seats where instances[instance]?.ledgers[seat]?.expire(now: now) == true {
                instances[instance]?.owing.insert(seat)
            }
        }
    }

    private mutating func forgetNonces() {
        for instance in instances.keys {
            instances[instance]?.ledgers = [:]
            instances[instance]?.owing = Set(seats)
        }
    }

    private func hasNumbers(_ count: Int, _ instance: UInt32) -> Bool {
        instances[instance].map { $0.next + UInt32(count) <= $0.reserved } ?? false
    }

    // The coordinator of an instance takes its session numbers from its own markers, so that no session number repeats
    // after a restart.
    private mutating func reserve(_ instance: UInt32) -> [Effect] {
        guard var state = instances[instance], state.awaited == nil else { return [] }
        var count = max(Self.reservation, 4 * UInt32(vaults.count))
        if job.coordinator(ofInstance: instance) == me { count = max(count, UInt32(job.mostSessions)) }
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
        guard let owing = instances[instance]?.owing, !owing.isEmpty,
            let coordinator = job.coordinator(ofInstance: instance)
        else { return [] }
        guard let drawn = draw(instance, for: owing, now: now, random: &random) else { return reserve(instance) }
        instances[instance]?.owing = []
        let message = FrostNonces(job: job.id, instance: instance, entries: drawn.entries)
        var offers = instances[instance]?.offers.filter { holds(any: $0) } ?? []
        let parts = SigningMessage.nonces(message).parts
        for case .nonces(let part) in parts { offers.append(part) }
        instances[instance]?.offers = offers
        return parts.map { .send($0, to: coordinator) } + drawn.effects
    }

    private struct Drawn {
        // The entries by ascending seat.
        let entries: [FrostNonces.Entry]
        // A marker for the next numbers, where few are left.
        let effects: [Effect]
    }

    // Draws the nonces of the next numbers, one number a seat, for every input; nil without numbers with markers on
    // disk.
    private mutating func draw(
        _ instance: UInt32, for seats: Set<SeatNumber>, now: SigningInstant, random: inout some SecureRandom
    ) -> Drawn? {
        guard hasNumbers(seats.count, instance), var number = instances[instance]?.next else { return nil }
        var entries: [FrostNonces.Entry] = []
        for vault in vaults where seats.contains(vault.seat) {
            var slots: [any OneUseNonce] = []
            for (index, input) in job.inputs.enumerated() {
                var extra = job.id.bytes
                for value in [instance, number, UInt32(index)] { extra.append(bigEndian: value) }
                slots.append(
                    job.arithmetic.drawNonce(
                        share: vault.share, key: job.contexts[index].outputKey, message: input.message, extra: extra,
                        random: &random))
            }
            let seat = vault.seat
            instances[instance]?.ledgers[seat, default: NonceLedger()].keep(slots, number: number, drawn: now)
            entries.append(FrostNonces.Entry(seat: seat, number: number, nonces: slots.map(\.offered)))
            number += 1
        }
        instances[instance]?.next = number
        let left = (instances[instance]?.reserved ?? 0) - number
        // The next numbers are reserved early, so that an answer for every seat never has to wait for the disk.
        return Drawn(entries: entries, effects: left < max(4, UInt32(vaults.count)) ? reserve(instance) : [])
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

    // Step 2 of the signer in §11. A refused request costs no nonce.
    private func refusal(of request: FrostRequest, at block: BlockNumber, now: SigningInstant) -> SigningDrop? {
        guard !isEnded else { return .ended }
        guard block <= job.deadline else { return .late }
        guard let sharesUntil, now <= sharesUntil else { return .staleHead }
        guard block.adding(SigningJob.instanceBlocks) >= job.begin(ofInstance: request.instance) else { return .early }
        guard let instance = instances[request.instance] else { return .nonce }
        let digest = job.digest(of: request)
        let before = bound.filter { $0.instance == request.instance }
        let known =
            instance.answered[request.number]?.digest ?? instance.waiting[request.number].map(job.digest(of:))
            ?? before.first {
                $0.session == job.sessionID(instance: $0.instance, number: request.number, seats: $0.seats)
            }?.requestDigest
        if let known { return known == digest ? .duplicate : .secondRequest }
        guard before.count + instance.answered.count + instance.waiting.count < job.mostSessions else {
            return .tooManySessions
        }
        let seats = request.seats
        guard seats.count == job.key.threshold, Set(seats).count == seats.count,
            seats.allSatisfy({ job.group.operator(of: $0) != nil })
        else { return .members }
        let ours = ours(in: request)
        guard !ours.isEmpty else { return .members }
        guard ours.allSatisfy({ instance.ledgers[$0.vault.seat]?.holds($0.number) ?? false }) else {
            return .nonce
        }
        guard request.open.count == request.aggregates.count, request.open.count > 0,
            job.inputs.indices.allSatisfy({ request.open.contains($0) || signatures[$0] != nil }),
            request.open.indices.allSatisfy(job.inputs.indices.contains)
        else { return .openInputs }
        guard request.aggregates.allSatisfy(job.arithmetic.isAggregate) else { return .aggregate }
        return nil
    }

    // Our seats of a request by ascending seat, each with the number of the nonces that it must use.
    private func ours(in request: FrostRequest) -> [(vault: HeldShare, number: UInt32)] {
        vaults.compactMap { vault in
            request.members.first { $0.seat == vault.seat }.map { (vault, $0.number) }
        }
    }

    // Steps 3 and 4: take, compute, check, record, send. If a step fails, nothing is sent.
    private mutating func answer(
        _ request: FrostRequest, now: SigningInstant, random: inout some SecureRandom
    ) -> [Effect] {
        let ours = ours(in: request)
        let taken = ours.map { vault, number in
            guard let slots = instances[request.instance]?.ledgers[vault.seat]?.take(number) else {
                preconditionFailure("a request was checked to name nonces that we hold")
            }
            return (vault, slots)
        }
        let digest = job.digest(of: request)
        instances[request.instance]?.answered[request.number] = (digest, [])
        let shares: [[PartialSignature]]
        do {
            shares = try sign(request, taken)
        } catch {
            return [.broken(error, instance: request.instance, number: request.number)]
        }
        let next = draw(request.instance, for: Set(ours.map(\.vault.seat)), now: now, random: &random)
        guard let next else { preconditionFailure("a request waits until there are numbers for the next nonces") }
        hasReleased = true
        let base = UInt64(request.instance) * UInt64(AttemptNumbers.perInstance)
        let release = SigningRecord.Release(
            attempts: ours.map { base + UInt64($0.number) }, own: ours.map(\.vault.seat),
            session: job.sessionID(instance: request.instance, number: request.number, seats: request.seats),
            requestDigest: digest, seats: request.seats)
        let message = FrostShares(
            job: job.id, instance: request.instance, number: request.number, requestDigest: digest,
            entries: zip(next.entries, shares).map { next, shares in
                FrostShares.Entry(
                    seat: next.seat, shares: shares, nextNumber: next.number, nextNonces: next.nonces)
            })
        guard let coordinator = job.coordinator(ofInstance: request.instance) else {
            preconditionFailure("a request was checked to come from the coordinator")
        }
        let parts = SigningMessage.shares(message).parts
        instances[request.instance]?.answered[request.number] = (digest, parts)
        let sent = parts.map { Effect.send($0, to: coordinator) }
        return [.record(.releasing(release))] + sent + next.effects
    }

    // Each seat's shares for every open input, or no shares at all.
    private func sign(
        _ request: FrostRequest, _ taken: [(vault: HeldShare, slots: [any OneUseNonce])]
    ) throws(PartialSigningFailure) -> [[PartialSignature]] {
        let set = job.key.signerSet(of: request.seats)
        var shares: [[PartialSignature]] = []
        for (vault, slots) in taken {
            var made: [PartialSignature] = []
            for (input, aggregate) in zip(request.open.indices, request.aggregates) {
                let terms = job.terms(set, input: input)
                guard let share = try slots[input].sign(terms, aggregate: aggregate, share: vault.share) else {
                    preconditionFailure("nobody else takes these nonces")
                }
                made.append(share)
            }
            shares.append(made)
        }
        return shares
    }
}
