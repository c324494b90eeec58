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
                effects += send(message, to: [operator_], action: action, of: name)
            case .broadcast(let message):
                effects += send(
                    message, to: wallets[name].map { others($0.held.group) } ?? [], action: action, of: name)
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
        of name: WalletPublicKeyHash
    ) -> [NodeEffect] {
        guard let group = wallets[name]?.held.group else { return [] }
        let payload = message.encoded
        let raw = Envelope(
            Envelope.Content(
                domain: configuration.domain(of: action.window.index), wallet: name,
                coordinationBlock: action.window.start, seat: group.lowestSeat(of: configuration.me) ?? .none,
                kind: message.kind, payload: payload), sign: { signatures.sign($0) }
        ).encoded
        let intent: Intent?
        let isVolatile: Bool
        switch message {
        case .nonces(let nonces):
            intent = Intent.signing(
                job: nonces.job, instance: nonces.instance, number: nonces.entries.first?.number ?? 0, round: "nonces",
                content: sha256(payload))
            isVolatile = true
        case .shares(let shares):
            intent = Intent.signing(
                job: shares.job, instance: shares.instance, number: shares.number, round: round(of: shares, group),
                content: sha256(payload))
            isVolatile = true
        case .request:
            intent = nil
            isVolatile = true
        case .ready, .result:
            intent = nil
            isVolatile = false
        }
        return [
            .send(
                OutboxMessage(
                    recipients: recipients, kind: message.kind, envelope: raw, intent: intent, isVolatile: isVolatile,
                    expiry: action.expiry))
        ]
    }

    /// An answer is said once; where our seats are too many for one message, each part is named by its first seat.
    private func round(of shares: FrostShares, _ group: SigningGroup) -> String {
        let first = shares.entries.first?.seat ?? .none
        return first == group.lowestSeat(of: configuration.me) ? "share" : "share/\(first)"
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
