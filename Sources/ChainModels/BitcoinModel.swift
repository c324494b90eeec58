package import Bitcoin
import Primitives
package import Secp256k1

/// Bitcoin as a value: coins, a mempool and blocks. Every spend is checked, including scripts and signatures. Blocks
/// meet regtest's target.
package struct BitcoinModel: Sendable {
    /// The reason for which the mempool refuses a transaction.
    package enum Refusal: Error, Hashable, Sendable {
        /// The transaction is already in the chain or the mempool.
        case known
        /// An input spends an output that does not exist or is spent, in the chain or the mempool.
        case missingOrSpent(OutPoint)
        /// A rule of transactions, an amount or an input's unlocking fails.
        case invalid(SpendFailure)
        /// The transaction pays less than the mempool's minimum rate.
        case feeBelowMinimum
        /// An output is below its dust limit or of a kind that is not relayed.
        case dust(Int)
    }

    /// A coin that can be spent.
    package struct Coin: Hashable, Sendable {
        package let output: TxOutput
        package let height: UInt32
        package let isCoinbase: Bool
    }

    /// The blocks from height 0 on.
    package private(set) var blocks: [Block] = []
    /// Unspent confirmed outputs.
    package private(set) var coins: [OutPoint: Coin] = [:]
    /// Unconfirmed transactions in order of arrival.
    package private(set) var mempool: [Transaction] = []
    private var places: [Txid: (height: UInt32, index: Int)] = [:]
    private var spenders: [OutPoint: Txid] = [:]
    private var time: UInt32
    /// Distinguishes the blocks of branches with the same content.
    private var branch: UInt32 = 0
    private let schnorr: any SchnorrVerification
    /// The minimum rate of the mempool in sat/vB. Transactions already in the mempool stay.
    package var minimumRate: UInt64 = 1
    /// The node's estimate of the rate, in sat/vB.
    package var estimate: UInt64 = 10

    /// Makes a chain whose block 0 pays this output. P2TR signatures are verified by `schnorr`.
    package init(
        genesis reward: TxOutput, time: UInt32, schnorr: any SchnorrVerification = CurveVerification()
    ) {
        self.time = time
        self.schnorr = schnorr
        mine(paying: reward)
    }

    /// The height of the newest block.
    package var height: UInt32 { UInt32(blocks.count - 1) }

    /// The hash of the newest block.
    package var tip: BlockHash { blocks[blocks.count - 1].hash }

    /// The height of the block that contains a transaction, and the transaction; nil if no block contains it.
    package func confirmed(_ txid: Txid) -> (height: UInt32, transaction: Transaction)? {
        places[txid].map { ($0.height, blocks[Int($0.height)].transactions[$0.index]) }
    }

    /// The unconfirmed transaction with an id.
    package func unconfirmed(_ txid: Txid) -> Transaction? { mempool.first { $0.txid == txid } }

    /// The unconfirmed transaction that spends an output.
    package func unconfirmedSpender(of outPoint: OutPoint) -> Transaction? {
        mempool.first { $0.inputs.contains { $0.outPoint == outPoint } }
    }

    /// Adds a transaction to the mempool.
    ///
    /// - Throws: ``Refusal`` for the first rule that it breaks; the mempool does not change.
    package mutating func accept(_ transaction: Transaction) throws(Refusal) {
        let txid = transaction.txid
        guard unconfirmed(txid) == nil, confirmed(txid) == nil else { throw .known }
        var spent: [TxOutput] = []
        for input in transaction.inputs {
            guard unconfirmedSpender(of: input.outPoint) == nil, let output = output(input.outPoint) else {
                throw .missingOrSpent(input.outPoint)
            }
            spent.append(output)
        }
        let fee: Satoshis
        do throws(SpendFailure) {
            fee = try SpendVerifier.verify(transaction, spent: spent, schnorr: schnorr)
        } catch {
            throw .invalid(error)
        }
        guard fee.rawValue >= minimumRate * Self.vsize(transaction) else { throw .feeBelowMinimum }
        for (index, output) in transaction.outputs.enumerated() {
            guard let limit = output.script.dustLimit, output.value.rawValue >= limit else { throw .dust(index) }
        }
        mempool.append(transaction)
    }

    /// Mines the next block from the whole mempool. Its coinbase pays `reward`, or an unspendable output.
    @discardableResult
    package mutating func mine(paying reward: TxOutput? = nil) -> Block {
        time += 600 + branch
        let height = UInt32(blocks.count)
        let burnt = TxOutput(value: .zero, script: Script([0x6a]))
        let block = Block.mining(
            on: blocks.last?.hash ?? .zero, height: height, time: time, reward: reward ?? burnt,
            transactions: mempool)
        mempool = []
        blocks.append(block)
        for (place, transaction) in block.transactions.enumerated() {
            let txid = transaction.txid
            places[txid] = (height, place)
            for input in transaction.inputs {
                if coins.removeValue(forKey: input.outPoint) != nil { spenders[input.outPoint] = txid }
            }
            for (index, output) in transaction.outputs.enumerated() where output.script.bytes.first != 0x6a {
                coins[OutPoint(txid: txid, index: UInt32(index))] = Coin(
                    output: output, height: height, isCoinbase: transaction.isCoinbase)
            }
        }
        return block
    }

    /// Makes the next blocks different from those of the model that this one was copied from.
    package mutating func diverge() { branch += 1 }

    /// The chain before its newest `depth` blocks were mined. The transactions of the first of these blocks are in the
    /// mempool.
    package func before(newest depth: Int) -> BitcoinModel {
        precondition(depth < blocks.count, "block 0 is never undone")
        var model = self
        for _ in 0..<depth { model.undo() }
        return model
    }

    private mutating func undo() {
        let block = blocks.removeLast()
        for transaction in block.transactions.reversed() {
            let txid = transaction.txid
            for (index, _) in transaction.outputs.enumerated() {
                coins[OutPoint(txid: txid, index: UInt32(index))] = nil
            }
            for input in transaction.inputs where spenders[input.outPoint] == txid {
                spenders[input.outPoint] = nil
                coins[input.outPoint] = coin(input.outPoint, in: block)
            }
            places[txid] = nil
        }
        mempool = Array(block.transactions.dropFirst())
        if let newest = blocks.last { time = newest.header.time }
    }

    /// A coin as it was after the block that made it; `undone` is the block that is being undone.
    private func coin(_ outPoint: OutPoint, in undone: Block) -> Coin? {
        guard let place = places[outPoint.txid] else { return nil }
        let block = Int(place.height) < blocks.count ? blocks[Int(place.height)] : undone
        let transaction = block.transactions[place.index]
        return Coin(
            output: transaction.outputs[Int(outPoint.index)], height: place.height,
            isCoinbase: transaction.isCoinbase)
    }

    /// Removes an unconfirmed transaction from the mempool, as a full mempool does.
    package mutating func evict(_ txid: Txid) { mempool.removeAll { $0.txid == txid } }

    /// The confirmed transaction that spent an output.
    package func confirmedSpender(of outPoint: OutPoint) -> Txid? { spenders[outPoint] }

    /// The output with an outpoint: confirmed and unspent, or made by the mempool.
    package func output(_ outPoint: OutPoint) -> TxOutput? {
        if let coin = coins[outPoint] { return coin.output }
        guard let parent = unconfirmed(outPoint.txid), parent.outputs.indices.contains(Int(outPoint.index)) else {
            return nil
        }
        return parent.outputs[Int(outPoint.index)]
    }

    private static func vsize(_ transaction: Transaction) -> UInt64 {
        UInt64((3 * transaction.strippedBytes.count + transaction.encoded.count + 3) / 4)
    }
}
