package import Primitives

/// What a leader proposes that the wallet do (coordination.md §7). Amounts are satoshi, hashes internal byte order.
///
/// Values are as they stand on the wire; whether they make sense is decided by the rules of wallet-actions.md §9.
package enum Proposal: Hashable, Sendable {
    /// Nothing is to be done.
    case noop
    /// Sign the window's message of 16 bytes.
    case heartbeat(message: Bytes)
    /// Gather deposits into the main UTXO.
    case depositSweep(deposits: [Deposit], fee: UInt64)
    /// Pay the requests of these output scripts (without their length byte).
    case redemption(scripts: [Bytes], fee: UInt64)
    /// Hand the wallet's bitcoin to the committed target wallets.
    case movingFunds(targets: [WalletPublicKeyHash], fee: UInt64)
    /// Take over an output that another wallet moved here.
    case movedFundsSweep(transaction: Hash32, outputIndex: UInt32, fee: UInt64)

    /// A revealed deposit as a proposal names it.
    package struct Deposit: Hashable, Sendable {
        package let transaction: Hash32
        package let outputIndex: UInt32
        package let revealBlock: BlockNumber

        /// Names a deposit by its funding output and the block of its reveal.
        package init(transaction: Hash32, outputIndex: UInt32, revealBlock: BlockNumber) {
            self.transaction = transaction
            self.outputIndex = outputIndex
            self.revealBlock = revealBlock
        }
    }

    /// Which action it proposes.
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
