/// The kind of an envelope's payload (coordination.md §6, threshold-signing.md §10.7). The raw value is the kind byte.
///
/// All other properties of a kind are in its ``row`` and nowhere else.
package enum MessageKind: UInt8, Hashable, Sendable, CaseIterable {
    case proposal = 1
    case verdict = 2
    case status = 3
    case signReady = 16
    case frostNonces = 17
    case frostRequest = 18
    case frostShares = 19
    case signResult = 20

    /// The fixed properties of a kind of message.
    private struct Row {
        let name: String
        let frameClass: FrameClass
        let largestEnvelope: Int
        let durability: Durability
        let scope: MessageScope.Kind

        init(
            _ name: String, _ frameClass: FrameClass, _ largestEnvelope: Int, _ durability: Durability,
            _ scope: MessageScope.Kind
        ) {
            self.name = name
            self.frameClass = frameClass
            self.largestEnvelope = largestEnvelope
            self.durability = durability
            self.scope = scope
        }
    }

    /// The table of kinds (docs/protocol/wire.md §5).
    private var row: Row {
        switch self {
        case .proposal: Row("proposal", .agreement, 64 << 10, .drawn, .window)
        case .verdict: Row("verdict", .agreement, Envelope.overhead + 512, .pure, .window)
        case .status: Row("status", .status, 8 << 10, .pure, .node)
        case .signReady: Row("sign/ready", .agreement, 64 << 10, .pure, .wallet)
        case .frostNonces: Row("frost/nonces", .signing, 128 << 10, .volatile, .wallet)
        case .frostRequest: Row("frost/request", .signing, 128 << 10, .volatile, .wallet)
        case .frostShares: Row("frost/shares", .signing, 128 << 10, .volatile, .wallet)
        case .signResult: Row("sign/result", .signing, 128 << 10, .pure, .wallet)
        }
    }

    /// The name that is hashed into the signed data.
    package var name: String { row.name }

    /// The class of the frames that carry this kind. In a frame of another class it is malformed.
    package var frameClass: FrameClass { row.frameClass }

    /// The size in bytes of the largest envelope of this kind (durability-and-events.md §7).
    package var largestEnvelope: Int { row.largestEnvelope }

    /// The size in bytes of the largest payload, which fits the largest envelope.
    package var largestPayload: Int { row.largestEnvelope - Envelope.overhead }

    /// The durability of its messages across a restart.
    package var durability: Durability { row.durability }

    /// The scope to which its messages belong.
    package var scope: MessageScope.Kind { row.scope }

    /// Whether a message of this kind is volatile: it is never sent after a restart, nor when its condition for sending
    /// may have ended (durability-and-events.md DU7).
    package var isVolatile: Bool { row.durability == .volatile }

    /// The durability of the messages of a kind across a restart (durability-and-events.md DU7).
    package enum Durability: String, Hashable, Sendable {
        /// The message is made again from committed state, always the same.
        case pure
        /// Its bytes are stored before they are sent the first time, and repeats send the same bytes.
        case drawn
        /// The message is repeated within the process only, byte for byte.
        case volatile
    }
}
