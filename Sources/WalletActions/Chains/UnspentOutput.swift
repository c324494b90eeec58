package import Bitcoin

/// An unspent confirmed output.
package struct UnspentOutput: Hashable, Sendable {
    package let outPoint: OutPoint
    package let output: TxOutput
    package let height: UInt32

    /// Describes an unspent output.
    package init(outPoint: OutPoint, output: TxOutput, height: UInt32) {
        self.outPoint = outPoint
        self.output = output
        self.height = height
    }
}

/// The spender of an output, as the view shows it.
package enum OutputSpender: Hashable, Sendable {
    /// The output exists, and nothing spends it.
    case unspent
    /// A transaction spends it.
    case spent(by: LocatedTransaction)
    /// The sources agree that the output does not exist, or never was one that they can show.
    case noSuchOutput
}
