package import Coordination
package import Primitives

extension FrameClass {
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
    ///
    /// - Throws: ``FrameFailure`` for an unknown class, and for a length of 0 or above what the class allows.
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
    /// There is no such class.
    case frameClass(UInt8)
    /// The length is 0, or more than the class allows.
    case length(Int, FrameClass)

    /// The class that the bytes claim; nil where there is none of theirs.
    package var known: FrameClass? { if case .length(_, let frameClass) = self { frameClass } else { nil } }
}
