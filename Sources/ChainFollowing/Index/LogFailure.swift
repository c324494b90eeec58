package import Ethereum
package import Primitives

/// The reason for which an answer with logs is refused.
package enum LogFailure: Error, Hashable, Sendable {
    /// A log is of another contract than the one asked for.
    case address(EthereumAddress)
    /// A log is of a block that was not asked for.
    case block(BlockNumber, Hash32)
    /// The log at this place does not come after the log before it.
    case order(BlockNumber, logIndex: UInt64)
    /// The log at this place is not one of the events asked for, or it is not in canonical form.
    case malformed(BlockNumber, logIndex: UInt64, ABIFailure)
}
