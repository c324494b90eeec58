package import Coordination
package import Primitives
package import Secp256k1
package import WalletActions

/// What a node is told once, before its first input.
package struct NodeConfiguration: Sendable {
    /// The operator whose node this is.
    package let me: EthereumAddress
    /// The host chain's id, part of every domain.
    package let chainID: UInt64
    package let profiles: ProfileSchedule
    /// The wallets of which we hold a seat, by name.
    package let wallets: [WalletPublicKeyHash: HeldWallet]
    /// How deep a host block is when it cannot change any more.
    package let finalDepth: UInt64
    /// 16 bytes drawn at this start.
    package let bootNonce: Bytes
    /// What `status` and the ledger call this build.
    package let build: String

    /// Describes a node.
    package init(
        me: EthereumAddress, chainID: UInt64, profiles: ProfileSchedule, wallets: [HeldWallet], finalDepth: UInt64,
        bootNonce: Bytes, build: String
    ) {
        self.me = me
        self.chainID = chainID
        self.profiles = profiles
        self.wallets = Dictionary(wallets.map { ($0.group.wallet, $0) }) { first, _ in first }
        self.finalDepth = finalDepth
        self.bootNonce = bootNonce
        self.build = build
    }

    /// Every operator with whom we share a wallet, ourselves excluded, ascending.
    package var members: [EthereumAddress] {
        Set(wallets.values.flatMap(\.group.operators)).subtracting([me]).sorted()
    }
}

/// A wallet of which this operator holds seats.
package struct HeldWallet: Sendable {
    package let identity: WalletIdentity
    package let group: SigningGroup
    /// The public share of each seat, seat 1 first.
    package let publicShares: [CurvePoint]

    /// Joins a wallet's key, its seats and their public shares.
    package init(identity: WalletIdentity, group: SigningGroup, publicShares: [CurvePoint]) {
        self.identity = identity
        self.group = group
        self.publicShares = publicShares
    }
}

/// The operator's key as the machine uses it: deterministic signatures, no clock, no randomness.
///
/// A port, so that simulations may put an ideal signer in its place.
package protocol OperatorSignatures: Sendable {
    /// Signs a digest with the operator key (RFC 6979).
    func sign(_ digest: Hash32) -> RecoverableSignature
    /// Whose key signed an envelope, in a domain.
    func signer(of envelope: Envelope, in domain: Domain) -> EthereumAddress?
}
