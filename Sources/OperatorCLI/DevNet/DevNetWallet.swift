import Coordination
import Daemon
import Primitives
import ThresholdSigning
import WalletActions

/// One wallet of a development network: its dealt key, and the operator of each seat.
final class DevNetWallet: Sendable {
    let identity: WalletIdentity
    let group: SigningGroup
    private let dealt: DealtGroup

    /// Deals a key to seats, assigned to the operators in turn.
    ///
    /// - Throws: ``SigningGroup``'s and ``DealtGroup``'s failures, for numbers that do not make a group.
    init(operators: [EthereumAddress], seats: Int, threshold: Int) throws {
        var random = SystemRandom()
        let dealt = try DealtGroup(threshold: threshold, seats: seats, random: &random)
        let identity = WalletIdentity(scheme: .taproot, publicKey: dealt.key.groupKey)
        self.identity = identity
        group = try SigningGroup(
            wallet: identity.hash, seats: (0..<seats).map { operators[$0 % operators.count] }, threshold: threshold)
        self.dealt = dealt
    }

    /// The wallet's file in every operator's `wallets/`.
    var file: WalletFile { WalletFile(dealt: dealt.key, seats: group.seats.map(\.description)) }

    /// The shares of an operator's seats.
    func shares(of member: EthereumAddress) throws -> [HeldShare] {
        try group.seats(of: member).map { HeldShare(try dealt.share(of: $0)) }
    }
}
