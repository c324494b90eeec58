import Coordination
import Node
import Primitives
import WalletActions

/// Reports to the monitor, besides the events that operators commit.
extension World {
    /// Reports an input of a machine.
    func watch(_ input: NodeInput, _ effects: [NodeEffect], at node: SimulatedNode) throws(Violation) {
        guard case .received(let envelope, _) = input, !monitor.liars.isEmpty, node.number == node.index else { return }
        try at { () throws(Invariant.Breach) in
            try monitor.heard(
                envelope, effects, by: node.index, head: node.heard.last?.number, signatures: node.signatures)
        }
    }

    /// Reports a committed election of a node.
    func watch(_ event: LedgerEvent, of node: SimulatedNode) throws(Violation) {
        guard case .windowSeeded(let key, _) = event,
            let election = node.election(key)
        else { return }
        try at { () throws(Invariant.Breach) in try monitor.elected(election, key, by: node.index) }
    }

    /// Reports an outbox message that a node puts on the wire.
    func watch(leaving message: OutboxMessage, _ node: SimulatedNode) throws(Violation) {
        if let head = node.heard.last?.number, head > message.expiry {
            try at { () throws(Invariant.Breach) in
                try monitor.leftLate(message.envelope, by: node.index, head: head, expiry: message.expiry)
            }
        }
        try watch(leaving: message.envelope, node)
    }

    /// Reports an envelope that a node puts on the wire.
    func watch(leaving envelope: Bytes, _ node: SimulatedNode) throws(Violation) {
        // Messages of a liar's second process break no promise of its own.
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
    /// Whether an envelope of our own belongs to the choices in the window's rows.
    fileprivate func tells(_ envelope: Bytes) -> Bool {
        vote?.envelope == envelope || repeated == envelope || rejects.contains { $0.envelope == envelope }
    }
}
