import Coordination
import Primitives
import ThresholdSigning

/// The state of the node that a wallet may read.
struct NodeSituation {
    /// The followed host chain's last blocks.
    var chain: RecentChain
    /// The age of the chain's head.
    var headClock: HeadClock
    /// Whether windows and signers were last told that the head is fresh.
    var isHeadFresh = false
    /// The operators with a standing link.
    var connected: Set<EthereumAddress> = []
    /// Whether the node begins nothing new, since it is about to stop.
    var isDraining = false
    /// How often the followed chain was reorganised since the start.
    var reorgCount: UInt64 = 0
}

/// The passage of one input through a wallet: the node's state that the wallet reads, and the effects that it wants, in
/// order.
struct NodeTurn<Random: SecureRandom> {
    let node: NodeSituation
    let now: SigningInstant
    var random: Random
    var effects: [NodeEffect] = []
}
