package import Primitives

/// A failure to read a text as a number in the expected unit and range.
package enum DecimalFailure: Error, Hashable, Sendable {
    /// The text is not a number by the grammar of JSON (RFC 8259).
    case syntax
    /// The number is negative.
    case negative
    /// The number is zero where a positive one is needed.
    case zero
    /// The number has digits below the smallest unit.
    case tooFine
    /// The number is too large for its unit.
    case tooLarge
}

/// A number read exactly from its decimal text, without binary floating point.
package struct ExactDecimal: Hashable, Sendable {
    /// Whether the text begins with a minus sign.
    package let isNegative: Bool
    /// The digits without the point, most significant first.
    private let digits: Bytes
    /// How many of the digits stand before the point; may be negative or beyond the last digit.
    private let pointPosition: Int

    /// The maximum length of a text in bytes.
    private static let maximumLength = 64

    /// Reads a number by the grammar of JSON.
    ///
    /// - Throws: ``DecimalFailure/syntax`` for every other text, and for one of more than 64 bytes.
    package init(_ text: some StringProtocol) throws(DecimalFailure) {
        var rest = ArraySlice(text.utf8)
        guard rest.count <= Self.maximumLength else { throw .syntax }
        isNegative = Self.skip(UInt8(ascii: "-"), in: &rest)
        let whole = Self.takeDigits(from: &rest)
        guard whole.count == 1 || (whole.count > 1 && whole[0] != 0) else { throw .syntax }
        var fraction = Bytes()
        if Self.skip(UInt8(ascii: "."), in: &rest) {
            fraction = Self.takeDigits(from: &rest)
            guard !fraction.isEmpty else { throw .syntax }
        }
        var exponent = 0
        if Self.skip(UInt8(ascii: "e"), in: &rest) || Self.skip(UInt8(ascii: "E"), in: &rest) {
            let isBelow = Self.skip(UInt8(ascii: "-"), in: &rest)
            if !isBelow { _ = Self.skip(UInt8(ascii: "+"), in: &rest) }
            let power = Self.takeDigits(from: &rest)
            guard !power.isEmpty else { throw .syntax }
            // The exponent is capped: beyond three digits every number is zero, too fine or too large.
            for digit in power { exponent = min(exponent * 10 + Int(digit), 999) }
            if isBelow { exponent.negate() }
        }
        guard rest.isEmpty else { throw .syntax }
        digits = whole + fraction
        pointPosition = whole.count + exponent
    }

    /// Whether every digit is 0.
    package var isZero: Bool { digits.allSatisfy { $0 == 0 } }

    /// The number times 10^power: its whole part, and whether there is a remainder.
    ///
    /// - Throws: ``DecimalFailure`` for a number with a minus sign, and for a whole part of more than 64 bits.
    package func scaled(byPowerOfTen power: Int) throws(DecimalFailure) -> (whole: UInt64, hasRemainder: Bool) {
        guard !isNegative else { throw .negative }
        guard !isZero else { return (0, false) }
        let point = pointPosition + power
        var whole: UInt64 = 0
        for position in 0..<max(0, point) {
            let digit = position < digits.count ? UInt64(digits[position]) : 0
            let (tenfold, overflow) = whole.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tenfold.addingReportingOverflow(digit)
            guard !overflow, !carry else { throw .tooLarge }
            whole = sum
        }
        return (whole, digits.dropFirst(max(0, point)).contains { $0 != 0 })
    }

    private static func skip(_ character: UInt8, in text: inout ArraySlice<UInt8>) -> Bool {
        guard text.first == character else { return false }
        text.removeFirst()
        return true
    }

    private static func takeDigits(from text: inout ArraySlice<UInt8>) -> Bytes {
        var digits = Bytes()
        while let character = text.first, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(character) {
            digits.append(character - UInt8(ascii: "0"))
            text.removeFirst()
        }
        return digits
    }
}

extension Satoshis {
    /// Reads an amount in bitcoin from its decimal text, as Bitcoin Core writes it; exact to the satoshi.
    ///
    /// - Throws: ``DecimalFailure`` for a text that is not a number, a minus sign, a fraction of a satoshi, or more
    ///   than 21·10^14 satoshi.
    package init(bitcoin text: some StringProtocol) throws(DecimalFailure) {
        let (whole, hasRemainder) = try ExactDecimal(text).scaled(byPowerOfTen: 8)
        guard !hasRemainder else { throw .tooFine }
        guard let amount = Satoshis(whole) else { throw .tooLarge }
        self = amount
    }

    /// The amount in bitcoin with eight decimals, as Bitcoin Core writes it.
    package var bitcoinText: String {
        let fraction = String(rawValue % 100_000_000)
        return "\(rawValue / 100_000_000)." + String(repeating: "0", count: 8 - fraction.count) + fraction
    }
}
