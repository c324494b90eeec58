import Coordination
import Primitives
import ThresholdSigning

/// What a wallet may look at of its node.
struct NodeSituation {
    /// The followed host chain's last blocks.
    var chain: RecentChain
    /// How old its head is.
    var headClock: HeadClock
    /// Whether windows and signers were told last that the head is fresh.
    var isHeadFresh = false
    /// The operators to whom a link stands.
    var connected: Set<EthereumAddress> = []
    /// Whether the node begins nothing new, since it is about to stop.
    var isDraining = false
    /// How often the followed chain was reorganised since the start.
    var reorgCount: UInt64 = 0
}

/// One input's way through a wallet: what the wallet sees, and what it wants done, in order.
struct NodeTurn<Random: SecureRandom> {
    let node: NodeSituation
    let now: SigningInstant
    var random: Random
    var effects: [NodeEffect] = []
}
