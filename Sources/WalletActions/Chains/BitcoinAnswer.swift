/// What Bitcoin says to a ``BitcoinQuery``, case by case.
package enum BitcoinAnswer: Hashable, Sendable {
    case tip(BitcoinTip)
    /// nil: the sources agree not to know it.
    case transaction(LocatedTransaction?)
    case unspentOutputs([UnspentOutput])
    case spender(OutputSpender)
    case feeQuotes([FeeQuote])
}
