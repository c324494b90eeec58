package import Ethereum
package import Primitives

/// Why an answer to a question for logs is not taken.
package enum LogFailure: Error, Hashable, Sendable {
    /// A log of another contract than asked for.
    case address(EthereumAddress)
    /// A log of a block that was not asked for.
    case block(BlockNumber, Hash32)
    /// The log at this place does not come after the one before it.
    case order(BlockNumber, logIndex: UInt64)
    /// The log at this place is none of the events asked for, or not in canonical form.
    case malformed(BlockNumber, logIndex: UInt64, ABIFailure)
}
