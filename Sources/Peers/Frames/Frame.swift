package import Coordination
package import Primitives

extension FrameClass {
    /// The most frames that wait for one peer.
    package var outLimit: Int {
        switch self {
        case .control: 64
        case .agreement: 256
        case .signing: 512
        case .status: 16
        }
    }

    /// The most received frames of one sender that wait.
    package var inLimit: Int {
        switch self {
        case .control: 64
        case .agreement: 64
        case .signing: 1_024
        case .status: 64
        }
    }
}

/// A frame on a link: `length (4) ‖ class (1) ‖ payload`. The length is that of class and payload
/// (docs/protocol/wire.md §6).
package struct Frame: Hashable, Sendable {
    package let frameClass: FrameClass
    package let payload: Bytes

    /// Describes a frame. A payload larger than its class allows is a bug of the caller.
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

    /// The result of parsing the bytes received so far.
    package enum Parsed: Hashable, Sendable {
        /// The frame is not complete yet.
        case incomplete
        /// A frame, with the number of its bytes.
        case frame(Frame, length: Int)
    }

    /// Reads the first frame of the bytes; the limits are checked before the rest of a frame is awaited.
    ///
    /// - Throws: ``FrameFailure`` for an unknown class, and for a length of 0 or above the limit of the class.
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

/// The reason that bytes are not a valid frame.
package enum FrameFailure: Error, Hashable, Sendable {
    /// The class is unknown.
    case frameClass(UInt8)
    /// The length is 0, or above the limit of the class.
    case length(Int, FrameClass)

    /// The class that the bytes claim; nil where it is unknown.
    package var known: FrameClass? { if case .length(_, let frameClass) = self { frameClass } else { nil } }
}
