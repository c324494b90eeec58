import Bitcoin
import ChainModels
import Primitives
import Secp256k1
import TestKit
import Testing

/// Blocks that are taken back leave the chain that was there before them.
@Suite struct BitcoinModelTests {
    @Test("A chain without its newest blocks is the chain that was there before them", arguments: UInt64(0)..<8)
    func before(seed: UInt64) throws {
        var bench = try BitcoinBench(seed: seed)
        for _ in 0..<12 {
            for _ in 0..<Int.random(in: 0..<5, using: &bench.random) { try bench.spendSomething() }
            bench.mine()
        }
        for depth in 0...12 { bench.expectSame(depth) }
    }

    @Test("So it is on branches that spend the same outputs otherwise", arguments: UInt64(0)..<8)
    func branches(seed: UInt64) throws {
        var bench = try BitcoinBench(seed: 100 + seed)
        for round in 0..<6 {
            for _ in 0..<3 {
                for _ in 0..<3 { try bench.spendSomething() }
                bench.mine()
            }
            if round > 0 { bench.replace(Int.random(in: 1...3, using: &bench.random)) }
        }
        for depth in 0..<bench.model.blocks.count { bench.expectSame(depth) }
    }

    @Test("Transactions that spend each other, in one block or in two, are taken back together")
    func chained() throws {
        var bench = try BitcoinBench(seed: 1)
        let genesis = OutPoint(txid: try #require(bench.model.blocks[0].transactions.first).txid, index: 0)
        let first = try bench.spend([genesis], into: 2)
        let second = try bench.spend([OutPoint(txid: first.txid, index: 0)], into: 1)
        bench.mine()
        let third = try bench.spend(
            [OutPoint(txid: second.txid, index: 0), OutPoint(txid: first.txid, index: 1)], into: 1)
        bench.mine()

        let one = bench.model.before(newest: 1)
        #expect(one.mempool == [third])
        #expect(one.confirmed(second.txid)?.height == 1)
        #expect(one.confirmed(third.txid) == nil)
        #expect(one.confirmedSpender(of: OutPoint(txid: first.txid, index: 1)) == nil)
        #expect(one.coins[OutPoint(txid: first.txid, index: 1)]?.height == 1)
        #expect(one.coins[OutPoint(txid: first.txid, index: 0)] == nil)

        let both = bench.model.before(newest: 2)
        #expect(both.mempool == [first, second])
        #expect(Set(both.coins.keys) == [genesis])
        #expect(both.coins[genesis]?.isCoinbase == true)
        #expect(both.coins[genesis]?.height == 0)
        for transaction in [first, second, third] { #expect(both.confirmed(transaction.txid) == nil) }
        #expect(both.confirmedSpender(of: genesis) == nil)
        // What was taken back can be mined again.
        var again = both
        again.mine()
        #expect(again.confirmed(second.txid)?.height == 1)
    }

    @Test("A branch has other blocks than the one it replaces, and than all before, though it holds the same")
    func diverging() throws {
        var bench = try BitcoinBench(seed: 2)
        for _ in 0..<4 { bench.mine() }
        var seen = Set(bench.model.blocks.map(\.hash))
        for depth in [3, 3, 1, 2, 3] {
            var branch = bench.model.before(newest: depth)
            branch.diverge()
            for _ in 0..<depth {
                let block = branch.mine()
                #expect(seen.insert(block.hash).inserted)
            }
            #expect(branch.height == bench.model.height)
            bench.model = branch
        }
    }
}

/// A chain of random spends of one key's outputs, with a copy of it from before each block.
private struct BitcoinBench {
    var random: SeededGenerator
    var model: BitcoinModel
    private let key = TestKey.ofTest
    private let script: Script
    /// The chain as it stood before the block of each height was mined.
    private var copies: [UInt32: BitcoinModel] = [:]
    /// Every transaction that was ever accepted.
    private var transactions: [Transaction] = []

    init(seed: UInt64) throws {
        random = SeededGenerator(seed: seed)
        script = .p2tr(key.publicKey.xOnly)
        let value = try #require(Satoshis(1_000_000_000))
        model = BitcoinModel(genesis: TxOutput(value: value, script: script), time: 1_700_000_000)
    }

    /// Spends one or two outputs that nothing spends, of the chain or of the mempool.
    mutating func spendSomething() throws {
        let made = model.mempool.flatMap { transaction in
            transaction.outputs.indices.map { OutPoint(txid: transaction.txid, index: UInt32($0)) }
        }
        let free = (Array(model.coins.keys) + made).filter { model.unconfirmedSpender(of: $0) == nil }
            .sorted { ($0.txid.bytes.hex, $0.index) < ($1.txid.bytes.hex, $1.index) }
        let count = Int.random(in: 1...2, using: &random)
        let chosen = Array(free.shuffled(using: &random).prefix(count))
        try spend(chosen, into: Int.random(in: 1...3, using: &random))
    }

    /// Spends outputs in equal parts, less a fee that differs from spend to spend.
    @discardableResult
    mutating func spend(_ outPoints: [OutPoint], into count: Int) throws -> Transaction {
        let spent = try outPoints.map { try #require(model.output($0)) }
        let fee = UInt64.random(in: 2_000..<4_000, using: &random)
        let share = (spent.reduce(0) { $0 + $1.value.rawValue } - fee) / UInt64(count)
        let output = TxOutput(value: try #require(Satoshis(share)), script: script)
        let unsigned = Transaction(
            version: 2, inputs: outPoints.map { TxInput(outPoint: $0, sequence: 0) },
            outputs: Array(repeating: output, count: count), lockTime: 0)
        let unlockings = try outPoints.indices.map { index in
            let digest = try Sighash.digest(of: unsigned, input: index, spent: spent)
            return Unlocking.taprootKeyPath(key.value.signSchnorr(message: digest.bytes, auxiliary: .zero))
        }
        let signed = unsigned.unlocked(by: unlockings)
        try model.accept(signed)
        transactions.append(signed)
        return signed
    }

    /// Mines a block, and keeps the chain from before it.
    mutating func mine() {
        copies[model.height + 1] = model
        let isPaid = Bool.random(using: &random)
        let value = Satoshis(5_000_000 + UInt64(model.height)) ?? .zero
        model.mine(paying: isPaid ? TxOutput(value: value, script: script) : nil)
    }

    /// Replaces the newest blocks by others, with some of what the first of them held.
    mutating func replace(_ depth: Int) {
        model = model.before(newest: depth)
        model.diverge()
        // From the end, so that nothing stays whose parent is gone.
        let kept = Int.random(in: 0...model.mempool.count, using: &random)
        for transaction in model.mempool.dropFirst(kept) { model.evict(transaction.txid) }
        mine()
    }

    /// Expects that the chain without its newest blocks is the copy from before them.
    func expectSame(_ depth: Int) {
        let undone = model.before(newest: depth)
        let copy = depth == 0 ? model : copies[model.height + 1 - UInt32(depth)]
        guard let copy else {
            Issue.record("there is a copy from before every block")
            return
        }
        #expect(undone.blocks == copy.blocks, "depth \(depth)")
        #expect(undone.coins == copy.coins, "depth \(depth)")
        #expect(undone.mempool == copy.mempool, "depth \(depth)")
        #expect(undone.tip == copy.tip)
        #expect(undone.height == copy.height)
        for transaction in transactions {
            let (left, right) = (undone.confirmed(transaction.txid), copy.confirmed(transaction.txid))
            #expect(left?.height == right?.height, "depth \(depth)")
            #expect(left?.transaction == right?.transaction, "depth \(depth)")
            for input in transaction.inputs {
                let spender = undone.confirmedSpender(of: input.outPoint)
                #expect(spender == copy.confirmedSpender(of: input.outPoint), "depth \(depth)")
            }
        }
        var (next, expected) = (undone, copy)
        #expect(next.mine().transactions.dropFirst() == expected.mine().transactions.dropFirst())
        #expect(next.coins.count == expected.coins.count)
    }
}

extension TestKey {
    /// The key of every output: the same for each seed, so that a failing seed comes again.
    fileprivate static let ofTest: TestKey = {
        var secret = sha256(Bytes("bitcoin model".utf8)).bytes
        guard let key = PrivateKey(secret: SecretBytes(wiping: &secret)) else {
            preconditionFailure("the digest is a key")
        }
        return TestKey(key)
    }()
}
