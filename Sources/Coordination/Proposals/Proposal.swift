package import Primitives

/// A leader's proposal for the wallet (coordination.md §7). Amounts are satoshi, hashes internal byte order.
///
/// Values are as they are on the wire. The rules of wallet-actions.md §9 decide whether they are valid.
package enum Proposal: Hashable, Sendable {
    /// A no-op: there is nothing to do.
    case noop
    /// Sign the window's message of 16 bytes.
    case heartbeat(message: Bytes)
    /// Sweep deposits into the main UTXO.
    case depositSweep(deposits: [Deposit], fee: UInt64)
    /// Pay the requests of these output scripts (without their length byte).
    case redemption(scripts: [Bytes], fee: UInt64)
    /// Move the wallet's bitcoin to the committed target wallets.
    case movingFunds(targets: [WalletPublicKeyHash], fee: UInt64)
    /// Sweep an output that another wallet moved to this one.
    case movedFundsSweep(transaction: Hash32, outputIndex: UInt32, fee: UInt64)

    /// A revealed deposit as a proposal refers to it.
    package struct Deposit: Hashable, Sendable {
        package let transaction: Hash32
        package let outputIndex: UInt32
        package let revealBlock: BlockNumber

        /// Refers to a deposit by its funding output and the block of its reveal.
        package init(transaction: Hash32, outputIndex: UInt32, revealBlock: BlockNumber) {
            self.transaction = transaction
            self.outputIndex = outputIndex
            self.revealBlock = revealBlock
        }
    }

    /// The proposed action.
    package var action: ActionKind {
        switch self {
        case .noop: .noop
        case .heartbeat: .heartbeat
        case .depositSweep: .depositSweep
        case .redemption: .redemption
        case .movingFunds: .movingFunds
        case .movedFundsSweep: .movedFundsSweep
        }
    }
}
