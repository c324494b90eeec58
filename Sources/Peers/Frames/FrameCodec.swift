import NIOCore
import Primitives

/// Splits the byte stream of a link into frames; a frame that breaks the limit of its class ends the link.
struct FrameDecoder: NIOSingleStepByteToMessageDecoder {
    typealias InboundOut = Frame

    mutating func decode(buffer: inout ByteBuffer) throws -> Frame? {
        switch try Frame.parse(buffer.readableBytesView) {
        case .incomplete: return nil
        case .frame(let frame, let length):
            buffer.moveReaderIndex(forwardBy: length)
            return frame
        }
    }

    mutating func decodeLast(buffer: inout ByteBuffer, seenEOF: Bool) throws -> Frame? { try decode(buffer: &buffer) }
}

/// Writes frames into the byte stream of a link.
struct FrameEncoder: MessageToByteEncoder {
    func encode(data: Frame, out: inout ByteBuffer) throws { out.writeBytes(data.encoded) }
}
