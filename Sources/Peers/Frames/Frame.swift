package import Coordination
package import Primitives

/// The classes of frames, each with its limits (durability-and-events.md §7). The raw value is the class byte.
package enum FrameClass: UInt8, Hashable, Sendable, CaseIterable {
    case control = 1
    case agreement = 2
    case signing = 3
    case status = 4

    /// The class that carries a kind of envelope.
    package init(_ kind: MessageKind) {
        switch kind {
        case .proposal, .verdict, .signReady: self = .agreement
        case .frostNonces, .frostRequest, .frostShares, .signResult: self = .signing
        case .status: self = .status
        }
    }

    /// The bytes of the largest payload.
    package var largestPayload: Int {
        switch self {
        case .control: 4 * 1024
        case .agreement: 64 * 1024
        case .signing: 128 * 1024
        case .status: 8 * 1024
        }
    }

    /// How many frames wait for one peer at most.
    package var outLimit: Int {
        switch self {
        case .control: 64
        case .agreement: 256
        case .signing: 512
        case .status: 16
        }
    }

    /// How many received frames of one sender wait at most.
    package var inLimit: Int {
        switch self {
        case .control: 64
        case .agreement: 64
        case .signing: 1_024
        case .status: 64
        }
    }
}

/// What goes over a link: `length (4) ‖ class (1) ‖ payload`, the length that of class and payload
/// (docs/protocol/wire.md §6).
package struct Frame: Hashable, Sendable {
    package let frameClass: FrameClass
    package let payload: Bytes

    /// Describes a frame; a payload beyond its class is a bug of the caller.
    package init(_ frameClass: FrameClass, _ payload: Bytes) {
        precondition(payload.count <= frameClass.largestPayload, "a frame keeps its class")
        self.frameClass = frameClass
        self.payload = payload
    }

    /// The encoding.
    package var encoded: Bytes {
        var bytes = Bytes()
        bytes.append(bigEndian: UInt32(payload.count + 1))
        bytes.append(frameClass.rawValue)
        return bytes + payload
    }

    /// What the bytes received so far begin with.
    package enum Parsed: Hashable, Sendable {
        /// Not all of the frame is here.
        case incomplete
        /// A frame, and how many bytes it took.
        case frame(Frame, length: Int)
    }

    /// Reads the first frame of the bytes; the limits are judged before anything is waited for.
    package static func parse(_ bytes: some Collection<UInt8>) throws(FrameFailure) -> Parsed {
        guard bytes.count >= 5 else { return .incomplete }
        let header = Bytes(bytes.prefix(5))
        let length = header[..<4].reduce(0) { $0 << 8 | Int($1) }
        guard let frameClass = FrameClass(rawValue: header[4]) else { throw .frameClass(header[4]) }
        guard length >= 1, length - 1 <= frameClass.largestPayload else { throw .length(length, frameClass) }
        guard bytes.count >= 4 + length else { return .incomplete }
        let payload = Bytes(bytes.dropFirst(5).prefix(length - 1))
        return .frame(Frame(frameClass, payload), length: 4 + length)
    }
}

/// Why bytes are no frame.
package enum FrameFailure: Error, Hashable, Sendable {
    case frameClass(UInt8)
    case length(Int, FrameClass)
}
