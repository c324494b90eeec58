package import Coordination
package import Ethereum
package import Primitives

/// A log and its place on the chain, as a source answers it.
package struct PlacedLog: Hashable, Sendable {
    package let log: EventLog
    package let block: BlockNumber
    package let blockHash: Hash32
    /// The log's position among all logs of its block.
    package let logIndex: UInt64

    /// Places a log.
    package init(log: EventLog, block: BlockNumber, blockHash: Hash32, logIndex: UInt64) {
        self.log = log
        self.block = block
        self.blockHash = blockHash
        self.logIndex = logIndex
    }
}

/// An event of the Bridge that the index holds.
package struct IndexedEvent: Hashable, Sendable {
    /// What happened.
    package enum Content: Hashable, Sendable {
        case redemptionRequested(Bridge.RedemptionRequested)
        /// The Bridge announced a transaction as proven; its hash in internal byte order.
        case announced(Hash32)
    }

    package let wallet: WalletPublicKeyHash
    package let block: BlockNumber
    package let logIndex: UInt64
    package let content: Content

    /// The first topics of the events that the index holds.
    package static let topics: [Hash32] = [
        Bridge.RedemptionRequested.type.topic, Bridge.DepositsSwept.type.topic, Bridge.RedemptionsCompleted.type.topic,
        Bridge.MovedFundsSwept.type.topic,
    ]

    /// Decodes a log; refuses every other event and every encoding but the canonical one.
    package init(decoding placed: PlacedLog) throws(ABIFailure) {
        let name: Hash20
        switch placed.log.topics.first {
        case Bridge.RedemptionRequested.type.topic:
            let event = try Bridge.RedemptionRequested(decoding: placed.log)
            (name, content) = (event.wallet, .redemptionRequested(event))
        case Bridge.DepositsSwept.type.topic:
            let event = try Bridge.DepositsSwept(decoding: placed.log)
            (name, content) = (event.wallet, .announced(event.transaction))
        case Bridge.RedemptionsCompleted.type.topic:
            let event = try Bridge.RedemptionsCompleted(decoding: placed.log)
            (name, content) = (event.wallet, .announced(event.transaction))
        case Bridge.MovedFundsSwept.type.topic:
            let event = try Bridge.MovedFundsSwept(decoding: placed.log)
            (name, content) = (event.wallet, .announced(event.transaction))
        default: throw .topics(placed.log.topics)
        }
        wallet = WalletPublicKeyHash(name)
        block = placed.block
        logIndex = placed.logIndex
    }
}
