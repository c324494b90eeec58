package import Primitives

/// A fee rate in whole satoshi per virtual byte.
package struct FeeRate: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// Satoshi per virtual byte.
    package let satoshisPerVirtualByte: UInt64

    /// Wraps a rate.
    package init(satoshisPerVirtualByte: UInt64) { self.satoshisPerVirtualByte = satoshisPerVirtualByte }

    /// Reads bitcoin per 1,000 virtual bytes from its decimal text, the form of Bitcoin Core's estimates, and rounds up
    /// to whole satoshi per virtual byte (wallet-actions.md §6).
    ///
    /// - Throws: ``DecimalFailure`` for a text that is not a number, a minus sign, zero, or a rate of more than 64
    ///   bits.
    package init(bitcoinPerKilobyte text: some StringProtocol) throws(DecimalFailure) {
        // 10^8 satoshi a bitcoin, divided by 10^3 bytes.
        let (whole, hasRemainder) = try ExactDecimal(text).scaled(byPowerOfTen: 5)
        guard whole > 0 || hasRemainder else { throw .zero }
        let (rate, overflow) = whole.addingReportingOverflow(hasRemainder ? 1 : 0)
        guard !overflow else { throw .tooLarge }
        self.init(satoshisPerVirtualByte: rate)
    }

    /// The fee of a transaction of that size; nil if it exceeds the maximum supply of bitcoin.
    package func fee(vsize: UInt64) -> Satoshis? {
        let (fee, overflow) = satoshisPerVirtualByte.multipliedReportingOverflow(by: vsize)
        return overflow ? nil : Satoshis(fee)
    }

    package var description: String { "\(satoshisPerVirtualByte) sat/vB" }

    package static func < (left: FeeRate, right: FeeRate) -> Bool {
        left.satoshisPerVirtualByte < right.satoshisPerVirtualByte
    }
}
