package import Primitives

/// One line of a node's journal: an input of the machine or a message that it sent, so that a window can be replayed
/// (docs/protocol/wire.md §9).
///
/// The journal is not a ledger: no decision depends on it, and it is kept for a few windows only. It holds the wire
/// messages received and sent and the chains' answers. It holds no secret.
package enum JournalStep: Sendable {
    /// The process started with this nonce, as this build; the clock of the following lines starts anew.
    case started(bootNonce: Bytes, build: String)
    /// The machine's memory before the line that follows: a replay may begin here as at a start.
    case remembered(NodeMemory)
    /// The machine took an input.
    case told(NodeInput)
    /// The machine put an envelope into the outbox.
    case sent(Bytes)

    private static let startedKind: UInt8 = 0
    private static let sentKind: UInt8 = 32
    // 33 was a memory without the age of the head, 34 one without the boot nonce.
    private static let rememberedKind: UInt8 = 35

    /// The kinds that this build writes and reads: the first byte of each line. The bytes of removed kinds stay unused.
    package static let kinds = [startedKind] + NodeInput.kinds + [sentKind, rememberedKind]

    /// The canonical encoding: that of the input, or another kind byte and its fields.
    package var encoded: Bytes {
        var bytes = Bytes()
        switch self {
        case .started(let bootNonce, let build):
            bytes.append(Self.startedKind)
            bytes.append(counted: bootNonce)
            bytes.append(counted: Bytes(build.utf8))
        case .remembered(let memory):
            bytes.append(Self.rememberedKind)
            memory.append(to: &bytes)
        case .told(let input): bytes = input.encoded
        case .sent(let envelope):
            bytes.append(Self.sentKind)
            bytes.append(counted: envelope)
        }
        return bytes
    }

    /// Decodes the canonical encoding.
    ///
    /// - Throws: ``DecodingFailure`` for every other byte string.
    package init(decoding bytes: Bytes) throws(DecodingFailure) {
        var reader = ByteReader(bytes)
        switch bytes.first {
        case Self.startedKind:
            _ = try reader.byte()
            let nonce = try reader.counted()
            guard let build = String(validating: try reader.counted(), as: UTF8.self) else {
                throw .value(field: "build")
            }
            self = .started(bootNonce: nonce, build: build)
        case Self.rememberedKind:
            _ = try reader.byte()
            self = .remembered(try NodeMemory(from: &reader))
        case Self.sentKind:
            _ = try reader.byte()
            self = .sent(try reader.counted())
        default:
            self = .told(try NodeInput(decoding: bytes))
            return
        }
        try reader.finish()
    }
}

/// A line of the journal in its place.
package struct JournalEntry: Hashable, Sendable {
    /// The last event of the ledger before it; 0 for none.
    package let after: UInt64
    /// The host chain's head at the node at that time.
    package let block: BlockNumber
    /// The time in milliseconds of the process's own clock.
    package let time: UInt64
    /// The encoding of the step.
    package let body: Bytes

    /// The kind byte of a line that another build wrote and this one cannot read; nil for every other line.
    package var unreadKind: UInt8? { body.first.flatMap { JournalStep.kinds.contains($0) ? nil : $0 } }

    /// Describes a line.
    package init(after: UInt64, block: BlockNumber, time: UInt64, body: Bytes) {
        self.after = after
        self.block = block
        self.time = time
        self.body = body
    }
}
