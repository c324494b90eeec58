package import Coordination
package import Ethereum
package import Primitives

/// A question to the host chain. A read at a block reads exactly that block (wallet-actions.md §2).
package enum HostQuery: Hashable, Sendable {
    /// The block with this number on the chain that the watcher follows.
    case block(BlockNumber)
    /// The bytes that a contract returns for this call data; typed calls encode and decode
    /// (``ChainFacts/call(_:at:rule:)``).
    case call(HostContract, Bytes, at: BlockReference)
    /// Every `RedemptionRequested` of a wallet up to a block, in chain order, from a complete index.
    case redemptionRequests(WalletPublicKeyHash, upTo: BlockNumber)
    /// The transactions that the Bridge announced for a wallet (`DepositsSwept`, `RedemptionsCompleted`,
    /// `MovedFundsSwept`) up to a block, in chain order, from a complete index.
    case announcedTransactions(WalletPublicKeyHash, upTo: BlockNumber)

    /// The question for a typed call.
    package static func call(_ call: some HostCall, at block: BlockReference) -> HostQuery {
        .call(type(of: call).contract, call.encoded, at: block)
    }
}

extension HostQuery {
    /// Call data is hashed as a whole, since hashing it byte by byte would cost more than encoding it. Blocks and
    /// contracts are left out of the hash: questions asked together use only a few of them.
    package func hash(into hasher: inout Hasher) {
        switch self {
        case .block(let number):
            hasher.combine(0)
            hasher.combine(number)
        case .call(_, let data, let block):
            hasher.combine(block.number)
            data.withUnsafeBytes { hasher.combine(bytes: $0) }
        case .redemptionRequests(let wallet, let block):
            hasher.combine(2)
            hasher.combine(wallet)
            hasher.combine(block)
        case .announcedTransactions(let wallet, let block):
            hasher.combine(3)
            hasher.combine(wallet)
            hasher.combine(block)
        }
    }
}
