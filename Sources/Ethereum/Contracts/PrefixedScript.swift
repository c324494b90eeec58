package import Primitives

/// An output script in the contracts' form: with its length in front (contracts.md §1.1).
///
/// The length is Bitcoin's CompactSize: one byte for every script that the Bridge accepts, more for one that it will
/// refuse. Everywhere else in this code a script is held without its length.
package struct PrefixedScript: ABIValue {
    package static let abiType = ABIType.bytes

    /// The script without its length.
    package let script: Bytes

    /// Takes a script without its length.
    package init(_ script: Bytes) { self.script = script }

    /// The length followed by the script.
    package var bytes: Bytes { compactSize(script.count) + script }

    /// Reads a `bytes`.
    ///
    /// - Throws: As ``ABIReader/bytes()`` does, and ``ABIFailure/scriptLength(_:)`` if the length in front is wrong.
    package init(from reader: inout ABIReader) throws(ABIFailure) {
        let bytes = try reader.bytes()
        let lengths: [UInt8: Int] = [0xfd: 3, 0xfe: 5]
        let script = Bytes(bytes.dropFirst(bytes.first.flatMap { lengths[$0] } ?? 1))
        guard compactSize(script.count) + script == bytes else { throw .scriptLength(bytes) }
        self.script = script
    }

    package func write(to writer: inout ABIWriter) { writer.bytes(bytes) }
}

private func compactSize(_ count: Int) -> Bytes {
    var bytes = Bytes()
    switch count {
    case ..<0xfd: bytes.append(UInt8(count))
    case ...0xffff:
        bytes.append(0xfd)
        bytes.append(littleEndian: UInt16(count))
    default:
        bytes.append(0xfe)
        bytes.append(littleEndian: UInt32(count))
    }
    return bytes
}
