package import Coordination
package import Primitives

/// A message that leaves from the outbox (durability-and-events.md DU5 to DU7).
package struct OutboxMessage: Hashable, Sendable {
    /// The recipients; each gets the message at least once.
    package let recipients: [EthereumAddress]
    package let kind: MessageKind
    /// The envelope, exactly as it is sent.
    package let envelope: Bytes
    /// The purpose of the message without its content: a second content for it is refused. nil for messages that may
    /// repeat.
    package let intent: Intent?
    /// The last host block at which sending it makes sense.
    package let expiry: BlockNumber

    /// Describes a message.
    package init(
        recipients: [EthereumAddress], kind: MessageKind, envelope: Bytes, intent: Intent?, expiry: BlockNumber
    ) {
        self.recipients = recipients
        self.kind = kind
        self.envelope = envelope
        self.intent = intent
        self.expiry = expiry
    }
}

extension OutboxMessage {
    /// Whether only the digest is stored: never sent after a restart (nonces, requests and shares).
    package var isVolatile: Bool { kind.isVolatile }

    /// The same message for other recipients.
    package func saying(to recipients: [EthereumAddress]) -> OutboxMessage {
        OutboxMessage(recipients: recipients, kind: kind, envelope: envelope, intent: intent, expiry: expiry)
    }

    /// The wallet of its envelope; nil for a status, and for bytes that are not an envelope.
    package var wallet: WalletPublicKeyHash? {
        EnvelopeHeader(envelope).flatMap { $0.wallet == .none ? nil : $0.wallet }
    }
}

/// A stored message with its row id.
package struct OutboxRow: Hashable, Sendable {
    package let id: UInt64
    package let message: OutboxMessage

    /// Describes a row.
    package init(id: UInt64, message: OutboxMessage) {
        self.id = id
        self.message = message
    }
}
