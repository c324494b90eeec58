import ChainFollowing
import Node
import Primitives
import TestKit
import Testing
import WalletActions

/// Following a head under several ways of hearing of it.
@Suite struct HeadFollowerTests {
    /// A subscriber that keeps the chain it was told, and the follower that tells it.
    private struct Listener {
        var follower: HeadFollower
        private(set) var told: [HostBlock] = []
        private(set) var reorganisations: [UInt64] = []
        private(set) var anchored: [HostBlock] = []
        private(set) var unlinked: [HostBlock] = []
        private(set) var fetches = 0

        init(limits: HeadFollower.Limits = HeadFollower.Limits(anchorDepth: 4, kept: 16, fetchSize: 8)) {
            follower = HeadFollower(limits: limits)
        }

        /// Announces a block and carries out what follows; `answer` stands for the source.
        mutating func hear(
            _ head: HostBlock, answer: (ClosedRange<BlockNumber>) -> [HostBlock?]?
        ) {
            var effects = follower.announced(head)[...]
            while let effect = effects.popFirst() {
                switch effect {
                case .fetch(let range):
                    fetches += 1
                    #expect(effects.isEmpty, "a fetch is the last effect")
                    if let blocks = answer(range) {
                        effects += follower.fetched(blocks)
                    } else {
                        follower.fetchFailed()
                    }
                case .anchored(let blocks):
                    #expect(told.isEmpty && anchored.isEmpty)
                    anchored = blocks
                case .deliver(.block(let block)):
                    if let last = told.last {
                        #expect(block.number == last.number.adding(1) && block.parentHash == last.hash)
                    }
                    told.append(block)
                case .deliver(.reorganised(let ancestor, let depth)):
                    #expect(depth > 0 && told.last?.number == ancestor.number.adding(depth))
                    reorganisations.append(depth)
                    told.removeAll { $0.number > ancestor.number }
                    if let last = told.last { #expect(last == ancestor) }
                    // The subscriber may never have heard of blocks before the head it started with.
                    if told.isEmpty { told = [ancestor] }
                case .unlinked(let block): unlinked.append(block)
                }
            }
        }

        mutating func hear(_ head: HostBlock, of chain: TestChain) {
            hear(head) { range in Self.blocks(of: chain, in: range) }
        }

        static func blocks(of chain: TestChain, in range: ClosedRange<BlockNumber>) -> [HostBlock?] {
            (range.lowerBound.rawValue...range.upperBound.rawValue).map { chain[BlockNumber($0)] }
        }

        /// Whether what was told is the source's chain, without a gap.
        func agrees(with chain: TestChain) -> Bool {
            guard let first = told.first else { return false }
            return told == chain.blocks.filter { $0.number >= first.number }
        }
    }

    @Test("The first head is told alone, and the blocks before it are the anchor")
    func anchor() {
        let chain = TestChain(upTo: 100)
        var listener = Listener()
        listener.hear(chain.head, of: chain)
        #expect(listener.told == [chain.head])
        #expect(listener.anchored == Array(chain.blocks.suffix(5).dropLast()))
    }

    @Test("A chain shorter than the depth is anchored at its first block")
    func shortChain() {
        let chain = TestChain(first: 900, upTo: 902)
        var listener = Listener()
        listener.hear(chain.head, of: chain)
        #expect(listener.anchored == Array(chain.blocks.dropLast()))
        #expect(listener.told == [chain.head])
    }

    @Test("A hole or a broken link in the first blocks is no anchor; the next announcement tries again")
    func brokenAnchor() {
        let chain = TestChain(upTo: 100)
        var other = chain
        other.reorganise(depth: 2, count: 2)
        var listener = Listener()
        listener.hear(chain.head) { range in
            Listener.blocks(of: chain, in: range).map { $0?.number == BlockNumber(98) ? nil : $0 }
        }
        listener.hear(chain.head) { range in
            Listener.blocks(of: chain, in: range).dropLast() + [other.head]
        }
        listener.hear(chain.head) { _ in nil }
        #expect(listener.told.isEmpty && listener.follower.chain == nil)
        listener.hear(chain.head, of: chain)
        #expect(listener.told == [chain.head])
    }

    @Test("Blocks announced one by one are told one by one, without a fetch")
    func oneByOne() {
        var chain = TestChain(upTo: 10)
        var listener = Listener()
        listener.hear(chain.head, of: chain)
        let fetches = listener.fetches
        for _ in 0..<40 {
            chain.mine()
            listener.hear(chain.head, of: chain)
        }
        #expect(listener.agrees(with: chain) && listener.told.count == 41)
        #expect(listener.fetches == fetches)
    }

    @Test("Skipped heights are filled in order", arguments: [2, 8, 9, 16, 17, 100])
    func skipping(gap: Int) {
        var chain = TestChain(upTo: 10)
        var listener = Listener()
        listener.hear(chain.head, of: chain)
        chain.mine(gap)
        listener.hear(chain.head, of: chain)
        #expect(listener.agrees(with: chain) && listener.told.count == gap + 1)
    }

    @Test("A repeated head, and one that was told before, tell nothing")
    func repeated() {
        var chain = TestChain(upTo: 10)
        var listener = Listener()
        listener.hear(chain.head, of: chain)
        chain.mine(3)
        listener.hear(chain.head, of: chain)
        let told = listener.told
        for block in chain.blocks.suffix(5) { listener.hear(block, of: chain) }
        listener.hear(chain.head, of: chain)
        #expect(listener.told == told && listener.reorganisations.isEmpty)
    }

    @Test(
        "A reorganisation is told once, with its depth, before the new branch's blocks",
        arguments: [1, 2, 3, 4, 5, 9, 14], [1, 2, 4, 20])
    func reorganised(depth: Int, count: Int) {
        var chain = TestChain(upTo: 10)
        var listener = Listener()
        listener.hear(chain.head, of: chain)
        for _ in 0..<20 {
            chain.mine()
            listener.hear(chain.head, of: chain)
        }
        chain.reorganise(depth: depth, count: count)
        listener.hear(chain.head, of: chain)
        #expect(listener.agrees(with: chain))
        #expect(listener.reorganisations == [UInt64(depth)])
    }

    @Test("A fork below the first head, but among its anchor, is found")
    func reorganisedBelowFirstHead() {
        var chain = TestChain(upTo: 10)
        var listener = Listener()
        listener.hear(chain.head, of: chain)
        chain.reorganise(depth: 3, count: 4)
        listener.hear(chain.head, of: chain)
        #expect(listener.reorganisations == [3])
        #expect(listener.agrees(with: chain) && listener.told.first?.number == BlockNumber(7))
    }

    @Test("A chain that only becomes shorter tells nothing until its new branch has a block")
    func shortened() {
        var chain = TestChain(upTo: 20)
        var listener = Listener()
        listener.hear(chain.head, of: chain)
        chain.mine(5)
        listener.hear(chain.head, of: chain)
        let told = listener.told
        chain.shorten(by: 3)
        listener.hear(chain.head, of: chain)
        #expect(listener.told == told)
        chain.reorganise(depth: 0, count: 1)
        listener.hear(chain.head, of: chain)
        #expect(listener.agrees(with: chain) && listener.reorganisations == [3])
    }

    @Test("A source that announces another branch and answers with ours causes no reorganisation")
    func flapping() {
        var chain = TestChain(upTo: 20)
        var listener = Listener()
        listener.hear(chain.head, of: chain)
        chain.mine(6)
        listener.hear(chain.head, of: chain)
        var other = chain
        for depth in 1...6 {
            other = chain
            other.reorganise(depth: depth, count: 1)
            listener.hear(other.head, of: chain)
            other.mine()
            listener.hear(other.head, of: chain)
        }
        #expect(listener.agrees(with: chain) && listener.reorganisations.isEmpty)
    }

    @Test("A branch that leaves the chain below all that is kept is not followed, and our own still is")
    func unlinked() {
        var chain = TestChain(upTo: 100)
        var listener = Listener()
        listener.hear(chain.head, of: chain)
        for _ in 0..<50 {
            chain.mine()
            listener.hear(chain.head, of: chain)
        }
        var other = chain
        other.reorganise(depth: 40, count: 45)
        let told = listener.told
        listener.hear(other.head, of: other)
        #expect(listener.told == told && listener.unlinked.count == 1)
        let stale = TestChain(upTo: 30)
        listener.hear(stale.head, of: stale)
        #expect(listener.unlinked.count == 2)
        chain.mine(2)
        listener.hear(chain.head, of: chain)
        #expect(listener.agrees(with: chain) && listener.reorganisations.isEmpty)
    }

    @Test("The first chain ends in the very block that was announced; one that ends in another is none")
    func otherHead() {
        let chain = TestChain(upTo: 100)
        var listener = Listener()
        for depth in [1, 3, 5, 6, 100] {
            var other = chain
            other.reorganise(depth: depth, count: depth)
            listener.hear(chain.head, of: other)
            #expect(listener.follower.chain == nil && listener.told.isEmpty && listener.anchored.isEmpty)
        }
        listener.hear(chain.head, of: chain)
        #expect(listener.told == [chain.head])
    }

    @Test("Whatever a source does, the chain told links, and equals the source's once that rests", arguments: 0..<400)
    func random(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        var chain = TestChain(upTo: UInt64.random(in: 0...30, using: &random))
        var listener = Listener(limits: HeadFollower.Limits(anchorDepth: 6, kept: 64, fetchSize: 5))
        for _ in 0..<60 {
            disturb(&chain, &random)
            let back = Int.random(in: 0..<min(4, chain.blocks.count), using: &random)
            let announced = chain.blocks[chain.blocks.count - 1 - back]
            listener.hear(announced) { range in
                if Int.random(in: 0..<8, using: &random) == 0 { return nil }
                if Int.random(in: 0..<4, using: &random) == 0 { disturb(&chain, &random) }
                return Listener.blocks(of: chain, in: range)
            }
        }
        // A shorter chain shows only by a block of its own.
        for _ in 0..<3 {
            chain.mine()
            listener.hear(chain.head, of: chain)
        }
        while chain.head.number < (listener.told.last?.number ?? BlockNumber(0)) { chain.mine() }
        listener.hear(chain.head, of: chain)
        #expect(listener.agrees(with: chain), "seed \(seed)")
        #expect(listener.unlinked.isEmpty, "seed \(seed)")
    }

    private func disturb(_ chain: inout TestChain, _ random: inout SeededGenerator) {
        switch Int.random(in: 0..<5, using: &random) {
        case 0: chain.mine(Int.random(in: 1...12, using: &random))
        case 1:
            let depth = Int.random(in: 0...min(4, chain.blocks.count - 1), using: &random)
            chain.reorganise(depth: depth, count: Int.random(in: 1...6, using: &random))
        case 2: chain.mine()
        default: break
        }
    }
}
