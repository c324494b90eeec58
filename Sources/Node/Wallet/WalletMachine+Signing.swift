import Coordination
import Primitives
import ThresholdSigning
import WalletActions

extension WalletMachine {
    /// Turns the effects of a job's signers into the node's effects.
    mutating func perform(
        _ wanted: [SigningEffect], of job: FinishedJob, _ turn: inout NodeTurn<some SecureRandom>
    ) {
        let window = key(job.action.window.start)
        let id = job.run.machine.job.id
        var releases: [Hash32: SigningRecord.Release] = [:]
        for effect in wanted {
            switch effect {
            case .reserve(let numbers):
                for attempt in numbers.attempts {
                    turn.effects.append(
                        .record(.attempt(AttemptStep(window: window, job: id, attempt: attempt, step: .marker))))
                }
                let instance = LedgerState.AttemptKey(window: window, job: id, instance: numbers.instance)
                if let last = numbers.attempts.last { markers[instance] = max(markers[instance] ?? 0, last) }
                turn.effects.append(.confirm(CommitToken(wallet: wallet, job: id, numbers: numbers)))
            case .record(.releasing) where isLocked(job, turn):
                // Neither the share nor what would follow from it, such as our own signature, leaves this machine.
                return giveWay(&turn)
            case .record(.releasing(let release)):
                releases[release.requestDigest] = release
                if case .signing(_, let assembled, _) = state {
                    move(ActionRecord.ID(wallet: wallet, unsigned: assembled.unsignedID), to: .releasing, &turn)
                }
                let step = AttemptStep.Step.binding(
                    session: release.session, request: release.requestDigest, seats: release.seats)
                for attempt in release.attempts {
                    turn.effects.append(
                        .record(.attempt(AttemptStep(window: window, job: id, attempt: attempt, step: step))))
                }
            case .send(let message, let operator_): send(message, to: [operator_], job, releases, &turn)
            case .again(let message, let operator_):
                turn.effects.append(.echo(envelope(message, job), message.kind, to: [operator_]))
            case .broadcast(let message): send(message, to: others, job, releases, &turn)
            case .finished(let signatures, let seen):
                report(seen, of: job, &turn)
                complete(signatures, of: job, &turn)
            case .failed(let failure, let seen):
                report(seen, of: job, &turn)
                if case .signing(_, let assembled, _) = state { expire(assembled, &turn) }
                end(failure == .equivocation ? .equivocation : .actionExpired, &turn)
            case .broken:
                broken += 1
                if broken > 1 { return halt(.signingBroken, &turn) }
            case .dropped(let reason, let sender):
                turn.effects.append(.dropped(Drop(sender, reason: reason)))
            }
        }
    }

    /// Whether another record locks an input of a job's transaction (A3). None did when the action was prepared, but since
    /// then its transaction may have come to light, or the host chain may have taken blocks back.
    func isLocked(_ job: FinishedJob, _ turn: borrowing NodeTurn<some SecureRandom>) -> Bool {
        guard let assembled = job.unsigned, let head = turn.node.chain.head?.number else { return false }
        let margin = job.action.profile.signingMargin
        return records.values.contains { other in
            other.id.unsigned != assembled.unsignedID
                && assembled.inputs.contains { input in
                    input.outPoint.map { other.locks($0, at: head, signingMargin: margin) } ?? false
                }
        }
    }

    /// Ends the action under way, and drops the signers: no share of theirs leaves again, and no signature of theirs is used.
    mutating func giveWay(_ turn: inout NodeTurn<some SecureRandom>) {
        if case .signing(_, let assembled, _) = state { expire(assembled, &turn) }
        end(.actionFailed(ActionFailure.recordConflicted.id), &turn)
        if case .idle = state { state = .idle(answering: nil) }
    }

    /// Records this operator's observations of a job (threshold-signing.md §10.5): when the signers end, or when the
    /// action ends before them. If the signers end after the action, it records a second report.
    func report(_ seen: SigningReport, of job: FinishedJob, _ turn: inout NodeTurn<some SecureRandom>) {
        job.run.isReported = true
        let window = key(job.action.window.start)
        turn.effects.append(.record(.signingEnded(window, job: job.run.machine.job.id, seen)))
    }

    private func send(
        _ message: SigningMessage, to recipients: [EthereumAddress], _ job: FinishedJob,
        _ releases: [Hash32: SigningRecord.Release], _ turn: inout NodeTurn<some SecureRandom>
    ) {
        let raw = envelope(message, job)
        let isVolatile = message.kind.isVolatile
        if case .nonces = message {
            // A message that was renewed is never repeated.
            job.run.sent = job.run.sent.filter { job.run.machine.mayRepeat($0.key) }
        }
        if isVolatile { job.run.sent[message] = raw }
        turn.effects.append(
            .send(
                OutboxMessage(
                    recipients: recipients, kind: message.kind, envelope: raw,
                    intent: Self.intent(of: message, releases), expiry: job.action.expiry)))
    }

    /// The envelope of a message: the one in which it was sent before, if there is one.
    private func envelope(_ message: SigningMessage, _ job: FinishedJob) -> Bytes {
        job.run.sent[message] ?? envelope(message.kind, message.encoded, window: job.action.window)
    }

    /// The intent of a message that must not get a second content: a nonce, once offered, and whatever is signed with
    /// it. Both are named by the nonce number of their first seat, which is ours. A session's number belongs to its
    /// coordinator, who may use it twice.
    private static func intent(of message: SigningMessage, _ releases: [Hash32: SigningRecord.Release]) -> Intent? {
        let (instance, number, round): (UInt32, UInt32?, String)
        switch message {
        case .nonces(let offer): (instance, number, round) = (offer.instance, offer.entries.first?.number, "nonces")
        case .shares(let answer):
            let release = releases[answer.requestDigest]
            (instance, round) = (answer.instance, "share")
            number = answer.entries.first.flatMap { release?.nonceNumber(of: $0.seat) }
        case .request, .ready, .result: return nil
        }
        guard let number else { preconditionFailure("nonces are of a seat, and shares leave with their record") }
        return Intent.signing(
            job: message.job, instance: instance, number: number, round: round, content: sha256(message.encoded))
    }

    /// Takes a signing message in an authentic envelope: for the job that answers, or held for a job that has not begun
    /// here.
    mutating func receivedSigning(
        _ envelope: Envelope, from signer: EthereumAddress, _ turn: inout NodeTurn<some SecureRandom>
    ) {
        guard let head = turn.node.chain.head?.number else { return }
        let start = envelope.coordinationBlock
        if let job = state.answering, job.action.window.start == start {
            let wanted = job.run.machine.received(
                envelope.kind, payload: envelope.payload, from: signer, now: turn.now, random: &turn.random)
            return perform(wanted, of: job, &turn)
        }
        let isKnown = early.contains {
            $0.signer == signer && $0.kind == envelope.kind && $0.payload == envelope.payload
        }
        guard !isKnown else {
            turn.effects.append(.dropped(Drop(signer, kind: envelope.kind, reason: MessageDrop.duplicate)))
            return
        }
        guard early.count(where: { $0.signer == signer }) < HeldMessage.perSender else {
            turn.effects.append(.dropped(Drop(signer, kind: envelope.kind, reason: MessageDrop.tooMany)))
            return
        }
        early.append(
            HeldMessage(
                start: start, kind: envelope.kind, payload: envelope.payload, signer: signer, arrival: head))
    }

    /// Gives a job that has begun the messages that came before it.
    mutating func releaseEarly(_ job: FinishedJob, _ turn: inout NodeTurn<some SecureRandom>) {
        let held = early
        early = held.filter { $0.start != job.action.window.start }
        for message in held where message.start == job.action.window.start {
            let wanted = job.run.machine.received(
                message.kind, payload: message.payload, from: message.signer, now: turn.now, random: &turn.random)
            perform(wanted, of: job, &turn)
        }
    }
}
