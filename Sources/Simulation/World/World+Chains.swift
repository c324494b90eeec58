import Bitcoin
import ChainModels
import Coordination
import Node
import Primitives
import WalletActions

extension World {
    /// Mines the next host block: the waiting calls, a little load, and proofs of transactions deep enough on Bitcoin.
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
        if entry.block.number.rawValue > Self.keptBlocks, entry.block.number.rawValue.isMultiple(of: 64) {
            host.forget(before: entry.block.number.subtracting(Self.keptBlocks))
        }
        log.note(time, 30, 0)
        trace?(time, -1, "host block \(entry.block.number), \(entry.events.count) events")
        log.note(entry.block.hash.bytes)
        tellHeads()
        if entry.block.number.rawValue.isMultiple(of: profile.frequency) { try windowOpened(entry.block) }
        queue.push(.hostBlock, at: time + Self.hostInterval)
    }

    /// Makes every source tell its node of the head, each a little later.
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

    /// Replaces the newest blocks by one more than before; the calls in them are made again.
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

    /// The answer of a node's sources to a question.
    func answer(_ query: ChainQuery, to node: SimulatedNode) -> ChainAnswer {
        switch query {
        case .host(let query): return answer(query, to: node)
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

    /// A chain unrelated to any wallet.
    private static let foreignBitcoin: BitcoinModel = {
        var chain = BitcoinModel(genesis: TxOutput(value: .zero, script: Script([0x6a])), time: 1_600_000_000)
        for _ in 0..<40 { chain.mine() }
        return chain
    }()

    /// The number of Bitcoin's newest blocks that can be replaced, or be unknown to a lagging source.
    private var undoable: Int { min(max(7, settings.deepestBitcoinReorg), Int(bitcoin.height - firstHeight)) }

    /// Bitcoin without its newest blocks.
    private func laggingBitcoin() -> BitcoinModel {
        if let lagging, lagging.tip == bitcoin.tip { return lagging.chain }
        let chain = bitcoin.before(newest: undoable)
        lagging = (bitcoin.tip, chain)
        return chain
    }

    /// Mines the next Bitcoin block.
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

    /// Replaces Bitcoin's newest blocks by the same number and one more; their transactions wait to be mined again.
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
