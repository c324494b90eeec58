package import Coordination

/// What a window costs a wallet of any size: the shapes are the protocol's, their factors and the messages' sizes are
/// measured from runs (docs/scale.md states the formulas).
package struct ScaleModel: Hashable, Sendable {
    /// Messages and bytes.
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

    /// How messages reach all members.
    package enum Way: Hashable, Sendable, CaseIterable {
        /// From everyone to everyone, proposals also by echo: what the daemon does.
        case mesh
        /// Everything that is for all by a gossip of some degree.
        case gossip
        /// Proposals by gossip, what else is for all directly.
        case mixed
    }

    /// One kind of message: how many for each unit of its shape, and how long.
    package struct Measure: Hashable, Sendable {
        package let kind: MessageKind
        package let factor: Double
        /// Bytes of a message that do not depend on the group, and those for each entry of its list.
        package let fixed: Double
        package let each: Double
    }

    /// The neighbours of a peer in the usual gossip (libp2p's gossipsub, D).
    package static let degree = 6.0

    package let measures: [Measure]

    /// Takes what runs without faults sent, of at least two sizes; one threshold of more than half.
    package init(_ rows: [SweepRow]) {
        let sizes = rows.map { Double($0.cell.operators) }
        // Everyone sends its status to everyone once a window, so statuses count windows, the first and last too.
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

    /// What a kind costs a wallet of so many operators, directly from everyone to everyone.
    package func direct(_ kind: MessageKind, operators: Double) -> Cost {
        cost(kind, Self.shape(kind, operators), operators)
    }

    /// What a window costs a wallet of so many operators, all its kinds but the status, which goes once to a peer
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

    /// What an operator's statuses cost in a window: one to each peer, with the peers it hears listed as far as the list
    /// goes.
    package func status(peers: Double) -> Cost {
        guard let measure = measures.first(where: { $0.kind == .status }) else { return Cost() }
        let listed = min(peers, Double(Status.largestReachable))
        return Cost(messages: peers, bytes: peers * (measure.fixed + measure.each * listed))
    }

    /// How often all members' links are used for one message by gossip: whoever hears of it first tells its neighbours
    /// but the one it has it from. What gossip says beside is left out, in its favour.
    package static func gossip(_ operators: Double) -> Double {
        let neighbours = min(degree, operators - 1)
        return neighbours + (operators - 1) * (neighbours - 1)
    }

    private func gossiped(_ kind: MessageKind, _ operators: Double) -> Double {
        // A proposer says its proposal three times; those who know it tell nobody.
        guard kind == .proposal else { return Self.shape(kind, operators) / (operators - 1) * Self.gossip(operators) }
        return Self.gossip(operators) + 2 * min(Self.degree, operators - 1)
    }

    private func cost(_ kind: MessageKind, _ units: Double, _ operators: Double) -> Cost {
        guard let measure = measures.first(where: { $0.kind == kind }) else { return Cost() }
        let messages = measure.factor * units
        return Cost(
            messages: messages, bytes: messages * (measure.fixed + measure.each * Self.entries(kind, operators)))
    }

    /// How many messages of a kind a window of `n` operators has, up to a factor.
    package static func shape(_ kind: MessageKind, _ n: Double) -> Double {
        switch kind {
        // Of each proposer: to everyone three times, and everyone's echo to everyone.
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
    /// A whole network: operators that hold the seats of many wallets, one seat a wallet each.
    package struct Network: Hashable, Sendable {
        package var operators = 10_000.0
        package var wallets = 1_000.0
        package var seats = 100.0

        /// Makes the one of docs/scale.md.
        package init() {}

        /// How many wallets an operator holds a seat of.
        package var walletsEach: Double { wallets * seats / operators }

        /// How many others an operator shares a wallet with, where members are drawn evenly: the expected number.
        package var peers: Double {
            var apart = 1.0
            for _ in 0..<Int(walletsEach.rounded()) { apart *= 1 - (seats - 1) / (operators - 1) }
            return (operators - 1) * (1 - apart)
        }

        /// What a window of all wallets costs; statuses go to every peer, or by gossip to the neighbours in each wallet.
        package func cost(_ model: ScaleModel, _ way: Way) -> Cost {
            let neighbours = way == .gossip ? min(peers, ScaleModel.degree * walletsEach) : peers
            return model.wallet(seats, way) * wallets + model.status(peers: neighbours) * operators
        }
    }
}
