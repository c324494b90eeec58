package import Coordination

/// The cost of a window for a wallet of any size. The shapes are the protocol's; their factors and the messages' sizes
/// are measured from runs (docs/scale.md states the formulas).
package struct ScaleModel: Hashable, Sendable {
    /// A number of messages and of bytes.
    package struct Cost: Hashable, Sendable {
        package var messages = 0.0
        package var bytes = 0.0

        static func + (left: Cost, right: Cost) -> Cost {
            Cost(messages: left.messages + right.messages, bytes: left.bytes + right.bytes)
        }

        static func * (left: Cost, times: Double) -> Cost {
            Cost(messages: left.messages * times, bytes: left.bytes * times)
        }
    }

    /// The way in which messages reach all members.
    package enum Way: Hashable, Sendable, CaseIterable {
        /// From each operator to each other, proposals also by echo, as the daemon does.
        case mesh
        /// Every message to all by gossip of some degree.
        case gossip
        /// Proposals by gossip, other messages to all directly.
        case mixed
    }

    /// The measure of one kind of message: how many for each unit of its shape, and their length.
    package struct Measure: Hashable, Sendable {
        package let kind: MessageKind
        package let factor: Double
        /// The bytes of a message that do not depend on the group; `each` counts those for each entry of its list.
        package let fixed: Double
        package let each: Double
    }

    /// The neighbours of a peer in common gossip (libp2p's gossipsub, D).
    package static let degree = 6.0

    package let measures: [Measure]

    /// Takes the traffic of runs without faults, of at least two sizes, with one threshold of more than half.
    package init(_ rows: [SweepRow]) {
        let sizes = rows.map { Double($0.cell.operators) }
        // Each operator sends its status to each other once a window, so statuses count windows, the first and last
        // included.
        let windows = rows.map { row in
            Double(row.traffic[kind: .status].messages) / Self.shape(.status, Double(row.cell.operators))
        }
        measures = MessageKind.allCases.map { kind in
            let parts = rows.map { $0.traffic[kind: kind] }
            let units = zip(sizes, windows).reduce(0) { $0 + Self.shape(kind, $1.0) * $1.1 }
            let lengths = parts.map { Double($0.bytes) / Double(max($0.messages, 1)) }
            var (fixed, each) = (lengths.reduce(0, +) / Double(max(lengths.count, 1)), 0.0)
            let entries = sizes.map { Self.entries(kind, $0) }
            if let first = entries.first, let last = entries.last, first != last {
                each = ((lengths.last ?? 0) - (lengths.first ?? 0)) / (last - first)
                fixed = (lengths.first ?? 0) - each * first
            }
            let sent = parts.reduce(0) { $0 + Double($1.messages) }
            return Measure(kind: kind, factor: units > 0 ? sent / units : 0, fixed: fixed, each: each)
        }
    }

    /// The cost of a kind for a wallet of this many operators, sent directly from each to each.
    package func direct(_ kind: MessageKind, operators: Double) -> Cost {
        cost(kind, Self.shape(kind, operators), operators)
    }

    /// The cost of a window for a wallet of this many operators: all kinds but the status, which goes once to a peer
    /// however many wallets are shared.
    package func wallet(_ operators: Double, _ way: Way) -> Cost {
        measures.filter { $0.kind != .status }.reduce(Cost()) { sum, measure in
            let isGossiped =
                switch way {
                case .mesh: false
                case .gossip: Self.isForAll(measure.kind)
                case .mixed: measure.kind == .proposal
                }
            guard isGossiped else { return sum + direct(measure.kind, operators: operators) }
            return sum + cost(measure.kind, gossiped(measure.kind, operators), operators)
        }
    }

    /// The cost of an operator's statuses in a window: one to each peer, listing as many of the peers that it hears as
    /// the list can hold.
    package func status(peers: Double) -> Cost {
        guard let measure = measures.first(where: { $0.kind == .status }) else { return Cost() }
        let listed = min(peers, Double(Status.largestReachable))
        return Cost(messages: peers, bytes: peers * (measure.fixed + measure.each * listed))
    }

    /// The number of transmissions over all links for one message by gossip. An operator that first hears of it sends
    /// it to its neighbours, except the one that it came from. Gossip's control messages are left out, in its favour.
    package static func gossip(_ operators: Double) -> Double {
        let neighbours = min(degree, operators - 1)
        return neighbours + (operators - 1) * (neighbours - 1)
    }

    private func gossiped(_ kind: MessageKind, _ operators: Double) -> Double {
        // A proposer sends its proposal three times; operators that already know it do not pass it on.
        guard kind == .proposal else { return Self.shape(kind, operators) / (operators - 1) * Self.gossip(operators) }
        return Self.gossip(operators) + 2 * min(Self.degree, operators - 1)
    }

    private func cost(_ kind: MessageKind, _ units: Double, _ operators: Double) -> Cost {
        guard let measure = measures.first(where: { $0.kind == kind }) else { return Cost() }
        let messages = measure.factor * units
        return Cost(
            messages: messages, bytes: messages * (measure.fixed + measure.each * Self.entries(kind, operators)))
    }

    /// The number of messages of a kind in a window of `n` operators, up to a factor.
    package static func shape(_ kind: MessageKind, _ n: Double) -> Double {
        switch kind {
        // For each proposer: to each operator three times, and each operator's echo to each other.
        case .proposal: (n - 1) * (n + 2)
        // The leader's proposal is its verdict.
        case .verdict: (n - 1) * (n - 1)
        case .status, .signReady: n * (n - 1)
        case .frostNonces, .signResult: n - 1
        case .frostRequest, .frostShares: threshold(n)
        }
    }

    private static func isForAll(_ kind: MessageKind) -> Bool {
        switch kind {
        case .proposal, .verdict, .signReady, .signResult: true
        case .status, .frostNonces, .frostRequest, .frostShares: false
        }
    }

    private static func entries(_ kind: MessageKind, _ n: Double) -> Double {
        switch kind {
        case .status: n - 1
        case .frostRequest: threshold(n)
        case .proposal, .verdict, .signReady, .frostNonces, .frostShares, .signResult: 0
        }
    }

    private static func threshold(_ n: Double) -> Double { (n / 2).rounded(.down) + 1 }
}

extension ScaleModel {
    /// A whole network: operators that hold the seats of many wallets, at most one seat of a wallet each.
    package struct Network: Hashable, Sendable {
        package var operators = 10_000.0
        package var wallets = 1_000.0
        package var seats = 100.0

        /// Makes the network of docs/scale.md.
        package init() {}

        /// The number of wallets in which an operator holds a seat.
        package var walletsEach: Double { wallets * seats / operators }

        /// The expected number of others with which an operator shares a wallet, where members are drawn evenly.
        package var peers: Double {
            var apart = 1.0
            for _ in 0..<Int(walletsEach.rounded()) { apart *= 1 - (seats - 1) / (operators - 1) }
            return (operators - 1) * (1 - apart)
        }

        /// The cost of a window of all wallets. Statuses go to every peer, or by gossip to the neighbours in each
        /// wallet.
        package func cost(_ model: ScaleModel, _ way: Way) -> Cost {
            let neighbours = way == .gossip ? min(peers, ScaleModel.degree * walletsEach) : peers
            return model.wallet(seats, way) * wallets + model.status(peers: neighbours) * operators
        }
    }
}
