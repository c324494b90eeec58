import Coordination
import Primitives

/// A window that is not over here, with what we said and whom we charged in it: a box, so that its machine is changed where
/// it is.
final class WindowRun {
    var machine: WindowMachine
    /// Our own envelopes, to be repeated byte for byte.
    var own = OwnEnvelopes()
    /// Faults that were charged, so that a repeated message charges nobody twice.
    var charged: Set<Charge> = []

    /// What we sent in a window.
    struct OwnEnvelopes: Sendable, Equatable {
        var proposal: Bytes?
        var verdict: Bytes?
        var rejects: [Bytes] = []

        /// Our accept and our rejects.
        var verdicts: [Bytes] { [verdict].compactMap(\.self) + rejects }

        /// Whether we said the same in an envelope of ours; its signature does not count, since anybody can give a
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

        /// Leaves the evidence out.
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
