import Coordination
import Primitives
import ThresholdSigning
import WalletActions

extension NodeMachine {
    /// Turns what a job's machines want into what the node wants.
    mutating func signing(
        _ wanted: [SigningEffect], of name: WalletPublicKeyHash, now: SigningInstant, random: inout some SecureRandom
    ) -> [NodeEffect] {
        guard let action = wallets[name]?.action ?? lastAction(of: name), let slot = signers[name],
            let job = slot.machine?.job.id
        else { return [] }
        let window = key(name, action.window.start)
        var effects: [NodeEffect] = []
        var releases: [Hash32: SigningRecord.Release] = [:]
        for effect in wanted {
            switch effect {
            case .reserve(let numbers):
                for attempt in numbers.attempts {
                    effects.append(
                        .record(.attempt(AttemptStep(window: window, job: job, attempt: attempt, step: .marker))))
                }
                let instance = LedgerState.AttemptKey(window: window, job: job, instance: numbers.instance)
                if let last = numbers.attempts.last { markers[instance] = max(markers[instance] ?? 0, last) }
                effects.append(.confirm(CommitToken(wallet: name, job: job, numbers: numbers)))
            case .record(.releasing(let release)):
                releases[release.requestDigest] = release
                if case .signing(let assembled)? = wallets[name]?.action?.stage {
                    effects += move(ActionRecord.ID(wallet: name, unsigned: assembled.unsignedID), to: .releasing)
                }
                let step = AttemptStep.Step.binding(
                    session: release.session, request: release.requestDigest, seats: release.seats)
                for attempt in release.attempts {
                    effects.append(
                        .record(.attempt(AttemptStep(window: window, job: job, attempt: attempt, step: step))))
                }
            case .send(let message, let operator_):
                effects += send(message, to: [operator_], action: action, of: name, releases)
            case .again(let message, let operator_):
                let raw = envelope(message, action: action, of: name)
                effects.append(.echo(raw, message.kind, to: [operator_]))
            case .broadcast(let message):
                effects += send(
                    message, to: wallets[name].map { others($0.held.group) } ?? [], action: action, of: name, releases)
            case .finished(let signatures, _): effects += complete(signatures, of: name)
            case .failed(let failure, _):
                if case .signing(let assembled)? = wallets[name]?.action?.stage {
                    effects += expire(assembled, of: name)
                }
                effects += end(failure == .equivocation ? .equivocation : .actionExpired, of: name)
            case .broken:
                slot.broken += 1
                if slot.broken > 1 { effects += halt(name, "signing.broken") }
            case .dropped(let reason, let sender):
                effects.append(.dropped(from: sender, nil, reason: "signing." + reason.rawValue))
            }
        }
        return effects
    }

    /// The action whose job is still answered although it has its outcome: who comes late learns the signatures.
    func lastAction(of name: WalletPublicKeyHash) -> ActionProgress? { wallets[name]?.lastAction }

    private func send(
        _ message: SigningMessage, to recipients: [EthereumAddress], action: ActionProgress,
        of name: WalletPublicKeyHash, _ releases: [Hash32: SigningRecord.Release]
    ) -> [NodeEffect] {
        let raw = envelope(message, action: action, of: name)
        let isVolatile: Bool
        switch message {
        case .nonces:
            // What was renewed is never said again.
            let slot = signers[name]
            slot?.sent = slot?.sent.filter { slot?.machine?.mayRepeat($0.key) ?? false } ?? [:]
            isVolatile = true
        case .shares, .request: isVolatile = true
        case .ready, .result: isVolatile = false
        }
        if isVolatile { signers[name]?.sent[message] = raw }
        return [
            .send(
                OutboxMessage(
                    recipients: recipients, kind: message.kind, envelope: raw, intent: intent(of: message, releases),
                    isVolatile: isVolatile, expiry: action.expiry))
        ]
    }

    /// The envelope of a message: the one in which it was sent before, if it was.
    private func envelope(_ message: SigningMessage, action: ActionProgress, of name: WalletPublicKeyHash) -> Bytes {
        if let sent = signers[name]?.sent[message] { return sent }
        let content = Envelope.Content(
            domain: configuration.domain(of: action.window.index), wallet: name,
            coordinationBlock: action.window.start,
            seat: wallets[name]?.held.group.lowestSeat(of: configuration.me) ?? .none, kind: message.kind,
            payload: message.encoded)
        return Envelope(content, sign: { signatures.sign($0) }).encoded
    }

    /// What must not get a second content: a nonce, once offered, and what is signed with it. Both are named by the nonce
    /// number of their first seat, which is ours; a session's number is its coordinator's, who may say it twice.
    private func intent(of message: SigningMessage, _ releases: [Hash32: SigningRecord.Release]) -> Intent? {
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

    /// A signing message in an authentic envelope: for the job under way, or held for one that has not begun here.
    mutating func receivedSigning(
        _ envelope: Envelope, from signer: EthereumAddress, now: SigningInstant, random: inout some SecureRandom
    ) -> [NodeEffect] {
        let name = envelope.wallet
        guard let slot = signers[name], let head = chain.head?.number else { return [] }
        let current = wallets[name]?.action ?? lastAction(of: name)
        if current?.window.start == envelope.coordinationBlock, slot.machine != nil {
            let wanted =
                slot.machine?.received(
                    envelope.kind, payload: envelope.payload, from: signer, now: now, random: &random) ?? []
            return signing(wanted, of: name, now: now, random: &random)
        }
        let isKnown = early.contains {
            $0.signer == signer && $0.kind.kind == envelope.kind && $0.kind.payload == envelope.payload
        }
        guard !isKnown else { return [.dropped(from: signer, envelope.kind, reason: "duplicate")] }
        guard early.count(where: { $0.signer == signer }) < EarlyMessage.perSender else {
            return [.dropped(from: signer, envelope.kind, reason: "too_many")]
        }
        early.append(
            EarlyMessage(
                envelope: key(name, envelope.coordinationBlock),
                kind: MessageCarrier(kind: envelope.kind, payload: envelope.payload), signer: signer, arrival: head))
        return []
    }

    /// Gives a job that began the messages that came before it.
    mutating func releaseEarly(
        of name: WalletPublicKeyHash, start: BlockNumber, now: SigningInstant, random: inout some SecureRandom
    ) -> [NodeEffect] {
        let held = early
        early = held.filter { $0.envelope != key(name, start) }
        var effects: [NodeEffect] = []
        for message in held where message.envelope == key(name, start) {
            let wanted =
                signers[name]?.machine?.received(
                    message.kind.kind, payload: message.kind.payload, from: message.signer, now: now, random: &random)
                ?? []
            effects += signing(wanted, of: name, now: now, random: &random)
        }
        return effects
    }
}
