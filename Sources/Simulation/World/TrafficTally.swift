package import Coordination
import Primitives

/// The traffic that operators put on their links, by the kind of message.
package struct TrafficTally: Hashable, Sendable {
    /// The traffic of one kind.
    package struct Part: Hashable, Sendable {
        package var messages: UInt64 = 0
        package var bytes: UInt64 = 0
    }

    /// By the kind byte; bytes that are not an envelope of a known kind are counted under 0.
    private var parts = [Part](repeating: Part(), count: 32)

    /// Starts empty.
    package init() {}

    /// The traffic of a kind.
    package subscript(kind kind: MessageKind) -> Part { parts[Int(kind.rawValue)] }

    /// Counts an envelope on its way to one recipient.
    mutating func count(_ envelope: Bytes) {
        let kind = envelope.kindByte < parts.count ? Int(envelope.kindByte) : 0
        parts[kind].messages += 1
        parts[kind].bytes += UInt64(envelope.count)
    }

    /// Adds the counts of another run.
    package mutating func add(_ other: TrafficTally) {
        for place in parts.indices {
            parts[place].messages += other.parts[place].messages
            parts[place].bytes += other.parts[place].bytes
        }
    }
}
