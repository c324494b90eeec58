import Bitcoin
package import Coordination
package import Node
package import Primitives
import Secp256k1
import ThresholdSigning
package import WalletActions

/// The operators of a run, their keys, and the wallets that they hold together: drawn once, the same in every episode.
package struct Cast: Sendable {
    /// A wallet with what each of its operators holds.
    package struct Wallet: Sendable {
        package let identity: WalletIdentity
        package let group: SigningGroup
        /// By operator.
        package let held: [EthereumAddress: HeldWallet]
    }

    /// Why a run has no such cast.
    package enum Failure: Error, Hashable, Sendable {
        case operators(Int)
        case threshold(Int, operators: Int)
        case wallets(Int)
    }

    static let chainID: UInt64 = 31_337
    static let bridge = EthereumAddress(hash160("simulated bridge".utf8))
    static let validator = EthereumAddress(hash160("simulated validator".utf8))

    /// The largest group (one byte counts operators in messages that list them).
    package static let mostOperators = 255

    /// Ascending by address.
    package let operators: [EthereumAddress]
    package let keys: [OperatorKeyBox]
    package let wallets: [Wallet]
    private let realSignatures: Bool
    private let arithmetic: any FrostArithmetic

    /// The operators' signatures.
    func signatures(of index: Int) -> any OperatorSignatures {
        realSignatures ? RealSignatures(box: keys[index]) : IdealSignatures(me: operators[index])
    }

    /// Checks the wallets' signatures.
    var schnorr: any SchnorrVerification { arithmetic }

    /// Draws a cast: every operator holds one seat of every wallet.
    ///
    /// `realSignatures` says whether operators and wallets sign on the curve, or by ideal functionalities.
    package init(
        operators count: Int, threshold: Int, wallets: Int, seed: UInt64, realSignatures: Bool = false
    ) throws(Failure) {
        guard (1...Self.mostOperators).contains(count) else { throw .operators(count) }
        guard (1...count).contains(threshold), 2 * threshold > count else {
            throw .threshold(threshold, operators: count)
        }
        guard (1...10_000).contains(wallets) else { throw .wallets(wallets) }
        var random = SeededRandom(seed: seed, concern: Concern.cast)
        var keys = (0..<count).map { _ in OperatorKeyBox(PrivateKey(random: &random)) }
        keys.sort { $0.address < $1.address }
        self.keys = keys
        operators = keys.map(\.address)
        var drawn: [Wallet] = []
        for _ in 0..<wallets {
            guard let dealt = try? DealtGroup(threshold: threshold, seats: count, random: &random) else {
                throw .threshold(threshold, operators: count)
            }
            let identity = WalletIdentity(scheme: .taproot, publicKey: dealt.key.groupKey)
            guard let group = try? SigningGroup(wallet: identity.hash, seats: operators, threshold: threshold) else {
                throw .threshold(threshold, operators: count)
            }
            var held: [EthereumAddress: HeldWallet] = [:]
            for (index, address) in operators.enumerated() {
                guard let share = try? dealt.share(of: SeatNumber(UInt16(index + 1))) else {
                    preconditionFailure("the dealer dealt a share for every seat")
                }
                held[address] = HeldWallet(
                    identity: identity, group: group, key: dealt.key, share: HeldShare(share))
            }
            drawn.append(Wallet(identity: identity, group: group, held: held))
        }
        self.wallets = drawn
        self.realSignatures = realSignatures
        arithmetic = realSignatures ? CurveArithmetic() : IdealFrost(seed: seed)
    }
}

extension Cast {
    /// How an operator's node is configured, with the wallets that it holds.
    func configuration(
        of index: Int, profile: ProtocolProfile, wallets names: [WalletPublicKeyHash]? = nil
    ) -> NodeConfiguration {
        guard let schedule = try? ProfileSchedule(first: profile) else {
            preconditionFailure("the profiles of simulations keep the rules")
        }
        let held = wallets.filter { names?.contains($0.identity.hash) ?? true }.compactMap { $0.held[operators[index]] }
        return NodeConfiguration(
            me: operators[index], chainID: Self.chainID, profiles: schedule, wallets: held, finalDepth: 6,
            bootNonce: Bytes(repeating: UInt8(truncatingIfNeeded: index), count: 16), build: "sim",
            arithmetic: arithmetic)
    }
}

/// An operator's key: a box, since a key is not to be copied.
package final class OperatorKeyBox: Sendable {
    let key: PrivateKey
    /// Whose key it is.
    package let address: EthereumAddress

    init(_ key: consuming PrivateKey) {
        address = key.ethereumAddress
        self.key = key
    }
}

/// What each generator of a run is for, so that a draw more of one kind does not move the others.
enum Concern {
    static let cast: UInt64 = 1
    static let chain: UInt64 = 2
    static let network: UInt64 = 3
    static let faults: UInt64 = 4
    static let load: UInt64 = 5
    static let nodes: UInt64 = 1_000
}
