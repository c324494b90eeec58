package import Node
package import Primitives
package import WalletActions

/// Follows the head of a source's chain block by block (durability-and-events.md HC5, HC7).
///
/// The source's head may skip blocks, repeat, go back or change branch. The output is one linked chain: every height
/// once, in order, with a reorganisation reported before the blocks of the new branch. One fetch is under way at a
/// time. Announcements during a fetch are not lost, because the next announcement repeats them.
///
/// A branch is followed from any block that is kept. A chain that shares none of the kept blocks is another chain. The
/// first chain ends in the block that was announced first, for which the source has answered by its hash. So the source
/// invented neither that block nor the blocks below it.
package struct HeadFollower: Hashable, Sendable {
    /// The actions to carry out, in this order.
    package enum Effect: Hashable, Sendable {
        /// Ask the source for the blocks of these numbers, then feed ``HeadFollower/fetched(_:)`` or
        /// ``HeadFollower/fetchFailed()``.
        case fetch(ClosedRange<BlockNumber>)
        /// The chain is followed from here on: these blocks, oldest first, lie before the first head, which is
        /// delivered next.
        case anchored([HostBlock])
        /// Deliver the event to the subscribers.
        case deliver(HeadEvent)
        /// The source's chain, which contains this block, shares none of the kept blocks: the source is far behind or
        /// on another chain. Nothing is followed until it shares a block again.
        case unlinked(HostBlock)
    }

    /// The limits on how far the follower looks back.
    package struct Limits: Hashable, Sendable {
        /// The number of blocks read below the first head at the start, so that a fork there can be found.
        package let anchorDepth: UInt64
        /// The minimum number of blocks kept. A deeper reorganisation is not followed.
        package let kept: Int
        /// The largest number of blocks in one fetch after the start.
        package let fetchSize: UInt64

        /// Sets limits; each is at least 1.
        package init(anchorDepth: UInt64 = 64, kept: Int = 4096, fetchSize: UInt64 = 64) {
            precondition(anchorDepth > 0 && kept > 0 && fetchSize > 0, "a follower that keeps nothing finds no fork")
            self.anchorDepth = anchorDepth
            self.kept = kept
            self.fetchSize = fetchSize
        }
    }

    private enum Phase: Hashable {
        case unanchored
        case anchoring(asked: ClosedRange<BlockNumber>, head: HostBlock)
        case level
        case advancing(asked: ClosedRange<BlockNumber>, target: BlockNumber)
        /// `branch` is the source's block that does not fit the chain.
        case seekingFork(asked: ClosedRange<BlockNumber>, branch: HostBlock, target: BlockNumber)
    }

    private let limits: Limits
    private var phase = Phase.unanchored
    /// The chain as delivered; nil before the first head.
    package private(set) var chain: FollowedChain?

    /// Starts without a chain.
    package init(limits: Limits = Limits()) { self.limits = limits }

    /// Takes the head that the source announces. The first head is fed only after the source has answered for its hash.
    package mutating func announced(_ head: HostBlock) -> [Effect] {
        switch phase {
        case .unanchored:
            let asked = head.number.subtracting(limits.anchorDepth)...head.number
            phase = .anchoring(asked: asked, head: head)
            return [.fetch(asked)]
        case .level:
            return follow(head)
        case .anchoring, .advancing, .seekingFork:
            return []
        }
    }

    /// Takes the source's answers to the last ``Effect/fetch(_:)``, one for each number in order; nil for a number
    /// without a block at the source.
    package mutating func fetched(_ answers: [HostBlock?]) -> [Effect] {
        switch phase {
        case .unanchored, .level:
            preconditionFailure("nothing was asked for")
        case .anchoring(let asked, let head):
            check(answers, asked)
            return anchor(answers, below: head)
        case .advancing(let asked, let target):
            check(answers, asked)
            return advance(answers, to: target)
        case .seekingFork(let asked, let branch, let target):
            check(answers, asked)
            return seekFork(answers, asked: asked, branch: branch, target: target)
        }
    }

    /// Takes the failure of the last ``Effect/fetch(_:)``. The next announcement starts again from the delivered chain.
    package mutating func fetchFailed() { phase = chain == nil ? .unanchored : .level }

    private func check(_ answers: [HostBlock?], _ asked: ClosedRange<BlockNumber>) {
        let numbers = (0..<UInt64(answers.count)).map { asked.lowerBound.adding($0) }
        precondition(
            numbers.last == asked.upperBound && zip(answers, numbers).allSatisfy { $0 == nil || $0?.number == $1 },
            "the shell refuses answers that are not those asked for")
    }

    /// A source may lack the oldest blocks (its chain is shorter than the depth), but none between two that it has.
    private mutating func anchor(_ answers: [HostBlock?], below head: HostBlock) -> [Effect] {
        let blocks = answers.drop { $0 == nil }.compactMap { $0 }
        let isWhole = answers.suffix(blocks.count).allSatisfy { $0 != nil }
        guard isWhole, let chain = FollowedChain(blocks, capacity: limits.kept), chain.last == head else {
            phase = .unanchored
            return []
        }
        self.chain = chain
        phase = .level
        return [.anchored(blocks.dropLast()), .deliver(.block(head))]
    }

    private mutating func follow(_ head: HostBlock) -> [Effect] {
        guard let next = chain?.last.number.adding(1) else {
            preconditionFailure("a follower without a chain is not level")
        }
        // A head that was delivered before is a repetition or comes from a lagging source. It does not mean that a
        // later block is gone; a real reorganisation shows by the first block that differs.
        if chain?.contains(head) == true { return [] }
        if chain?.append(head) == true { return [.deliver(.block(head))] }
        return head.number > next ? ask(upTo: head.number) : seekFork(of: head, to: head.number)
    }

    private mutating func ask(upTo target: BlockNumber) -> [Effect] {
        guard let chain, chain.last.number < target else {
            phase = .level
            return []
        }
        let last = chain.last.number
        let asked = last.adding(1)...min(target, last.adding(limits.fetchSize))
        phase = .advancing(asked: asked, target: target)
        return [.fetch(asked)]
    }

    private mutating func advance(_ answers: [HostBlock?], to target: BlockNumber) -> [Effect] {
        var effects: [Effect] = []
        for answer in answers {
            guard let block = answer else {
                phase = .level
                return effects
            }
            guard chain?.append(block) == true else {
                return effects + seekFork(of: block, to: target)
            }
            effects.append(.deliver(.block(block)))
        }
        return effects + ask(upTo: target)
    }

    /// Looks for the newest block shared by the chain and the branch of `branch`, a few blocks at a time.
    private mutating func seekFork(of branch: HostBlock, to target: BlockNumber) -> [Effect] {
        probe(below: branch.number.adding(1), width: min(4, limits.fetchSize), branch: branch, target: target)
    }

    private mutating func probe(
        below: BlockNumber, width: UInt64, branch: HostBlock, target: BlockNumber
    ) -> [Effect] {
        guard let chain, below > chain.first.number else {
            phase = .level
            return [.unlinked(branch)]
        }
        let top = min(below.subtracting(1), chain.last.number)
        let asked = max(chain.first.number, top.subtracting(width - 1))...top
        phase = .seekingFork(asked: asked, branch: branch, target: target)
        return [.fetch(asked)]
    }

    private mutating func seekFork(
        _ answers: [HostBlock?], asked: ClosedRange<BlockNumber>, branch: HostBlock, target: BlockNumber
    ) -> [Effect] {
        guard let chain else { preconditionFailure("a follower without a chain seeks no fork") }
        phase = .level
        // The chain's own block is used: the other fields of the source's block may differ under the same hash.
        guard let ancestor = answers.compactMap(\.self).last(where: chain.contains).flatMap({ chain[$0.number] }) else {
            // If the source has none of the blocks, it has just shortened its chain. It is asked again once it has a
            // head.
            guard answers.contains(where: { $0 != nil }) else { return [] }
            let width = asked.upperBound.blocks(since: asked.lowerBound) + 1
            return probe(
                below: asked.lowerBound, width: min(2 * width, limits.fetchSize), branch: branch, target: target)
        }
        // Otherwise the source is back on our chain by now.
        guard ancestor.number < min(chain.last.number, branch.number) else { return [] }
        let depth = chain.last.number.blocks(since: ancestor.number)
        self.chain?.cut(to: ancestor.number)
        return [.deliver(.reorganised(ancestor: ancestor, depth: depth))] + ask(upTo: target)
    }
}
