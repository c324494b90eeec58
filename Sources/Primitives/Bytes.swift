/// A byte string in memory. Never for secrets: those live in ``SecretBytes``.
@usableFromInline
package typealias Bytes = [UInt8]

/// Why a text is no hexadecimal byte string.
package enum HexFailure: Error, Hashable, Sendable {
    /// The text has an odd number of digits (without `0x`).
    case oddLength(Int)
    /// The character at this offset (without `0x`) is no hexadecimal digit.
    case notADigit(offset: Int)
    /// The text stands for another number of bytes than asked for.
    case wrongLength(expected: Int, actual: Int)
}

extension Array where Element == UInt8 {
    /// Reads a hexadecimal text of any letter case, with or without `0x` in front.
    package init(hex text: some StringProtocol) throws(HexFailure) {
        var digits = text.utf8[...]
        if text.hasPrefix("0x") || text.hasPrefix("0X") { digits = digits.dropFirst(2) }
        guard digits.count.isMultiple(of: 2) else { throw .oddLength(digits.count) }
        var bytes = Bytes()
        bytes.reserveCapacity(digits.count / 2)
        var high: UInt8?
        for (offset, digit) in digits.enumerated() {
            guard let value = hexDigitValue(digit) else { throw .notADigit(offset: offset) }
            if let upper = high {
                bytes.append(upper << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        self = bytes
    }
}

extension Sequence where Element == UInt8 {
    /// The bytes as lower-case hexadecimal text, without `0x`.
    package var hex: String {
        let digits = Array("0123456789abcdef".utf8)
        var text = Bytes()
        text.reserveCapacity(underestimatedCount * 2)
        for byte in self {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// The bytes as lower-case hexadecimal text with `0x` in front, as Ethereum JSON-RPC writes them.
    package var prefixedHex: String { "0x" + hex }
}

private func hexDigitValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
}
