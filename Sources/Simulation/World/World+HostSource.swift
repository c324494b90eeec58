import ChainFollowing
import ChainModels
import Coordination
import Node
import Primitives
import WalletActions

/// Following of the host chain: each node uses the daemon's own ``HostChainMachine``, with a source of its own.
extension World {
    /// The configuration with which every node follows the host chain. Block times are the world's own, so no block
    /// counts as old.
    static let following = HostChainConfiguration(
        chainID: Cast.chainID, bridge: HostSource.bridge, validator: .zero, startBlock: BlockNumber(0),
        poll: .milliseconds(Int64(hostInterval)),
        following: HeadFollower.Limits(anchorDepth: 64, kept: 128, fetchSize: 64))

    /// The number of windows between two comparisons of a node's index with the chain.
    private static let comparison: UInt64 = 4

    /// The present source of a node.
    private func source(of node: SimulatedNode) -> HostSource {
        HostSource(node, host: host, at: time)
    }

    /// Makes a node's client ask its source for news and tell the node.
    func hear(_ node: SimulatedNode) throws(Violation) {
        let source = source(of: node)
        if node.heard.isEmpty || source.headNumber.rawValue.isMultiple(of: node.ailment.headStride) {
            for _ in 0..<node.ailment.headRepeats where node.isUp { try poll(source, by: node) }
        }
        // Time passes without blocks too.
        if node.isRenewalDue(at: time) { try input(.timePassed, to: node) }
    }

    private func poll(_ source: HostSource, by node: SimulatedNode) throws(Violation) {
        let epoch = node.epoch
        var isWhole = true
        for talk in HostChainMachine.Talk.allCases where node.epoch == epoch {
            let answers = try hold(talk, with: source, by: node)
            isWhole = isWhole && answers
        }
        guard node.epoch == epoch else { return }
        if isWhole, !source.isFrozen, let head = source.head {
            try at { () throws(Invariant.Breach) in try monitor.polled(head, heard: node.heard, by: node.index) }
        }
        // Compares each node's index once in `comparison` windows, in turn.
        guard let head = node.heard.last, head.number.rawValue.isMultiple(of: profile.frequency),
            (head.number.rawValue / profile.frequency + UInt64(node.index)).isMultiple(of: Self.comparison)
        else { return }
        try compare(source, at: head, isWhole: isWhole, node)
    }

    /// Runs the exchange of a node with its source until it waits. Gives whether the source answered everything.
    private func hold(
        _ talk: HostChainMachine.Talk, with source: HostSource, by node: SimulatedNode
    ) throws(Violation) -> Bool {
        let epoch = node.epoch
        // The next block comes later than any wait.
        let moment = HostChainMachine.Moment(elapsed: .milliseconds(Int64(time)), time: 0, jitter: 0.5)
        var isWhole = true
        var effects = node.following.due(talk, at: moment)
        while !effects.isEmpty {
            var next: [HostChainMachine.Effect] = []
            for effect in effects {
                switch effect {
                case .tell(let event):
                    try tell(event, to: node)
                    guard node.epoch == epoch else { return false }
                case .ask(let question):
                    if let answer = source.answer(question, told: node.heard.last) {
                        if case .blocks(let blocks) = answer, blocks.contains(nil) { isWhole = false }
                        next = node.following.answered(answer, in: talk, at: moment)
                    } else {
                        isWhole = false
                        next = node.following.failed(talk, at: moment)
                    }
                case .found, .wait, .otherChain: break
                }
            }
            effects = next
        }
        return isWhole
    }

    private func tell(_ event: HeadEvent, to node: SimulatedNode) throws(Violation) {
        try at { () throws(Invariant.Breach) in try monitor.told(event, heard: node.heard, by: node.index) }
        node.hears(event)
        switch event {
        case .block(let block):
            if block.number.rawValue.isMultiple(of: profile.frequency) { node.disk.windowOpened(block.number) }
            if node.number == node.index { monitor.heard(block.number, by: node.index, at: time) }
            try input(.head(block), to: node)
        case .reorganised(let ancestor, let depth): try input(.reorganised(ancestor, depth: depth), to: node)
        }
    }

    /// Compares a node's index of a block with its source's chain. A source that withholds logs is skipped.
    private func compare(
        _ source: HostSource, at head: HostBlock, isWhole: Bool, _ node: SimulatedNode
    ) throws(Violation) {
        guard node.ailment.indexHole == nil, source.block(head.number) == head else { return }
        for wallet in cast.wallets.map(\.identity.hash) {
            for query in [
                HostQuery.redemptionRequests(wallet, upTo: head.number),
                .announcedTransactions(wallet, upTo: head.number),
            ] {
                let (said, there) = (node.following.answer(query), source.chain.answer(query))
                try at { () throws(Invariant.Breach) in
                    try monitor.indexed(said, there, isWhole: isWhole, by: node.index)
                }
            }
        }
    }

    /// The host chain's answer to a node's question.
    func answer(_ query: HostQuery, to node: SimulatedNode) -> ChainAnswer {
        if let known = node.following.answer(query) { return known }
        let source = source(of: node)
        guard !source.isSilent, node.following.isVerified else { return .unavailable(.silent) }
        if case .block(let number) = query {
            return source.block(number).map { .host(.block($0)) } ?? .unavailable(.missing)
        }
        let answer = source.chain.answer(query)
        node.following.answered(query, answer, elapsed: .milliseconds(Int64(time)))
        return answer
    }
}
