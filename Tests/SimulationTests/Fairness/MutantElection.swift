import Coordination
import Primitives
import Simulation

/// The election with one deliberate flaw: the tests of fairness must catch it.
struct MutantElection: ElectionDraw {
    enum Flaw: CaseIterable {
        /// Numbers are remainders of a byte, none rejected.
        case moduloBias
        /// The heartbeat is drawn from a generator that starts like the shuffle's.
        case sharedStream
        /// The shuffle ends one swap early, at place 2.
        case forgottenSwap
        /// As the known client: both from one stream, numbers as high halves of products, the heartbeat as a fraction.
        case knownClient
        /// The heartbeat comes as often as RFC 12 says, not as the profile does.
        case otherHeartbeat
        /// Seats are shuffled, not operators.
        case seatWeight
        /// Operators are not sorted first.
        case seatOrder
        /// The operators take turns.
        case turns
        /// The leader is also the first reserve.
        case repeated
    }

    let flaw: Flaw?
    let heartbeat = Rational(1, 16)

    func elect(_ group: SigningGroup, safeBlockHash: Hash32, window: WindowIndex) -> DrawnElection {
        let seed = Election.seed(wallet: group.wallet, safeBlockHash: safeBlockHash)
        var order = members(of: group)
        var numbers = numbers(seed: seed)
        let last = flaw == .forgottenSwap ? 2 : 1
        if order.count > last {
            for index in stride(from: order.count - 1, through: last, by: -1) {
                order.swapAt(index, Int(numbers.below(UInt64(index + 1))))
            }
        }
        switch flaw {
        case .seatWeight: order = distinct(order)
        case .turns: order = (0..<order.count).map { group.operators[($0 + Int(window.rawValue)) % order.count] }
        case .repeated: order[1] = order[0]
        default: break
        }
        return DrawnElection(leaderOrder: order, heartbeat: hasHeartbeat(seed: seed))
    }

    func numbers(seed: Hash32) -> MutantNumbers {
        MutantNumbers(generator: Generator(seed: seed, stream: .leaderOrder), flaw: flaw)
    }

    private func members(of group: SigningGroup) -> [EthereumAddress] {
        switch flaw {
        case .seatWeight: group.seats.sorted()
        case .seatOrder: distinct(group.seats)
        default: group.operators
        }
    }

    private func hasHeartbeat(seed: Hash32) -> Bool {
        let shared = flaw == .sharedStream || flaw == .knownClient
        var generator = Generator(seed: seed, stream: shared ? .leaderOrder : .heartbeat)
        switch flaw {
        case .knownClient: return generator.word() < 1 << 60
        case .otherHeartbeat: return generator.below(8) < 1
        default: return generator.below(16) < 1
        }
    }

    private func distinct(_ addresses: [EthereumAddress]) -> [EthereumAddress] {
        var seen: Set<EthereumAddress> = []
        return addresses.filter { seen.insert($0).inserted }
    }
}

/// The generator, or what a flaw makes of it.
struct MutantNumbers: NumberDraw {
    var generator: Generator
    let flaw: MutantElection.Flaw?

    mutating func below(_ bound: UInt64) -> UInt64 {
        switch flaw {
        case .moduloBias: (generator.word() & 0xFF) % bound
        case .knownClient: generator.word().multipliedFullWidth(by: bound).high
        default: generator.below(bound)
        }
    }
}
