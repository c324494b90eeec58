package import Coordination
package import Primitives
package import ThresholdSigning
package import WalletActions

/// One operator's node: windows, actions and signing of all its wallets, joined.
///
/// Pure: chains, peers, disk, clock and randomness are inputs and effects. The daemon and the simulator drive the same
/// machine. It holds one-time secrets through its signers, so it is noncopyable and has no snapshot of its own: what
/// a restart needs is in the ledger (``LedgerState``), and signers are made anew.
package struct NodeMachine: ~Copyable {
    package let configuration: NodeConfiguration
    let signatures: any OperatorSignatures
    let shares: [WalletPublicKeyHash: SecretShare]
    /// The followed host chain's last blocks.
    package internal(set) var chain: RecentChain
    var wallets: [WalletPublicKeyHash: WalletState] = [:]
    var signers: [WalletPublicKeyHash: SigningSlot] = [:]
    /// Signing messages of jobs that have not begun here: the sender may be ahead of us.
    var early: [EarlyMessage] = []
    var markers: [LedgerState.AttemptKey: UInt32]
    /// The operators to whom a link stands.
    package internal(set) var connected: Set<EthereumAddress> = []
    /// The newest status of each operator.
    package internal(set) var statuses: [EthereumAddress: Status] = [:]
    var statusCounter: UInt64 = 0
    /// Whether the node begins nothing new, since it is about to stop.
    package internal(set) var isDraining = false
}
