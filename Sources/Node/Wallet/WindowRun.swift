import Coordination
import Primitives

/// A window that is not over here, with our messages and charges in it. It is a box, so that its machine is changed in
/// place.
final class WindowRun {
    var machine: WindowMachine
    /// Our own envelopes, for repeats byte for byte.
    var own = OwnEnvelopes()
    /// Faults already charged, so that a repeated message charges no operator twice.
    var charged: Set<Charge> = []

    /// The envelopes that we sent in a window.
    struct OwnEnvelopes: Sendable, Equatable {
        var proposal: Bytes?
        var verdict: Bytes?
        var rejects: [Bytes] = []

        /// Our accept and our rejects.
        var verdicts: [Bytes] { [verdict].compactMap(\.self) + rejects }

        /// Whether one of our envelopes has the same content. The signature is not compared, since anyone can give a
        /// signature another form.
        func says(_ envelope: Envelope) -> Bool {
            ([proposal].compactMap(\.self) + verdicts).contains { own in
                let own = try? Envelope(decoding: own)
                return own?.kind == envelope.kind && own?.payload == envelope.payload
            }
        }
    }

    /// A fault without its evidence.
    struct Charge: Sendable, Hashable {
        let kind: FaultKind
        let culprit: EthereumAddress
        let rule: RuleID?

        /// Makes a charge from a fault, without the evidence.
        init(_ fault: Fault) {
            kind = fault.kind
            culprit = fault.culprit
            rule = fault.rule
        }
    }

    init(_ machine: WindowMachine, isHeadFresh: Bool) {
        self.machine = machine
        self.machine.isHeadFresh = isHeadFresh
    }

    var window: CoordinationWindow { machine.window }
    var profile: ProtocolProfile { machine.profile }
    var domain: Domain { machine.domain }
    var group: SigningGroup { machine.group }
    var election: Election? { machine.election }
}
