import Coordination
import Primitives

/// The spread of a wallet's seats over its operators.
package enum SeatSpread: String, Hashable, Sendable, CaseIterable {
    /// Each operator holds one seat.
    case equal
    /// One operator holds half of all seats or more, the others one each.
    case unequal
}

/// The wallets of one number of operators: two with the same operators, and one with one operator more.
struct FairnessGroups {
    /// The possible numbers of operators. The unequal spread needs twice as many seats less two.
    static let sizes = 2...128

    /// The operators, ascending by address.
    let operators: [EthereumAddress]
    /// The wallet in which every operator has one seat.
    let equal: SigningGroup
    /// Another wallet of the same operators, in which one holds half of the seats or more.
    let unequal: SigningGroup
    /// The first wallet, joined by one more operator.
    let grown: SigningGroup
    /// The operator with the most seats in ``unequal``.
    let holder: EthereumAddress

    /// Makes the wallets of a seed.
    init(operators count: Int, seed: UInt64) {
        precondition(Self.sizes.contains(count), "groups are made for 2 to 128 operators")
        var random = SeededRandom(seed: seed, concern: .groups, operators: count)
        let drawn = (0...count).map { _ in EthereumAddress(random.hash20()) }
        let members = Array(drawn.prefix(count))
        holder = drawn[0]
        let first = WalletPublicKeyHash(random.hash20())
        equal = Self.group(first, members)
        let many = Array(repeating: holder, count: max(count - 1, 9))
        unequal = Self.group(
            WalletPublicKeyHash(random.hash20()), (members.dropFirst() + many).shuffled(using: &random))
        grown = Self.group(first, drawn)
        operators = equal.operators
    }

    /// Makes a wallet from seats; their number is known to be allowed.
    static func group(_ wallet: WalletPublicKeyHash, _ seats: [EthereumAddress]) -> SigningGroup {
        do {
            return try SigningGroup(wallet: wallet, seats: seats, threshold: seats.count / 2 + 1)
        } catch {
            preconditionFailure("the seats of a fairness group are too many or none: \(error)")
        }
    }
}
