import Bitcoin
import Primitives

/// The chain that every test starts from: 24 blocks, of which the client holds the last 14, heights 10 to 23.
enum TestBlocks {
    /// How many blocks the client holds.
    static let depth: UInt32 = 14
    /// What every output pays.
    static let script = Script([0x00, 0x14] + Bytes(repeating: 0x5a, count: 20))
    /// In block 1, too old for the client to hold; both outputs are unspent.
    static let old = spending(OutPoint(txid: Txid(hash(0x11)), index: 0), paying: [100_000_000, 1])
    /// In block 2, too old, its only output spent in block 3.
    static let gone = spending(OutPoint(txid: Txid(hash(0x22)), index: 0), paying: [5_000])
    /// In block 3.
    static let heir = spending(OutPoint(txid: gone.txid, index: 0), paying: [4_000])
    /// In block 20; output 0 is unspent, output 1 is spent by ``child``.
    static let recent = spending(OutPoint(txid: Txid(hash(0x33)), index: 0), paying: [30_000, 20_000])
    /// In block 22.
    static let child = spending(OutPoint(txid: recent.txid, index: 1), paying: [19_000])
    /// In no block; spends output 0 of ``recent``.
    static let waiting = spending(OutPoint(txid: recent.txid, index: 0), paying: [29_000])

    static let blocks: [Block] = {
        var blocks: [Block] = []
        for height in 0..<24 {
            let transactions = [1: [old], 2: [gone], 3: [heir], 20: [recent], 22: [child]][height] ?? []
            blocks.append(next(on: blocks, transactions))
        }
        return blocks
    }()

    /// The next block of a chain; `branch` tells blocks apart that are otherwise alike.
    static func next(on blocks: [Block], _ transactions: [Transaction], branch: UInt32 = 0) -> Block {
        Block.mining(
            on: blocks.last?.hash ?? .zero, height: UInt32(blocks.count),
            time: 1_700_000_000 + UInt32(blocks.count) * 600 + branch,
            reward: TxOutput(value: .zero, script: [0x51]), transactions: transactions)
    }

    /// A transaction of one input; nobody here looks at its signature.
    static func spending(_ outPoint: OutPoint, paying values: [UInt64]) -> Transaction {
        Transaction(
            version: 1,
            inputs: [TxInput(outPoint: outPoint, sequence: 0xffff_fffd, witness: [[1, 2, 3]])],
            outputs: values.map { TxOutput(value: Satoshis($0) ?? .zero, script: script) }, lockTime: 0)
    }

    static func hash(_ byte: UInt8) -> Hash32 { Hash32(Bytes(repeating: byte, count: 32)) ?? .zero }
}
