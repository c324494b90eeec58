import Coordination
import Primitives

/// Tests that irrelevant arrangements do not change an election: the order of seats, the letter case of addresses,
/// further seats of a member.
package struct ArrangementTests: Sendable {
    private static let arrangements = 32
    private static let windowsEach = 32

    private let operators: Int
    private let seed: UInt64

    /// Makes the wallets of a seed.
    package init(operators: Int, seed: UInt64) {
        self.operators = operators
        self.seed = seed
    }

    /// Counts the windows in which an arrangement elects differently from the plain wallet. One such window is too
    /// many.
    package func findings(of draw: some ElectionDraw) -> [FairnessFinding] {
        let groups = FairnessGroups(operators: operators, seed: seed)
        var random = SeededRandom(seed: seed, concern: .arrangements, operators: operators)
        var chain = FairnessChain(seed: seed, concern: .arrangements)
        let plain = groups.equal
        var differences: [FairnessTest: Int] = [:]
        for _ in 0..<Self.arrangements {
            let others: [(FairnessTest, SigningGroup)] = [
                (.permutation, FairnessGroups.group(plain.wallet, plain.seats.shuffled(using: &random))),
                (.letterCase, FairnessGroups.group(plain.wallet, plain.seats.map { retyped($0, &random) })),
                (.duplicateSeats, FairnessGroups.group(plain.wallet, repeated(plain.seats, &random))),
            ]
            for window in 1...UInt64(Self.windowsEach) {
                let hash = chain.next()
                let election = draw.elect(plain, safeBlockHash: hash, window: WindowIndex(window))
                if election.leaderOrder.sorted() != groups.operators { differences[.members, default: 0] += 1 }
                for (test, group) in others
                where draw.elect(group, safeBlockHash: hash, window: WindowIndex(window)) != election {
                    differences[test, default: 0] += 1
                }
            }
        }
        return [FairnessTest.members, .permutation, .letterCase, .duplicateSeats].map { test in
            let count = differences[test, default: 0]
            return FairnessFinding(
                test, operators: operators, seats: test == .duplicateSeats ? nil : .equal, statistic: Double(count),
                p: count == 0 ? .certain : .impossible,
                detail: "\(count) of \(Self.arrangements * Self.windowsEach) elections differ")
        }
    }

    /// The same address with randomly chosen letter case.
    private func retyped(_ address: EthereumAddress, _ random: inout SeededRandom) -> EthereumAddress {
        let digits = address.hex.map { random.happens(1, in: 2) ? $0.uppercased() : String($0) }.joined()
        do throws(HexFailure) {
            return try EthereumAddress(hex: (random.happens(1, in: 2) ? "0x" : "") + digits)
        } catch {
            preconditionFailure("hexadecimal has any letter case: \(error)")
        }
    }

    /// The same members with any number of seats each, in any order.
    private func repeated(_ seats: [EthereumAddress], _ random: inout SeededRandom) -> [EthereumAddress] {
        var repeated = seats
        let room = UInt64(SigningGroup.maximumSeats - seats.count)
        for _ in 0...random.below(room) { repeated.append(seats[Int(random.below(UInt64(seats.count)))]) }
        return repeated.shuffled(using: &random)
    }
}
