package import Primitives

/// The result of a window's seed: leader, reserves and checklist (coordination.md §3 to §5).
package struct Election: Hashable, Sendable {
    /// SHA-256 of the wallet's name and the safe block's hash.
    package let seed: Hash32
    /// All distinct operators of the wallet, the leader first.
    package let leaderOrder: [EthereumAddress]
    /// The actions that the leader may propose, most urgent first. A no-op is always allowed and never listed.
    package let checklist: Checklist
    /// The number of operators in ``leaderOrder`` that may propose: the leader and the existing reserves.
    package let proposerCount: Int

    /// Elects from distinct operators in ascending order of address, as in ``SigningGroup/operators``.
    package init(
        wallet: WalletPublicKeyHash, safeBlockHash: Hash32, window: WindowIndex, operators: [EthereumAddress],
        profile: ProtocolProfile
    ) {
        let seed = Self.seed(wallet: wallet, safeBlockHash: safeBlockHash)
        self.seed = seed
        leaderOrder = Self.order(of: operators, seed: seed)
        checklist = Checklist(window: window, seed: seed, profile: profile)
        proposerCount = min(operators.count, 1 + Int(profile.reserveLeaders))
    }

    /// `SHA-256(walletPublicKeyHash ‖ safeBlockHash)`, with the block hash in the byte order of the chain's JSON.
    package static func seed(wallet: WalletPublicKeyHash, safeBlockHash: Hash32) -> Hash32 {
        sha256(wallet.hash, safeBlockHash)
    }

    /// Shuffles ascending, distinct operators with stream 0 of the seed.
    package static func order(of operators: [EthereumAddress], seed: Hash32) -> [EthereumAddress] {
        var order = operators
        var generator = Generator(seed: seed, stream: .leaderOrder)
        generator.shuffle(&order)
        return order
    }

    /// The leading operator; nil only for an empty group, which ``SigningGroup`` does not allow.
    package var leader: EthereumAddress? { leaderOrder.first }

    /// The leader and the reserves, in the order of their slots.
    package var proposers: ArraySlice<EthereumAddress> { leaderOrder.prefix(proposerCount) }

    /// The reserves in order.
    package var reserves: ArraySlice<EthereumAddress> { proposers.dropFirst() }

    /// The place of a proposer: 0 for the leader, `k` for the `k`-th reserve; nil for any other operator.
    package func place(of address: EthereumAddress) -> Int? { proposers.firstIndex(of: address) }
}
