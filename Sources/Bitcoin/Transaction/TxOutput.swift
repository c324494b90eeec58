package import Primitives

/// An output: an amount, and the script that must be satisfied to spend it.
package struct TxOutput: Hashable, Sendable {
    /// The length of the shortest encoding: value and an empty script.
    static let minimumSize = 9

    /// The amount.
    package let value: Satoshis
    /// The output script, without its length.
    package let script: Script

    /// Makes an output from an amount and a script.
    package init(value: Satoshis, script: Script) {
        self.value = value
        self.script = script
    }

    init(from reader: inout ByteReader) throws(DecodingFailure) {
        guard let value = Satoshis(try reader.littleEndian(UInt64.self)) else { throw .value(field: "output value") }
        self.value = value
        script = Script(try reader.lengthPrefixed("output script"))
    }

    /// The value in 8 bytes, least significant first, and the script with its length in front.
    package var encoded: Bytes {
        var bytes = Bytes()
        append(to: &bytes)
        return bytes
    }

    func append(to bytes: inout Bytes) {
        bytes.append(littleEndian: value.rawValue)
        bytes.append(lengthPrefixed: script.bytes)
    }
}
