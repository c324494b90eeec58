import ChainFollowing
import Coordination
import Ethereum
import Primitives
import TestKit
import Testing
import WalletActions

/// What the index of Bridge events answers, and when it cannot tell.
@Suite struct EventIndexTests {
    private static let everyThird: @Sendable (UInt64) -> Int = { Int($0 % 3) }

    private func chain(upTo last: UInt64) -> TestChain {
        var chain = TestChain(upTo: 0)
        chain.mine(Int(last), events: Self.everyThird)
        return chain
    }

    private func index(startBlock: UInt64 = 0) -> EventIndex {
        EventIndex(bridge: TestChain.bridge, startBlock: BlockNumber(startBlock), firstWait: .seconds(1))
    }

    private func amounts(_ events: [IndexedEvent]?) -> [UInt64]? {
        events?.compactMap {
            if case .redemptionRequested(let event) = $0.content { event.requestedAmount } else { nil }
        }
    }

    private func truth(_ chain: TestChain, upTo block: UInt64) throws -> [UInt64] {
        try chain.logs(in: BlockNumber(0)...BlockNumber(block)).map {
            try Bridge.RedemptionRequested(decoding: $0.log).requestedAmount
        }
    }

    private func readAll(_ index: inout EventIndex, _ chain: TestChain) throws {
        while let range = index.nextRange(size: 7) { try index.read(chain.logs(in: range), in: range) }
        while let block = index.nextBlocks(limit: 1).first { try index.read(chain.logs(of: block), of: block) }
    }

    @Test("It answers where history and followed blocks are read, and only up to the head")
    func complete() throws {
        let chain = chain(upTo: 50)
        var index = index()
        #expect(index.events(of: TestChain.wallet, upTo: BlockNumber(0)) == nil, "nothing is followed yet")
        for block in chain.blocks.suffix(10) { index.arrived(block) }
        #expect(index.events(of: TestChain.wallet, upTo: BlockNumber(0)) == nil, "history is not read yet")
        try readAll(&index, chain)
        for block: UInt64 in [0, 1, 20, 40, 41, 50] {
            #expect(
                try amounts(index.events(of: TestChain.wallet, upTo: BlockNumber(block))) == truth(chain, upTo: block))
        }
        #expect(index.events(of: TestChain.wallet, upTo: BlockNumber(51)) == nil, "above the head")
        #expect(index.events(of: .none, upTo: BlockNumber(50)) == [], "a wallet without events")
    }

    @Test("A pending request without an event is a hole, which the block's second reading fills", arguments: [10, 45])
    func hole(in number: UInt64) throws {
        var chain = chain(upTo: 9)
        let request = Bridge.RedemptionRequest(
            redeemer: .zero, requestedAmount: 123_456, treasuryFee: 1, txMaxFee: 2, requestedAt: UnixTime(1))
        while chain.head.number.rawValue < 50 {
            let isHole = chain.head.number.rawValue + 1 == number
            let event = Bridge.RedemptionRequested(
                wallet: TestChain.wallet.hash, redeemerOutputScript: PrefixedScript([0x52]), redeemer: .zero,
                requestedAmount: isHole ? 123_456 : 5, treasuryFee: 1, txMaxFee: 2)
            chain.mineBlock(with: [event])
        }
        let key = ContractKeys.redemption(script: [0x52], wallet: TestChain.wallet.hash)
        let hole = try #require(chain[BlockNumber(number)])
        let last = BlockNumber(50)
        var index = index()
        for block in chain.blocks.suffix(10) { index.arrived(block) }
        index.shown(request, key: key, at: last, now: .zero)
        #expect(index.holes.lowest == nil, "not read: it says so itself")
        while let range = index.nextRange(size: 7) {
            try index.read(chain.logs(in: range).filter { $0.block != hole.number }, in: range)
        }
        while let block = index.nextBlocks(limit: 1).first {
            try index.read(block == hole ? [] : chain.logs(of: block), of: block)
        }
        let before = hole.number.subtracting(1)
        #expect(index.isComplete(upTo: last))
        index.shown(request, key: key, at: last, now: .zero)
        #expect(!index.isComplete(upTo: BlockNumber(0)), "the hole may be anywhere")
        index.located(hole: key, in: hole)
        #expect(index.isComplete(upTo: before) && !index.isComplete(upTo: hole.number))
        #expect(index.events(of: TestChain.wallet, upTo: last) == nil)
        try index.readAgain([], of: hole, hole: key)
        #expect(!index.isComplete(upTo: hole.number), "the source still gives nothing")
        try index.readAgain(chain.logs(of: hole), of: hole, hole: key)
        #expect(index.isComplete(upTo: last))
        try index.readAgain(chain.logs(of: hole), of: hole, hole: key)
        #expect(try amounts(index.events(of: TestChain.wallet, upTo: last)) == truth(chain, upTo: 50))
    }

    @Test("A second answer without the missing event takes nothing away")
    func halfAnswer() throws {
        var (index, chain) = (index(), TestChain(upTo: 20))
        chain.mine(1, events: { _ in 2 })
        for block in chain.blocks.suffix(5) { index.arrived(block) }
        try readAll(&index, chain)
        let (key, held) = (UInt256(7), index.events(of: TestChain.wallet, upTo: chain.head.number))
        index.shown(Self.request(amount: 9), key: key, at: chain.head.number, now: .zero)
        try index.readAgain(Array(chain.logs(of: chain.head).prefix(1)), of: chain.head, hole: key)
        #expect(index.events(of: TestChain.wallet, upTo: chain.head.number) == nil)
        index.shown(Self.request(amount: 9, at: 0), key: key, at: chain.head.number, now: .zero)
        #expect(index.events(of: TestChain.wallet, upTo: chain.head.number) == held && held?.count == 2)
    }

    private static func request(amount: UInt64, at time: UInt64 = 1) -> Bridge.RedemptionRequest {
        Bridge.RedemptionRequest(
            redeemer: .zero, requestedAmount: amount, treasuryFee: 1, txMaxFee: 2, requestedAt: UnixTime(time))
    }

    @Test("A hole ends when the Bridge shows the request no more, at no earlier block than it did, or with its block")
    func holesEnd() throws {
        let (key, chain) = (UInt256(7), chain(upTo: 20))
        var index = index()
        for block in chain.blocks.suffix(8) { index.arrived(block) }
        try readAll(&index, chain)
        index.shown(Self.request(amount: 9), key: key, at: BlockNumber(18), now: .zero)
        index.shown(Self.request(amount: 9, at: 0), key: key, at: BlockNumber(17), now: .zero)
        #expect(!index.isComplete(upTo: BlockNumber(18)))
        var orphaned = index
        orphaned.reorganised(to: BlockNumber(17))
        #expect(orphaned.isComplete(upTo: BlockNumber(17)))
        index.shown(Self.request(amount: 9, at: 0), key: key, at: BlockNumber(18), now: .zero)
        #expect(index.isComplete(upTo: BlockNumber(18)))
    }

    @Test("A source that never fills its holes is asked for each at most once a minute, and for no more than sixteen")
    func boundedHoles() throws {
        let chain = chain(upTo: 60)
        var index = index()
        for block in chain.blocks.suffix(8) { index.arrived(block) }
        try readAll(&index, chain)
        for number in 1...40 as ClosedRange<UInt64> {
            let key = UInt256(number)
            index.shown(Self.request(amount: 1_000_000 + number), key: key, at: BlockNumber(60), now: .zero)
            index.located(hole: key, in: try #require(chain[BlockNumber(61 - number)]))
        }
        #expect(index.isComplete(upTo: BlockNumber(20)) && !index.isComplete(upTo: BlockNumber(21)))
        var tries: [UInt256: Int] = [:]
        for second in 0..<3_600 {
            // What the contract shows at every head changes nothing.
            for number in 1...40 as ClosedRange<UInt64> where index.holes[UInt256(number)] != nil {
                let request = Self.request(amount: 1_000_000 + number)
                index.shown(request, key: UInt256(number), at: BlockNumber(60), now: .seconds(second))
            }
            while let hole = index.holes.due(at: .seconds(second)) {
                tries[hole.key, default: 0] += 1
                index.tried(hole: hole.key, now: .seconds(second), jitter: 0.5)
            }
        }
        #expect(tries.count == IndexHoles.most)
        #expect(tries.values.allSatisfy { (55...67).contains($0) }, "\(tries.values)")
    }

    @Test("History that is read up to a block answers up to it")
    func partialHistory() throws {
        let chain = chain(upTo: 50)
        var index = index()
        for block in chain.blocks.suffix(10) { index.arrived(block) }
        let range = try #require(index.nextRange(size: 12))
        #expect(range == BlockNumber(0)...BlockNumber(11))
        try index.read(chain.logs(in: range), in: range)
        #expect(try amounts(index.events(of: TestChain.wallet, upTo: BlockNumber(11))) == truth(chain, upTo: 11))
        #expect(index.events(of: TestChain.wallet, upTo: BlockNumber(12)) == nil)
    }

    @Test("History ends where the followed blocks begin, and begins at the start block")
    func ranges() throws {
        let chain = chain(upTo: 50)
        var index = index(startBlock: 35)
        #expect(index.nextRange(size: 100) == nil, "nothing is followed yet")
        for block in chain.blocks.suffix(10) { index.arrived(block) }
        let range = try #require(index.nextRange(size: 100))
        #expect(range == BlockNumber(35)...BlockNumber(40))
        try index.read(chain.logs(in: range), in: range)
        #expect(index.nextRange(size: 100) == nil)
        #expect(index.events(of: TestChain.wallet, upTo: BlockNumber(10)) == [], "before the Bridge there is nothing")
    }

    @Test("A followed block that is not read is a hole")
    func hole() throws {
        var chain = chain(upTo: 20)
        var index = index()
        for block in chain.blocks.suffix(5) { index.arrived(block) }
        try readAll(&index, chain)
        chain.mine(1, events: Self.everyThird)
        index.arrived(chain.head)
        #expect(index.events(of: TestChain.wallet, upTo: BlockNumber(21)) == nil)
        #expect(index.events(of: TestChain.wallet, upTo: BlockNumber(20)) != nil)
        try readAll(&index, chain)
        #expect(try amounts(index.events(of: TestChain.wallet, upTo: BlockNumber(21))) == truth(chain, upTo: 21))
    }

    @Test("Orphaned events go, and an answer for an orphaned block changes nothing")
    func reorganised() throws {
        var chain = chain(upTo: 20)
        var index = index()
        for block in chain.blocks.suffix(8) { index.arrived(block) }
        try readAll(&index, chain)
        chain.mine(1, events: Self.everyThird)
        let orphan = chain.head
        index.arrived(orphan)
        chain.reorganise(depth: 4, count: 5, events: { _ in 2 })
        index.reorganised(to: BlockNumber(17))
        for block in chain.blocks.suffix(5) { index.arrived(block) }
        try index.read(chain.logs(of: orphan), of: orphan)
        #expect(index.events(of: TestChain.wallet, upTo: BlockNumber(18)) == nil)
        try readAll(&index, chain)
        #expect(try amounts(index.events(of: TestChain.wallet, upTo: BlockNumber(22))) == truth(chain, upTo: 22))
    }

    @Test("An answer that breaks a rule is refused, and leaves the hole")
    func refusals() throws {
        let chain = chain(upTo: 20)
        let block = try #require(chain[BlockNumber(20)])
        let other = try #require(chain[BlockNumber(19)])
        let good = chain.logs(of: block)
        try #require(good.count == 2)
        let stranger = PlacedLog(
            log: EventLog(address: .zero, topics: good[0].log.topics, data: good[0].log.data), block: block.number,
            blockHash: block.hash, logIndex: 0)
        let bent = PlacedLog(
            log: EventLog(address: TestChain.bridge, topics: good[0].log.topics, data: []), block: block.number,
            blockHash: block.hash, logIndex: 0)
        let elsewhere = TestChain.request(amount: 1, in: other, at: 0)
        let cases: [([PlacedLog], LogFailure)] = [
            ([stranger], .address(.zero)),
            ([elsewhere], .block(other.number, other.hash)),
            ([good[1], good[0]], .order(block.number, logIndex: 0)),
            ([good[0], good[0]], .order(block.number, logIndex: 0)),
            ([bent], .malformed(block.number, logIndex: 0, .truncated(offset: 0))),
        ]
        for (logs, failure) in cases {
            var index = index()
            index.arrived(block)
            #expect(throws: failure) { try index.read(logs, of: block) }
            #expect(!index.isComplete(upTo: block.number) && index.nextBlocks(limit: 1) == [block])
        }
        var index = index()
        index.arrived(block)
        let range = BlockNumber(0)...BlockNumber(9)
        #expect(throws: LogFailure.block(other.number, other.hash)) { try index.read([elsewhere], in: range) }
        #expect(index.nextRange(size: 10) == range)
    }
}
