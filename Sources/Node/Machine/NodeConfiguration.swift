package import Coordination
package import Primitives
package import Secp256k1
package import ThresholdSigning
package import WalletActions

/// What a node is told before its first input; only its wallets, and with them its members, change while it runs.
package struct NodeConfiguration: Sendable {
    /// The operator whose node this is.
    package let me: EthereumAddress
    /// The host chain's id, part of every domain.
    package let chainID: UInt64
    package let profiles: ProfileSchedule
    /// The wallets of which we hold seats, by name.
    package private(set) var wallets: [WalletPublicKeyHash: HeldWallet]
    /// How deep a host block is when it cannot change any more.
    package let finalDepth: UInt64
    /// What a host block takes by the wall clock: by it a head is told to be stale, and nothing else.
    package let blockMilliseconds: UInt64
    /// The longest time of a block that makes sense, an hour.
    package static let longestBlock: UInt64 = 3_600_000
    /// Host blocks for which messages and their intents are kept after they expired: 7 days, unless another number was given
    /// (durability-and-events.md §2). No window comes back after that.
    package let outboxBlocks: UInt64
    /// 16 bytes drawn at this start.
    package var bootNonce: Bytes
    /// What `status` and the ledger call this build.
    package let build: String
    /// Computes and checks the signatures of wallets.
    package let arithmetic: any FrostArithmetic
    /// The domain of each profile of the schedule, the first one first, hashed once; or the one that was given.
    private let domains: [Domain]
    /// Every operator with whom we share a wallet, ourselves excluded, ascending.
    package private(set) var members: [EthereumAddress]

    /// Describes a node. A `domain` takes the place of the profiles' own: what-ifs change a rule, and still understand who
    /// goes by the old one.
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

    /// Takes a wallet in.
    mutating func hold(_ held: HeldWallet) {
        wallets[held.group.wallet] = held
        members = Self.members(of: wallets.values, but: me)
    }

    /// Lets a wallet go.
    mutating func release(_ wallet: WalletPublicKeyHash) {
        wallets[wallet] = nil
        members = Self.members(of: wallets.values, but: me)
    }
}

/// A wallet of which this operator holds seats.
package struct HeldWallet: Sendable {
    package let identity: WalletIdentity
    package let group: SigningGroup
    /// The group key with the public share of every seat.
    package let key: ThresholdKey
    /// Our own shares, one a seat that we hold; never empty.
    package let shares: [HeldShare]

    /// Joins a wallet's key, its seats, their public shares, and our secret ones.
    package init(identity: WalletIdentity, group: SigningGroup, key: ThresholdKey, shares: [HeldShare]) {
        precondition(!shares.isEmpty, "who holds no seat of a wallet does not hold it")
        self.identity = identity
        self.group = group
        self.key = key
        self.shares = shares
    }
}

/// The operator's key as the machine uses it: deterministic signatures, no clock, no randomness.
///
/// A port, so that simulations may put an ideal signer in its place.
package protocol OperatorSignatures: Sendable {
    /// Signs what an envelope says with the operator key (RFC 6979, over ``Envelope/Content/signingHash``).
    func sign(_ content: Envelope.Content) -> RecoverableSignature
    /// Whose key signed an envelope, in a domain.
    func signer(of envelope: Envelope, in domain: Domain) -> EthereumAddress?
}
