import Primitives
import TestKit
import Testing
import WalletActions

@testable import Node

/// The last blocks of the followed chain, by number.
@Suite struct RecentChainTests {
    /// A block of a branch.
    private static func block(_ number: UInt64, branch: Int = 0) -> HostBlock {
        let hash = { (number: UInt64) in sha256(Bytes("block \(number) of \(branch)".utf8)) }
        return HostBlock(
            number: BlockNumber(number), hash: hash(number), parentHash: hash(number &- 1),
            timestamp: UnixTime(number))
    }

    private static func chain(_ numbers: some Sequence<UInt64>, capacity: UInt64) -> RecentChain {
        var chain = RecentChain(capacity: capacity)
        for number in numbers { chain.append(block(number)) }
        return chain
    }

    /// The numbers that are held, of those up to 99.
    private static func held(_ chain: RecentChain) -> [UInt64] {
        (0..<100).filter { number in
            guard let block = chain[BlockNumber(number)] else { return false }
            #expect(block.number.rawValue == number)
            return true
        }
    }

    @Test("The newest blocks are held, as many as there is room for", arguments: [1, 2, 7, 8])
    func capacity(_ capacity: UInt64) {
        for last in UInt64(0)..<30 {
            let chain = Self.chain(0...last, capacity: capacity)
            #expect(chain.head == Self.block(last))
            #expect(Self.held(chain) == Array((last + 1 - min(capacity, last + 1))...last))
        }
    }

    @Test("An empty chain has no head and no block, and room for none is room for one")
    func empty() {
        var chain = RecentChain(capacity: 0)
        #expect(chain.head == nil)
        #expect(Self.held(chain) == [])
        chain.append(Self.block(3))
        chain.append(Self.block(4))
        #expect(chain.head == Self.block(4))
        #expect(Self.held(chain) == [4])
    }

    @Test("A number that was skipped, or lies beyond either end, names no block")
    func gaps() {
        let chain = Self.chain([10, 11, 14, 15], capacity: 8)
        #expect(Self.held(chain) == [10, 11, 14, 15])
        for number in [0, 2, 3, 9, 12, 13, 16, 18, 19, 23, .max, .max - 7] as [UInt64] {
            #expect(chain[BlockNumber(number)] == nil, "\(number)")
        }
        // 22 lies where 14 lay.
        #expect(Self.held(Self.chain([14, 15, 22], capacity: 8)) == [15, 22])
        let far = Self.chain([.max - 1, .max], capacity: 8)
        #expect(far[BlockNumber(.max)] == Self.block(.max))
        #expect(far.head == Self.block(.max))
    }

    @Test("After a return to an ancestor no block after it is named, and the new branch's are")
    func rewind() {
        var chain = Self.chain(10...20, capacity: 8)
        chain.rewind(to: Self.block(17))
        #expect(chain.head == Self.block(17))
        #expect(Self.held(chain) == [13, 14, 15, 16, 17])
        chain.append(Self.block(18, branch: 1))
        #expect(chain[BlockNumber(18)] == Self.block(18, branch: 1))
        #expect(chain[BlockNumber(17)] == Self.block(17))
        #expect(chain[BlockNumber(19)] == nil)
        // One that is held no more is the only block then.
        chain.rewind(to: Self.block(11))
        #expect(chain.head == Self.block(11))
        #expect(Self.held(chain) == [11])
    }

    @Test("Whatever is appended, skipped and taken back, no block but the followed chain's is named", arguments: 0..<30)
    func followed(seed: UInt64) {
        var random = SeededGenerator(seed: seed)
        let capacity = UInt64.random(in: 1...9, using: &random)
        var chain = RecentChain(capacity: capacity)
        var followed: [UInt64: HostBlock] = [:]
        var (head, highest, branch) = (UInt64(0), UInt64(0), 0)
        for step in 0..<60 {
            if let ancestor = followed.keys.sorted().randomElement(using: &random), step % 5 == 4 {
                followed = followed.filter { $0.key <= ancestor }
                chain.rewind(to: followed[ancestor]!)
                branch += 1
                head = ancestor
            } else {
                head += Int.random(in: 0..<4, using: &random) == 0 ? 3 : 1
                let block = Self.block(head, branch: branch)
                chain.append(block)
                followed[head] = block
            }
            highest = max(highest, head)
            #expect(chain.head == followed[head])
            for number in 0..<highest + 20 {
                let named = chain[BlockNumber(number)]
                #expect(named == nil || named == followed[number], "seed \(seed), step \(step), block \(number)")
                // The newest that there is room for are not forgotten.
                if number + capacity > highest { #expect(named == followed[number]) }
            }
        }
    }
}
