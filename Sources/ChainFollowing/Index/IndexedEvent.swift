package import Coordination
package import Ethereum
package import Primitives
package import WalletActions

/// An event of the Bridge that the index holds.
package struct IndexedEvent: Hashable, Sendable {
    /// The kind of event, with its fields.
    package enum Content: Hashable, Sendable {
        case redemptionRequested(RedemptionRequestedEvent)
        /// The Bridge announced that a transaction is proven; its hash in internal byte order.
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

    /// The request; nil for an event of another kind.
    package var request: RedemptionRequestedEvent? {
        if case .redemptionRequested(let request) = content { request } else { nil }
    }

    /// The hash of the announced transaction; nil for an event of another kind.
    package var announced: Hash32? {
        if case .announced(let transaction) = content { transaction } else { nil }
    }

    /// Decodes a log.
    ///
    /// - Throws: ``ABIFailure`` for every other event and for every encoding that is not canonical.
    package init(decoding placed: PlacedLog) throws(ABIFailure) {
        switch placed.log.topics.first {
        case Bridge.RedemptionRequested.type.topic:
            let event = try Bridge.RedemptionRequested(decoding: placed.log)
            wallet = WalletPublicKeyHash(event.wallet)
            content = .redemptionRequested(
                RedemptionRequestedEvent(
                    block: placed.block, logIndex: placed.logIndex, wallet: wallet,
                    script: event.redeemerOutputScript.script, redeemer: event.redeemer,
                    requestedAmount: event.requestedAmount, treasuryFee: event.treasuryFee,
                    txMaxFee: event.txMaxFee))
        case Bridge.DepositsSwept.type.topic:
            let event = try Bridge.DepositsSwept(decoding: placed.log)
            (wallet, content) = (WalletPublicKeyHash(event.wallet), .announced(event.transaction))
        case Bridge.RedemptionsCompleted.type.topic:
            let event = try Bridge.RedemptionsCompleted(decoding: placed.log)
            (wallet, content) = (WalletPublicKeyHash(event.wallet), .announced(event.transaction))
        case Bridge.MovedFundsSwept.type.topic:
            let event = try Bridge.MovedFundsSwept(decoding: placed.log)
            (wallet, content) = (WalletPublicKeyHash(event.wallet), .announced(event.transaction))
        default: throw .topics(placed.log.topics)
        }
        block = placed.block
        logIndex = placed.logIndex
    }
}
