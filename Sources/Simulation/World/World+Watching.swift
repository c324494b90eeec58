import Coordination
import Node
import Primitives
import WalletActions

/// What the monitor is told of besides what operators commit.
extension World {
    /// A machine took an input.
    func watch(_ input: NodeInput, _ effects: [NodeEffect], at node: SimulatedNode) throws(Violation) {
        guard case .received(let envelope, _) = input, !monitor.liars.isEmpty, node.number == node.index else { return }
        try at { () throws(Invariant.Breach) in
            try monitor.heard(
                envelope, effects, by: node.index, head: node.heard.last?.number, signatures: node.signatures)
        }
    }

    /// A node committed that it elected.
    func watch(_ event: LedgerEvent, of node: SimulatedNode) throws(Violation) {
        guard case .windowSeeded(let key, _) = event,
            let election = node.election(key)
        else { return }
        try at { () throws(Invariant.Breach) in try monitor.elected(election, key, by: node.index) }
    }

    /// A node puts a message of its outbox on the wire.
    func watch(leaving message: OutboxMessage, _ node: SimulatedNode) throws(Violation) {
        if let head = node.heard.last?.number, head > message.expiry {
            try at { () throws(Invariant.Breach) in
                try monitor.leftLate(message.envelope, by: node.index, head: head, expiry: message.expiry)
            }
        }
        try watch(leaving: message.envelope, node)
    }

    /// A node puts an envelope on the wire.
    func watch(leaving envelope: Bytes, _ node: SimulatedNode) throws(Violation) {
        // What a liar's second process says breaks no promise of its own.
        guard node.number == node.index else { return }
        try at { () throws(Invariant.Breach) in
            try monitor.left(envelope, by: node.index, head: node.heard.last?.number) { key in
                let windows = node.disk.ledger.windows
                // The state that a restart needs forgets windows long over; their rows stay in the ledger.
                let isForgotten = windows.keys.contains { $0.wallet == key.wallet && $0 > key }
                return node.disk.holds(envelope) && windows[key]?.tells(envelope) ?? isForgotten
            }
        }
    }
}

extension LedgerState.Window {
    /// Whether an envelope of our own belongs to what the window's rows say of our choices.
    fileprivate func tells(_ envelope: Bytes) -> Bool {
        vote?.envelope == envelope || repeated == envelope || rejects.contains { $0.envelope == envelope }
    }
}
