package import Coordination
package import Primitives
package import Secp256k1
package import ThresholdSigning
package import WalletActions

/// The configuration of a node before its first input. Only its wallets, and with them its members, change while it
/// runs.
package struct NodeConfiguration: Sendable {
    /// The operator whose node this is.
    package let me: EthereumAddress
    /// The host chain's id, part of every domain.
    package let chainID: UInt64
    package let profiles: ProfileSchedule
    /// The wallets with seats of ours, by name.
    package private(set) var wallets: [WalletPublicKeyHash: HeldWallet]
    /// The depth at which a host block cannot change any more.
    package let finalDepth: UInt64
    /// The time between host blocks in milliseconds, by the wall clock. Only the head's staleness is judged by it.
    package let blockMilliseconds: UInt64
    /// The longest reasonable block time, an hour.
    package static let longestBlock: UInt64 = 3_600_000
    /// Host blocks for which messages and their intents are kept after they expired: 7 days, unless another number was
    /// given (durability-and-events.md §2). No window comes back after that.
    package let outboxBlocks: UInt64
    /// 16 random bytes drawn at this start.
    package var bootNonce: Bytes
    /// The name of this build in `status` and the ledger.
    package let build: String
    /// Computes and checks the signatures of wallets.
    package let arithmetic: any FrostArithmetic
    /// The domain of each profile of the schedule, first profile first, hashed once; or the given domain.
    private let domains: [Domain]
    /// Every operator that shares a wallet with us, ourselves excluded, ascending.
    package private(set) var members: [EthereumAddress]

    /// Describes a node. A given `domain` replaces the profiles' own. What-if runs use this to change a rule and still
    /// understand operators with the old one.
    package init(
        me: EthereumAddress, chainID: UInt64, profiles: ProfileSchedule, wallets: [HeldWallet], finalDepth: UInt64,
        blockMilliseconds: UInt64, bootNonce: Bytes, build: String, arithmetic: any FrostArithmetic = CurveArithmetic(),
        domain: Domain? = nil, outboxBlocks: UInt64? = nil
    ) {
        self.me = me
        self.chainID = chainID
        self.profiles = profiles
        self.wallets = Dictionary(wallets.map { ($0.group.wallet, $0) }) { first, _ in first }
        self.finalDepth = finalDepth
        precondition(blockMilliseconds <= Self.longestBlock, "readers of configurations and bundles check it")
        self.blockMilliseconds = blockMilliseconds
        self.outboxBlocks = outboxBlocks ?? 7 * 86_400_000 / max(1, blockMilliseconds)
        self.bootNonce = bootNonce
        self.build = build
        self.arithmetic = arithmetic
        members = Self.members(of: self.wallets.values, but: me)
        domains = ([profiles.first] + profiles.next.map(\.profile)).map {
            domain ?? Domain(chainID: chainID, profile: $0)
        }
    }

    /// The domain of a window's messages.
    package func domain(of window: WindowIndex) -> Domain { domains[profiles.place(of: window)] }

    private static func members(of wallets: some Collection<HeldWallet>, but me: EthereumAddress) -> [EthereumAddress] {
        Set(wallets.flatMap(\.group.operators)).subtracting([me]).sorted()
    }

    /// Adds a wallet.
    mutating func hold(_ held: HeldWallet) {
        wallets[held.group.wallet] = held
        members = Self.members(of: wallets.values, but: me)
    }

    /// Removes a wallet.
    mutating func release(_ wallet: WalletPublicKeyHash) {
        wallets[wallet] = nil
        members = Self.members(of: wallets.values, but: me)
    }
}

/// A wallet with seats of this operator.
package struct HeldWallet: Sendable {
    package let identity: WalletIdentity
    package let group: SigningGroup
    /// The group key with the public share of every seat.
    package let key: ThresholdKey
    /// Our own shares, one for each seat that we hold; never empty.
    package let shares: [HeldShare]

    /// Joins a wallet's key, its seats, their public shares, and our secret shares.
    package init(identity: WalletIdentity, group: SigningGroup, key: ThresholdKey, shares: [HeldShare]) {
        precondition(!shares.isEmpty, "who holds no seat of a wallet does not hold it")
        self.identity = identity
        self.group = group
        self.key = key
        self.shares = shares
    }
}

/// The operator's key as the machine uses it: deterministic signatures, without clock or randomness.
///
/// A port, so that simulations may put an ideal signer in its place.
package protocol OperatorSignatures: Sendable {
    /// Signs an envelope's content with the operator key (RFC 6979, over ``Envelope/Content/signingHash``).
    func sign(_ content: Envelope.Content) -> RecoverableSignature
    /// The operator whose key signed an envelope, in a domain.
    func signer(of envelope: Envelope, in domain: Domain) -> EthereumAddress?
}
