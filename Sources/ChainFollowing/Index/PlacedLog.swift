package import Ethereum
package import Primitives

/// A log and its place on the chain, as a source returns it.
package struct PlacedLog: Hashable, Sendable {
    package let log: EventLog
    package let block: BlockNumber
    package let blockHash: Hash32
    /// The log's position among all logs of its block.
    package let logIndex: UInt64

    /// Makes a log with its place.
    package init(log: EventLog, block: BlockNumber, blockHash: Hash32, logIndex: UInt64) {
        self.log = log
        self.block = block
        self.blockHash = blockHash
        self.logIndex = logIndex
    }
}
