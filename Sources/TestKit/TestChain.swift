package import ChainFollowing
package import Coordination
package import Ethereum
package import Primitives
package import WalletActions

/// A host chain as a source holds it: linked blocks with their logs.
package struct TestChain {
    /// The contract of all events on the chain.
    package static let bridge = EthereumAddress(Hash20(Bytes(repeating: 0xb1, count: 20)) ?? .zero)
    /// The wallet of every event.
    package static let wallet = WalletPublicKeyHash(Hash20(Bytes(repeating: 0x77, count: 20)) ?? .zero)

    /// Every block, oldest first.
    package private(set) var blocks: [HostBlock] = []
    /// The logs of each block, by its hash; a block without logs has no entry.
    package private(set) var logs: [Hash32: [PlacedLog]] = [:]
    private var salt: UInt64 = 0

    /// Makes the blocks up to a number, from `first` on.
    package init(first: UInt64 = 0, upTo last: UInt64) {
        blocks = [
            HostBlock(
                number: BlockNumber(first), hash: Self.hash(first, 0, .zero), parentHash: .zero,
                timestamp: UnixTime(1000))
        ]
        mine(Int(last - first))
    }

    /// The newest block.
    package var head: HostBlock { blocks[blocks.count - 1] }

    /// The block with a number; nil where the chain has none.
    package subscript(number: BlockNumber) -> HostBlock? {
        guard let first = blocks.first, number >= first.number, number <= head.number else { return nil }
        return blocks[Int(number.blocks(since: first.number))]
    }

    /// Mines blocks; `events` gives the number of redemption requests in each by its number.
    package mutating func mine(_ count: Int = 1, events: (UInt64) -> Int = { _ in 0 }) {
        for _ in 0..<count {
            let parent = head
            let number = parent.number.adding(1)
            let block = HostBlock(
                number: number, hash: Self.hash(number.rawValue, salt, parent.hash), parentHash: parent.hash,
                timestamp: parent.timestamp.adding(12))
            blocks.append(block)
            let requests = (0..<events(number.rawValue)).map { index in
                Self.request(amount: number.rawValue * 1000 + salt * 10 + UInt64(index), in: block, at: UInt64(index))
            }
            if !requests.isEmpty { logs[block.hash] = requests }
        }
    }

    /// Mines a block with these events.
    package mutating func mineBlock(with events: [any ContractEvent]) {
        mine()
        logs[head.hash] = events.enumerated().map { index, event in
            PlacedLog(
                log: event.log(from: Self.bridge), block: head.number, blockHash: head.hash, logIndex: UInt64(index))
        }
    }

    /// Replaces the newest `depth` blocks by `count` others.
    package mutating func reorganise(depth: Int, count: Int, events: (UInt64) -> Int = { _ in 0 }) {
        blocks.removeLast(depth)
        salt += 1
        mine(count, events: events)
    }

    /// Drops the newest blocks without replacing them.
    package mutating func shorten(by count: Int) { blocks.removeLast(count) }

    /// The logs of a block.
    package func logs(of block: HostBlock) -> [PlacedLog] { logs[block.hash, default: []] }

    /// The logs of the blocks with these numbers, in chain order.
    package func logs(in range: ClosedRange<BlockNumber>) -> [PlacedLog] {
        blocks.filter { range.contains($0.number) }.flatMap { logs(of: $0) }
    }

    /// The log of a request of `amount` satoshi.
    package static func request(amount: UInt64, in block: HostBlock, at index: UInt64) -> PlacedLog {
        let event = Bridge.RedemptionRequested(
            wallet: wallet.hash, redeemerOutputScript: PrefixedScript([0x51]), redeemer: .zero,
            requestedAmount: amount, treasuryFee: 1, txMaxFee: 2)
        return PlacedLog(log: event.log(from: bridge), block: block.number, blockHash: block.hash, logIndex: index)
    }

    private static func hash(_ number: UInt64, _ salt: UInt64, _ parent: Hash32) -> Hash32 {
        var bytes = parent.bytes
        bytes.append(bigEndian: number)
        bytes.append(bigEndian: salt)
        return keccak256(bytes)
    }
}
