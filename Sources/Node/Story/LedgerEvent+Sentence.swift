import Coordination
import Primitives
import ThresholdSigning
import WalletActions

extension LedgerEvent {
    /// Describes the event in a few words, from the view of the ledger's operator. The text begins with the event's
    /// window, if it has one.
    package var sentence: String {
        switch self {
        case .booted: return "booted"
        case .reorganised(let ancestor, let depth): return "sees \(depth) blocks replaced after \(ancestor.number)"
        case .windowSeeded(let key, let hash): return "\(key.coordinationBlock) seeded by \(hash.hex.prefix(8))"
        case .envelopeKept(let key, let signer, let envelope):
            let kind = (try? Envelope(decoding: envelope))?.kind.name ?? "envelope"
            return "\(key.coordinationBlock) keeps a \(kind) of \(signer.hex.prefix(8))"
        case .voted(let key, let vote, _):
            return "\(key.coordinationBlock) votes \(vote.form) \(vote.digest.hex.prefix(8)) \(vote.proposal.action)"
        case .proposalRepeated(let key, let digest, _):
            return "\(key.coordinationBlock) proposes \(digest.hex.prefix(8)) too"
        case .rejected(let key, let failureClass, let envelope):
            let rule = (try? Envelope(decoding: envelope)).flatMap { try? Verdict(decoding: $0.payload) }
            guard case .reject(let id, _, _)? = rule?.answer else { return "\(key.coordinationBlock) rejects" }
            return "\(key.coordinationBlock) rejects (\(failureClass)) by \(id.name)"
        case .searched(let key, let action, let note):
            return "\(key.coordinationBlock) searched \(action): \(note.sentence)"
        case .handedOver(let key, let digest, let begin, let expiry):
            return "\(key.coordinationBlock) hands over \(digest.hex.prefix(8)), \(begin) to \(expiry)"
        case .ended(let key, let outcome):
            return "\(key.coordinationBlock) ended \(outcome.code) \(outcome.rule?.name ?? "")"
        case .fault(let fault):
            return "\(fault.coordinationBlock) charges \(fault.culprit.hex.prefix(8)) with \(fault.kind.name)"
        case .faultDecided(let fault, let stands):
            return "\(fault.coordinationBlock) \(fault.kind.name) of \(fault.culprit.hex.prefix(8)) "
                + (stands ? "stands" : "is dropped")
        case .record(let record):
            return "\(record.coordinationBlock) record \(record.id.unsigned.hex.prefix(8)) step \(record.step) "
                + "\(record.state.word), deadline \(record.deadline)"
        case .attempt(let step):
            let word = if case .binding = step.step { "binding" } else { "marker" }
            return "\(step.window.coordinationBlock) attempt \(step.attempt) \(word)"
        case .signingEnded(let key, _, let report): return "\(key.coordinationBlock) \(report.sentence)"
        case .halted(_, let reason): return "halted: \(reason.name)"
        case .haltEnded: return "goes on"
        }
    }
}

extension ActionRecord.State {
    fileprivate var word: String {
        switch self {
        case .prepared: "prepared"
        case .releasing: "releasing"
        case .signed: "signed"
        case .seen: "seen"
        case .mined(_, let height, _): "mined at \(height)"
        case .settled: "settled"
        case .proven: "proven"
        case .done: "done"
        case .conflicted: "conflicted"
        case .expired(let released): released ? "expired, released" : "expired"
        }
    }
}

extension SigningReport {
    /// States whether the job is signed, how many seats were ready, how many attempts were made, and which seats broke
    /// a rule.
    fileprivate var sentence: String {
        let tries = sessions.isEmpty ? "no session of ours" : "sessions of ours: \(sessions.count)"
        let seats = "\(ready.count) \(ready.count == 1 ? "seat" : "seats") ready"
        return "signing ends \(isSigned ? "signed" : "unsigned"): " + ([seats, tries] + blames).joined(separator: ", ")
    }

    /// The broken rule of each blamed seat of our instance, in the order of the seats.
    package var blames: [String] { blamed.sorted { $0.key < $1.key }.map { "seat \($0) \($1.sentence)" } }
}

extension SigningBlame {
    fileprivate var sentence: String {
        switch self {
        case .undecodableNonce(let number): "offers nonces that are not curve points (number \(number))"
        case .secondNonce(let number): "offers two different nonces under one number (\(number))"
        case .shareRange(let session): "answers session \(session) with a number that is not a scalar"
        case .badShare(let session, let input): "gives a bad share for input \(input) of session \(session)"
        }
    }
}

extension SearchNote {
    fileprivate var sentence: String {
        switch self {
        case .leftOut(let key, let rule): "leaves out \(key.hex.prefix(8)) (\(rule.name))"
        case .gaveNothing(let rule): "proposes nothing (\(rule.name))"
        case .failed(let rule): "cannot tell (\(rule.name))"
        }
    }
}
