import Bitcoin
package import Coordination
package import Node
package import Primitives
import Secp256k1
import ThresholdSigning
package import WalletActions

/// The operators of a run, their keys, and the wallets that they hold together. It is drawn once, and is the same in
/// every episode.
package struct Cast: Sendable {
    /// A wallet with the keys that each of its operators holds.
    package struct Wallet: Sendable {
        package let identity: WalletIdentity
        package let group: SigningGroup
        /// By operator: the wallet as it holds it.
        package let held: [EthereumAddress: HeldWallet]
    }

    /// The reason that a cast cannot be made.
    package enum Failure: Error, Hashable, Sendable {
        /// The number of operators is zero, or above ``mostOperators``.
        case operators(Int)
        /// The seats are fewer than the operators, or more than a wallet can have.
        case seats(Int, operators: Int)
        /// The threshold is not above half of the seats, or is above their number.
        case threshold(Int, seats: Int)
        /// The number of wallets is zero, or above ``mostWallets``.
        case wallets(Int)
        /// A window would have more messages than a run can process.
        case size(wallets: Int, seats: Int)
        /// This many operators down leave no operator up.
        case operatorsDown(Int, of: Int)
        /// The profile breaks one of its own rules.
        case profile(ProtocolProfile.Rule)
    }

    static let chainID: UInt64 = 31_337
    static let bridge = EthereumAddress(hash160("simulated bridge".utf8))
    static let validator = EthereumAddress(hash160("simulated validator".utf8))

    /// The largest group (one byte counts operators in messages that list them).
    package static let mostOperators = 255
    package static let mostWallets = 10_000
    /// The largest product of wallets and the square of their seats. In a window each seat sends to each other, and
    /// beyond this an episode takes hours and gigabytes.
    package static let mostSeatPairs = 100_000

    /// The operators, ascending by address; each holds a seat of every wallet.
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

    /// Draws a cast with `seats` seats of every wallet, one for each operator by default. Seats are dealt in the order
    /// of the operators: seat i goes to operator (i - 1) mod n. So no operator holds two seats more than another.
    ///
    /// `realSignatures` says whether operators and wallets sign on the curve, rather than by ideal functionalities.
    ///
    /// - Throws: ``Failure`` for the first number that is outside its range.
    package init(
        operators count: Int, seats: Int? = nil, threshold: Int, wallets: Int, seed: UInt64,
        realSignatures: Bool = false
    ) throws(Failure) {
        guard (1...Self.mostOperators).contains(count) else { throw .operators(count) }
        let seats = seats ?? count
        guard (count...SigningGroup.maximumSeats).contains(seats) else { throw .seats(seats, operators: count) }
        guard (1...seats).contains(threshold), 2 * threshold > seats else { throw .threshold(threshold, seats: seats) }
        guard (1...Self.mostWallets).contains(wallets) else { throw .wallets(wallets) }
        guard wallets * seats * seats <= Self.mostSeatPairs else { throw .size(wallets: wallets, seats: seats) }
        var random = SeededRandom(seed: seed, concern: Concern.cast)
        var keys = (0..<count).map { _ in OperatorKeyBox(PrivateKey(random: &random)) }
        keys.sort { $0.address < $1.address }
        self.keys = keys
        operators = keys.map(\.address)
        let holders = (0..<seats).map { keys[$0 % count].address }
        var drawn: [Wallet] = []
        for _ in 0..<wallets {
            guard let wallet = Wallet(dealing: threshold, to: holders, random: &random) else {
                throw .threshold(threshold, seats: seats)
            }
            drawn.append(wallet)
        }
        self.wallets = drawn
        self.realSignatures = realSignatures
        arithmetic = realSignatures ? CurveArithmetic() : IdealFrost(seed: seed)
    }
}

extension Cast.Wallet {
    /// Deals a key to the operators of these seats, seat 1 first; nil for an invalid threshold.
    init?(dealing threshold: Int, to seats: [EthereumAddress], random: inout SeededRandom) {
        guard let dealt = try? DealtGroup(threshold: threshold, seats: seats.count, random: &random) else { return nil }
        let identity = WalletIdentity(scheme: .taproot, publicKey: dealt.key.groupKey)
        guard let group = try? SigningGroup(wallet: identity.hash, seats: seats, threshold: threshold) else {
            return nil
        }
        var held: [EthereumAddress: HeldWallet] = [:]
        for address in group.operators {
            var shares: [HeldShare] = []
            for seat in group.seats(of: address) {
                guard let share = try? dealt.share(of: seat) else {
                    preconditionFailure("the dealer dealt a share for every seat")
                }
                shares.append(HeldShare(share))
            }
            held[address] = HeldWallet(identity: identity, group: group, key: dealt.key, shares: shares)
        }
        self.identity = identity
        self.group = group
        self.held = held
    }
}

extension Cast {
    /// The configuration of an operator's node with the wallets that it holds. Optionally a stranger takes another
    /// operator's seat.
    func configuration(
        of index: Int, profile: ProtocolProfile, wallets names: [WalletPublicKeyHash]? = nil, otherSeats: Bool = false
    ) -> NodeConfiguration {
        guard let schedule = try? ProfileSchedule(first: profile) else {
            preconditionFailure("the profiles of simulations keep the rules")
        }
        var held = wallets.filter { names?.contains($0.identity.hash) ?? true }.compactMap { $0.held[operators[index]] }
        if otherSeats { held = held.map { withStranger(beside: index, $0) } }
        return NodeConfiguration(
            me: operators[index], chainID: Self.chainID, profiles: schedule, wallets: held, finalDepth: 6,
            blockMilliseconds: World.hostInterval,
            bootNonce: Bytes(repeating: UInt8(truncatingIfNeeded: index), count: 16), build: "sim",
            arithmetic: arithmetic, outboxBlocks: 2 * profile.frequency)
    }

    private func withStranger(beside index: Int, _ held: HeldWallet) -> HeldWallet {
        var seats = held.group.seats
        let other = operators[(index + 1) % operators.count]
        guard other != operators[index], let seat = held.group.lowestSeat(of: other) else { return held }
        seats[Int(seat.rawValue) - 1] = EthereumAddress(hash160("a stranger".utf8))
        guard
            let group = try? SigningGroup(wallet: held.group.wallet, seats: seats, threshold: held.group.threshold)
        else { preconditionFailure("a group with another member is a group") }
        return HeldWallet(identity: held.identity, group: group, key: held.key, shares: held.shares)
    }
}

/// A box for an operator's key, since a key cannot be copied.
package final class OperatorKeyBox: Sendable {
    let key: PrivateKey
    /// The operator's address.
    package let address: EthereumAddress

    init(_ key: consuming PrivateKey) {
        address = key.ethereumAddress
        self.key = key
    }
}

/// The uses of a run's generators. Each use has its own, so that an additional draw for one does not change the others.
enum Concern {
    static let cast: UInt64 = 1
    static let chain: UInt64 = 2
    static let network: UInt64 = 3
    static let rest: UInt64 = 4
    static let load: UInt64 = 5
    static let victims: UInt64 = 6
    static let nodes: UInt64 = 1_000
    static let twins: UInt64 = 2_000
    static let liars: UInt64 = 1 << 32
    static let tears: UInt64 = 1 << 48
}
