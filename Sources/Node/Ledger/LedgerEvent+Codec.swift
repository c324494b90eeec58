import Coordination
package import Primitives
import ThresholdSigning
import WalletActions

extension LedgerEvent {
    /// The kind byte of each event; stored, so never reused (docs/protocol/wire.md §7).
    private enum Kind: UInt8 {
        case booted = 1
        case reorganised = 2
        case windowSeeded = 3
        case envelopeKept = 4
        case voted = 5
        case proposalRepeated = 6
        case rejected = 7
        case searched = 8
        case handedOver = 9
        case ended = 10
        case fault = 11
        case faultDecided = 12
        case record = 13
        case attempt = 14
        case halted = 15
        case haltEnded = 16
        case signingEnded = 17
    }

    /// The canonical encoding: kind byte and fields, integers big-endian, texts and byte strings with their length.
    package var encoded: Bytes {
        var writer = EventWriter()
        switch self {
        case .booted(let bootNonce, let build):
            writer.begin(Kind.booted.rawValue)
            writer.bytes(bootNonce)
            writer.bytes(Bytes(build.utf8))
        case .reorganised(let ancestor, let depth):
            writer.begin(Kind.reorganised.rawValue)
            writer.block(ancestor)
            writer.number(depth)
        case .windowSeeded(let key, let seedHash):
            writer.begin(Kind.windowSeeded.rawValue, key)
            writer.fixed(seedHash)
        case .envelopeKept(let key, let signer, let envelope):
            writer.begin(Kind.envelopeKept.rawValue, key)
            writer.fixed(signer)
            writer.bytes(envelope)
        case .voted(let key, let vote, let envelope):
            writer.begin(Kind.voted.rawValue, key)
            writer.byte(vote.form == .proposal ? 1 : 2)
            writer.fixed(vote.digest)
            writer.bytes(vote.proposal.encoded)
            writer.block(vote.block)
            writer.number(UInt64(vote.agreementSeats))
            writer.bytes(envelope)
        case .proposalRepeated(let key, let digest, let envelope):
            writer.begin(Kind.proposalRepeated.rawValue, key)
            writer.fixed(digest)
            writer.bytes(envelope)
        case .rejected(let key, let failureClass, let envelope):
            writer.begin(Kind.rejected.rawValue, key)
            writer.byte(failureClass.byte)
            writer.bytes(envelope)
        case .searched(let key, let action, let note):
            writer.begin(Kind.searched.rawValue, key)
            writer.byte(action.rawValue)
            switch note {
            case .leftOut(let item, let rule):
                writer.byte(1)
                writer.fixed(item)
                writer.rule(rule)
            case .gaveNothing(let rule):
                writer.byte(2)
                writer.rule(rule)
            case .failed(let rule):
                writer.byte(3)
                writer.rule(rule)
            }
        case .handedOver(let key, let digest, let begin, let expiry):
            writer.begin(Kind.handedOver.rawValue, key)
            writer.fixed(digest)
            writer.number(begin.rawValue)
            writer.number(expiry.rawValue)
        case .ended(let key, let outcome):
            writer.begin(Kind.ended.rawValue, key)
            writer.outcome(outcome)
        case .fault(let fault):
            writer.begin(Kind.fault.rawValue)
            writer.fault(fault)
        case .faultDecided(let fault, let stands):
            writer.begin(Kind.faultDecided.rawValue)
            writer.fault(fault)
            writer.byte(stands ? 1 : 0)
        case .record(let record):
            writer.begin(Kind.record.rawValue)
            writer.bytes(record.encoded)
        case .attempt(let step):
            writer.begin(Kind.attempt.rawValue, step.window)
            writer.fixed(step.job)
            writer.number(step.attempt)
            writer.byte(step.step.order)
            if case .binding(let session, let request, let seats) = step.step {
                writer.fixed(session)
                writer.fixed(request)
                writer.number(UInt64(seats.count))
                for seat in seats { writer.seat(seat) }
            }
        case .signingEnded(let key, let job, let report):
            writer.begin(Kind.signingEnded.rawValue, key)
            writer.fixed(job)
            writer.bytes(report.encoded)
        case .halted(let wallet, let reason):
            writer.begin(Kind.halted.rawValue)
            writer.fixed(wallet)
            writer.rule(reason)
        case .haltEnded(let wallet):
            writer.begin(Kind.haltEnded.rawValue)
            writer.fixed(wallet)
        }
        return writer.encoded
    }

    /// Decodes the canonical encoding, and the encoding of an outcome `notSynced` without a rule, which older builds
    /// wrote.
    ///
    /// - Throws: ``DecodingFailure`` for every other byte string.
    package init(decoding bytes: Bytes) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        guard let kind = Kind(rawValue: try reader.byte()) else { throw .value(field: "event") }
        switch kind {
        case .booted: self = .booted(bootNonce: try reader.counted(), build: try reader.text())
        case .reorganised: self = .reorganised(ancestor: try reader.blockRead(), depth: try reader.bigEndian())
        case .windowSeeded: self = .windowSeeded(try reader.window(), seedHash: try reader.fixed())
        case .envelopeKept:
            self = .envelopeKept(try reader.window(), signer: try reader.fixed(), envelope: try reader.counted())
        case .voted:
            let key = try reader.window()
            let form: WindowMachine.Vote.Form
            switch try reader.byte() {
            case 1: form = .proposal
            case 2: form = .verdict
            default: throw .value(field: "vote")
            }
            let vote = WindowMachine.Vote(
                form: form, digest: try reader.fixed(), proposal: try Proposal(decoding: try reader.counted()),
                block: try reader.blockRead(), agreementSeats: try reader.count(below: 256))
            self = .voted(key, vote, envelope: try reader.counted())
        case .proposalRepeated:
            self = .proposalRepeated(try reader.window(), digest: try reader.fixed(), envelope: try reader.counted())
        case .rejected:
            let key = try reader.window()
            guard let failureClass = FailureClass(byte: try reader.byte()) else { throw .value(field: "class") }
            self = .rejected(key, failureClass, envelope: try reader.counted())
        case .searched:
            let key = try reader.window()
            guard let action = ActionKind(rawValue: try reader.byte()) else { throw .value(field: "action") }
            switch try reader.byte() {
            case 1: self = .searched(key, action, .leftOut(key: try reader.fixed(), try reader.rule()))
            case 2: self = .searched(key, action, .gaveNothing(try reader.rule()))
            case 3: self = .searched(key, action, .failed(try reader.rule()))
            default: throw .value(field: "note")
            }
        case .handedOver:
            self = .handedOver(
                try reader.window(), digest: try reader.fixed(), begin: try reader.writtenBlockNumber(),
                expiry: try reader.writtenBlockNumber())
        case .ended: self = .ended(try reader.window(), try reader.outcome())
        case .fault: self = .fault(try reader.fault())
        case .faultDecided: self = .faultDecided(try reader.fault(), stands: try reader.flag("stands"))
        case .record: self = .record(try ActionRecord(decoding: try reader.counted()))
        case .attempt:
            let window = try reader.window()
            let job: Hash32 = try reader.fixed()
            let attempt: UInt64 = try reader.bigEndian()
            let step: AttemptStep.Step
            switch try reader.byte() {
            case 1: step = .marker
            case 2:
                let session: Hash32 = try reader.fixed()
                let request: Hash32 = try reader.fixed()
                let count = try reader.count(below: UInt64(SigningGroup.maximumSeats) + 1)
                var seats: [SeatNumber] = []
                for _ in 0..<count { seats.append(SeatNumber(try reader.bigEndian())) }
                step = .binding(session: session, request: request, seats: seats)
            default: throw .value(field: "step")
            }
            self = .attempt(AttemptStep(window: window, job: job, attempt: attempt, step: step))
        case .signingEnded:
            self = .signingEnded(
                try reader.window(), job: try reader.fixed(), try SigningReport(decoding: try reader.counted()))
        case .halted: self = .halted(try reader.fixed(), reason: try reader.rule())
        case .haltEnded: self = .haltEnded(try reader.fixed())
        }
        try reader.finish()
    }
}

/// Writes the fields of events.
private struct EventWriter {
    private(set) var encoded = Bytes()

    mutating func begin(_ kind: UInt8) { encoded.append(kind) }

    mutating func begin(_ kind: UInt8, _ key: WindowKey) {
        encoded.append(kind)
        encoded.append(key.wallet)
        encoded.append(bigEndian: key.coordinationBlock.rawValue)
    }

    mutating func byte(_ byte: UInt8) { encoded.append(byte) }
    mutating func number(_ number: UInt64) { encoded.append(bigEndian: number) }
    mutating func seat(_ seat: SeatNumber) { encoded.append(bigEndian: seat.rawValue) }
    mutating func fixed(_ value: some FixedBytes) { encoded.append(value) }

    mutating func bytes(_ bytes: Bytes) { encoded.append(counted: bytes) }
    mutating func block(_ block: BlockReference) { encoded.append(block) }

    mutating func rule(_ rule: RuleID) { bytes(Bytes(rule.name.utf8)) }

    mutating func outcome(_ outcome: Outcome) {
        bytes(Bytes(outcome.code.utf8))
        if case .agreed(let action) = outcome {
            byte(1)
            byte(action.rawValue)
        } else if let rule = outcome.rule {
            byte(2)
            self.rule(rule)
        } else {
            byte(0)
        }
    }

    mutating func fault(_ fault: Fault) {
        byte(fault.kind.rawValue)
        fixed(fault.culprit)
        fixed(fault.wallet)
        number(fault.coordinationBlock.rawValue)
        bytes(Bytes((fault.rule?.name ?? "").utf8))
        number(UInt64(fault.evidence.count))
        for envelope in fault.evidence { bytes(envelope) }
    }
}

extension ByteReader {
    fileprivate mutating func text() throws(DecodingFailure) -> String {
        guard let text = String(validating: try counted(), as: UTF8.self) else { throw .value(field: "text") }
        return text
    }

    fileprivate mutating func window() throws(DecodingFailure) -> WindowKey {
        WindowKey(wallet: try fixed(), coordinationBlock: try writtenBlockNumber())
    }

    fileprivate mutating func rule() throws(DecodingFailure) -> RuleID {
        guard let rule = RuleID(outside: try text()) else { throw .value(field: "rule") }
        return rule
    }

    fileprivate mutating func flag(_ field: String) throws(DecodingFailure) -> Bool {
        switch try byte() {
        case 0: return false
        case 1: return true
        default: throw .value(field: field)
        }
    }

    fileprivate mutating func count(below limit: UInt64) throws(DecodingFailure) -> Int {
        let value = try bigEndian(UInt64.self)
        guard value < limit else { throw .length(field: "count", value: value) }
        return Int(value)
    }

    fileprivate mutating func outcome() throws(DecodingFailure) -> Outcome {
        let code = try text()
        switch try byte() {
        case 0:
            let plain: [Outcome] = [
                .executed, .actionExpired, .noAction, .leaderIdle, .noQuorum, .equivocation, .walletBusy, .missed,
                // Earlier builds named no rule.
                .notSynced(SyncReason.unnamed.id),
            ]
            guard let outcome = plain.first(where: { $0.code == code }) else { throw .value(field: "outcome") }
            return outcome
        case 1:
            guard code == OutcomeCode.agreed.rawValue, let action = ActionKind(rawValue: try byte()) else {
                throw .value(field: "outcome")
            }
            return .agreed(action)
        case 2:
            let rule = try rule()
            let ruled: [Outcome] = [.actionFailed(rule), .rejected(rule), .notSynced(rule), .error(rule)]
            guard let outcome = ruled.first(where: { $0.code == code }) else { throw .value(field: "outcome") }
            return outcome
        default: throw .value(field: "outcome")
        }
    }

    fileprivate mutating func fault() throws(DecodingFailure) -> Fault {
        guard let kind = FaultKind(rawValue: try byte()) else { throw .value(field: "fault") }
        let culprit: EthereumAddress = try fixed()
        let wallet: WalletPublicKeyHash = try fixed()
        let block = try writtenBlockNumber()
        let name = try text()
        let rule = RuleID(outside: name)
        guard rule != nil || name.isEmpty else { throw .value(field: "rule") }
        let count = try count(below: 3)
        var evidence: [Bytes] = []
        for _ in 0..<count { evidence.append(try counted()) }
        return Fault(
            kind: kind, culprit: culprit, wallet: wallet, coordinationBlock: block, rule: rule, evidence: evidence)
    }
}

extension FailureClass {
    fileprivate var byte: UInt8 {
        switch self {
        case .invalid: 1
        case .view: 2
        case .cannotTell: 3
        }
    }

    fileprivate init?(byte: UInt8) {
        switch byte {
        case 1: self = .invalid
        case 2: self = .view
        case 3: self = .cannotTell
        default: return nil
        }
    }
}
