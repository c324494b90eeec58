/// Bitcoin's answer to a ``BitcoinQuery``; each case answers the query of the same name.
package enum BitcoinAnswer: Hashable, Sendable {
    case tip(BitcoinTip)
    /// nil: the sources agree that they do not know it.
    case transaction(LocatedTransaction?)
    case unspentOutputs([UnspentOutput])
    case spender(OutputSpender)
    case feeQuotes([FeeQuote])
}
