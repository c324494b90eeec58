import Bitcoin
import ChainModels
import Coordination
import Node
import Primitives
import WalletActions

extension World {
    /// The next host block: what was asked for, a little load, and proofs of what is deep enough on Bitcoin.
    func mineHost() throws(Violation) {
        for (index, wallet) in cast.wallets.enumerated() {
            if let proof = keepers[index].call(bitcoin) { calls.append(proof) }
            if loadRandom.happens(settings.requestsPerThousandBlocks, in: 1_000) {
                calls.append(
                    .request(
                        wallet.identity.hash, script: Script.p2wpkh(hash160(loadRandom.publicBytes(8))).bytes,
                        redeemer: cast.operators[0], amount: 20_000 + loadRandom.below(1_000_000)))
            }
        }
        let entry = host.mine(calls)
        calls = []
        monitor.head = entry.block.number
        if entry.block.number.rawValue > Self.keptBlocks {
            host.forget(before: entry.block.number.subtracting(Self.keptBlocks))
        }
        log.note(time, 30, 0)
        trace?(time, -1, "host block \(entry.block.number), \(entry.events.count) events")
        log.note(entry.block.hash.bytes)
        tellHeads()
        if entry.block.number.rawValue.isMultiple(of: profile.frequency) { try windowOpened(entry.block) }
        queue.push(.hostBlock, at: time + Self.hostInterval)
    }

    /// Every source tells its node of the head, a little later each.
    func tellHeads() {
        for node in nodes where node.isUp {
            queue.push(.head(node.index, epoch: node.epoch), at: time + 50 + chainRandom.below(900))
        }
        for index in twins.keys.sorted() {
            guard let twin = twins[index] else { continue }
            queue.push(.head(twin.number, epoch: twin.epoch), at: time + 500)
        }
    }

    private func windowOpened(_ block: HostBlock) throws(Violation) {
        let over = block.number.subtracting(2 * profile.frequency)
        try at { () throws(Invariant.Breach) in
            try monitor.windowOpened(
                block.number, seed: host[over.subtracting(profile.safeBlockShift)]?.block.hash, at: time)
        }
        for node in nodes where node.isUp {
            queue.push(.status(node.index), at: time + chainRandom.below(profile.frequency * Self.hostInterval))
        }
        director.windowOpens(block.number, in: self)
    }

    /// Replaces the newest blocks by one more of others; what was asked for in them is asked for again.
    func reorganiseHost(depth: Int) {
        monitor.reorganised(
            from: host.head.block.number.subtracting(UInt64(depth)).adding(1), to: host.head.block.number)
        calls = host.rewind(depth) + calls
        for _ in 0..<depth {
            host.mine(calls)
            calls = []
        }
        log.note(time, 31, depth)
        trace?(time, -1, "host chain reorganised by \(depth) blocks")
        tellHeads()
    }

    /// The chain that a node's source follows.
    private func host(of node: SimulatedNode) -> HostChainModel {
        guard let orphaned = node.ailment.orphaned, orphaned.until > time else { return host }
        return orphaned.chain
    }

    /// A block as a node's source shows it.
    private func shown(_ number: BlockNumber, to node: SimulatedNode) -> HostBlock? {
        guard let block = host(of: node).block(number) else { return nil }
        guard let fork = node.ailment.fork else { return block }
        func altered(_ hash: Hash32) -> Hash32 { sha256(hash.bytes + [UInt8(truncatingIfNeeded: node.index)]) }
        return HostBlock(
            number: number, hash: fork.contains(number) ? altered(block.hash) : block.hash,
            parentHash: fork.contains(number.subtracting(1)) ? altered(block.parentHash) : block.parentHash,
            timestamp: block.timestamp)
    }

    /// The node's follower: finds the common ancestor, then tells the machine every block from there to the head.
    func hear(_ node: SimulatedNode) throws(Violation) {
        guard max(node.ailment.headsSilentUntil, node.ailment.headsFrozenUntil) <= time else {
            // Time passes without blocks too.
            if node.isRenewalDue(at: time) { try input(.timePassed, to: node) }
            return
        }
        let behind = node.ailment.headsBehindUntil > time ? node.ailment.headsBehind : 0
        let head = host(of: node).head.block.number.subtracting(behind)
        guard head.rawValue.isMultiple(of: node.ailment.headStride) || node.heard.isEmpty else { return }
        while let last = node.heard.last, shown(last.number, to: node) != last {
            node.heard.removeLast()
            guard let ancestor = node.heard.last else { break }
            if shown(ancestor.number, to: node) == ancestor {
                let depth = last.number.rawValue - ancestor.number.rawValue
                try input(.reorganised(ancestor, depth: depth), to: node)
            }
        }
        guard node.isUp else { return }
        // A first head, or one after a gap longer than what is held, begins the chain anew.
        var next = node.heard.last?.number.adding(1) ?? head
        if next.rawValue + 64 < head.rawValue { next = head.subtracting(8) }
        while next <= head, let block = shown(next, to: node), node.isUp {
            for _ in 0..<node.ailment.headRepeats where node.heard.last != block || node.ailment.headRepeats > 1 {
                if node.heard.last != block { node.heard.append(block) }
                if block.number.rawValue.isMultiple(of: profile.frequency) { node.disk.windowOpened(block.number) }
                if node.heard.count > 96 { node.heard.removeFirst(32) }
                if node.number == node.index { monitor.heard(block.number, by: node.index, at: time) }
                try input(.head(block), to: node)
            }
            next = next.adding(1)
        }
        if node.isRenewalDue(at: time) { try input(.timePassed, to: node) }
    }

    /// What a node's sources say to a question.
    func answer(_ query: ChainQuery, to node: SimulatedNode) -> ChainAnswer {
        switch query {
        case .host(let query):
            guard node.ailment.headsSilentUntil <= time else { return .unavailable(.silent) }
            let answer = host(of: node).answer(query)
            guard let hole = node.ailment.indexHole, hole.until > time,
                case .host(.redemptionRequests(let events)) = answer
            else { return answer }
            return .host(.redemptionRequests(events.filter { !hole.blocks.contains($0.block) }))
        case .bitcoin(let query):
            guard node.ailment.bitcoinSilentUntil <= time else { return .unavailable(.stale) }
            if node.ailment.bitcoinForeignUntil > time { return Self.foreignBitcoin.answer(query) }
            if node.number != node.index {
                // The second process has another estimate, so that it proposes another fee.
                var other = bitcoin
                other.estimate += 5
                return other.answer(query)
            }
            if node.ailment.bitcoinLagUntil > time { return laggingBitcoin().answer(query) }
            return bitcoin.answer(query)
        }
    }

    // MARK: - Bitcoin

    /// A chain that has nothing to do with any wallet.
    private static let foreignBitcoin: BitcoinModel = {
        var chain = BitcoinModel(genesis: TxOutput(value: .zero, script: Script([0x6a])), time: 1_600_000_000)
        for _ in 0..<40 { chain.mine() }
        return chain
    }()

    /// How many of Bitcoin's newest blocks can be replaced, or be unknown to those who lag.
    private var undoable: Int { min(max(7, settings.deepestBitcoinReorg), Int(bitcoin.height - firstHeight)) }

    /// Bitcoin without its newest blocks.
    private func laggingBitcoin() -> BitcoinModel {
        if let lagging, lagging.tip == bitcoin.tip { return lagging.chain }
        let chain = bitcoin.before(newest: undoable)
        lagging = (bitcoin.tip, chain)
        return chain
    }

    /// The next Bitcoin block.
    func mineBitcoin() {
        bitcoin.mine()
        log.note(time, 32, 0)
        log.note(bitcoin.tip.hash.bytes)
        queue.push(.bitcoinBlock, at: time + Self.bitcoinInterval)
    }

    /// Takes a transaction into the mempool of the world.
    func publish(_ transaction: Transaction, by node: SimulatedNode) throws(Violation) {
        guard node.ailment.bitcoinSilentUntil <= time, node.ailment.bitcoinForeignUntil <= time else { return }
        log.note(time, 33, node.index)
        do throws(BitcoinModel.Refusal) {
            try bitcoin.accept(transaction)
            monitor.published(transaction)
        } catch {
            let refusal = error
            try at { () throws(Invariant.Breach) in try monitor.refused(transaction, refusal) }
        }
    }

    /// Replaces Bitcoin's newest blocks by as many others and one more; their transactions wait to be mined again.
    func reorganiseBitcoin(depth: Int) {
        guard depth > 0, depth <= undoable else { return }
        let dropped = bitcoin.blocks.suffix(depth).flatMap(\.transactions).filter { !$0.isCoinbase }
        let waiting = bitcoin.mempool
        bitcoin = bitcoin.before(newest: depth)
        bitcoin.diverge()
        for transaction in bitcoin.mempool { bitcoin.evict(transaction.txid) }
        for _ in 0..<(depth + 1) { bitcoin.mine() }
        for transaction in dropped + waiting { try? bitcoin.accept(transaction) }
        log.note(time, 34, depth)
        trace?(time, -1, "Bitcoin reorganised by \(depth) blocks")
    }
}
