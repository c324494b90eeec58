package import Coordination
package import Ethereum
package import Primitives
package import WalletActions

/// The Bridge's events from its first block on, and the block up to which they are complete (durability-and-events.md
/// HC6, HC9, HC11).
///
/// Old blocks are read in ranges (history). Followed blocks are read by their hash, so that an answer belongs to that
/// block or is an error. The index answers only up to the first block with a known gap.
package struct EventIndex: Hashable, Sendable {
    private let bridge: EthereumAddress
    private var history = EventsByWallet()
    private var recent = EventsByWallet()
    /// The block at which the next range begins.
    private var nextHistoric: BlockNumber
    /// The first block that is read by hash; nil before the chain is followed.
    private var anchor: BlockNumber?
    /// The followed blocks whose logs are not read yet, oldest first.
    private var unread: [HostBlock] = []
    /// The newest followed block; nil before the chain is followed.
    private var head: BlockNumber?
    /// The events that the source is known to have left out.
    package private(set) var holes: IndexHoles

    /// Starts empty; the Bridge has no event before `startBlock`. `firstWait` is the wait between the first two tries
    /// to fill a hole.
    package init(bridge: EthereumAddress, startBlock: BlockNumber, firstWait: Duration) {
        self.bridge = bridge
        nextHistoric = startBlock
        holes = IndexHoles(firstWait: firstWait)
    }

    /// Adds a block of the followed chain. The first one ends history: it and all later blocks are read by hash.
    package mutating func arrived(_ block: HostBlock) {
        anchor = anchor ?? block.number
        head = block.number
        unread.append(block)
    }

    /// Removes the orphaned blocks after this number.
    package mutating func reorganised(to ancestor: BlockNumber) {
        unread.removeAll { $0.number > ancestor }
        recent.cut(to: ancestor)
        holes.cut(to: ancestor)
        head = ancestor
    }

    /// The oldest unread blocks of the followed chain, whose logs are to be read by hash; at most `limit`.
    package func nextBlocks(limit: Int) -> [HostBlock] { Array(unread.prefix(limit)) }

    /// The next range of history to read, at most `size` blocks; nil if history is complete or no range is due yet.
    package func nextRange(size: UInt64) -> ClosedRange<BlockNumber>? {
        guard let anchor, nextHistoric < anchor, size > 0 else { return nil }
        return nextHistoric...min(anchor.subtracting(1), nextHistoric.adding(size - 1))
    }

    /// Takes the source's answer for one of ``nextBlocks(limit:)``. If a reorganisation has meanwhile removed the block
    /// from the head of the unread blocks, the answer changes nothing.
    ///
    /// - Throws: ``LogFailure`` for the first log of another contract or block, out of order or malformed. Nothing
    ///   changes then.
    package mutating func read(_ logs: [PlacedLog], of block: HostBlock) throws(LogFailure) {
        guard unread.first == block else { return }
        let events = try decode(logs) { $0 == block.number && $1 == block.hash }
        recent.append(events)
        unread.removeFirst()
    }

    /// Takes the source's answer for ``nextRange(size:)``.
    ///
    /// - Throws: ``LogFailure`` for the first log of another contract or block, out of order or malformed. Nothing
    ///   changes then.
    package mutating func read(_ logs: [PlacedLog], in range: ClosedRange<BlockNumber>) throws(LogFailure) {
        guard range.lowerBound == nextHistoric else { return }
        let events = try decode(logs) { number, _ in range.contains(number) }
        history.append(events)
        nextHistoric = range.upperBound.adding(1)
    }

    /// Takes the request that the Bridge shows under a key at a block of the followed chain. If the request is pending
    /// and has no event although every block up to that one was read, a hole is recorded until the event is found or
    /// the request is over.
    package mutating func shown(_ request: Bridge.RedemptionRequest, key: UInt256, at block: BlockNumber, now: Duration)
    {
        if request.requestedAt.seconds == 0 {
            holes.over(key, at: block)
        } else if history.holds(request, key: key) || recent.holds(request, key: key) {
            holes.filled(key)
        } else if isRead(upTo: block) {
            holes.found(request, key: key, at: block, now: now)
        }
    }

    /// Records that a hole is being looked into now; `jitter` lies between 0 and 1.
    package mutating func tried(hole key: UInt256, now: Duration, jitter: Double) {
        holes.tried(key, now: now, jitter: jitter)
    }

    /// Records the block of a hole: the index is complete up to the block before it.
    package mutating func located(hole key: UInt256, in block: HostBlock) { holes.located(key, in: block) }

    /// Takes the source's second answer for the block of a hole. It replaces the first answer if it fills the hole. An
    /// answer that still lacks that event may lack others.
    ///
    /// - Throws: ``LogFailure`` for the first log of another contract or block, out of order or malformed. Nothing
    ///   changes then.
    package mutating func readAgain(_ logs: [PlacedLog], of block: HostBlock, hole key: UInt256) throws(LogFailure) {
        guard let anchor, isRead(upTo: block.number), let hole = holes[key] else { return }
        let events = try decode(logs) { $0 == block.number && $1 == block.hash }
        guard EventsByWallet(events).holds(hole.request, key: key) else { return }
        if block.number < anchor {
            history.replace(block.number, by: events)
        } else {
            recent.replace(block.number, by: events)
        }
        holes.filled(key)
    }

    /// Whether all blocks before the followed ones are read.
    package var hasHistory: Bool { anchor.map { nextHistoric >= $0 } ?? false }

    /// Whether every event up to that block is in the index, as far as is known.
    package func isComplete(upTo block: BlockNumber) -> Bool {
        isRead(upTo: block) && holes.lowest.map { block < $0 } ?? true
    }

    /// Whether the source answered for every block up to that one.
    private func isRead(upTo block: BlockNumber) -> Bool {
        guard let anchor, let head, block <= head, nextHistoric >= min(anchor, block.adding(1)) else { return false }
        return unread.first.map { block < $0.number } ?? true
    }

    /// A wallet's events up to a block, in chain order; nil if one may be missing.
    package func events(of wallet: WalletPublicKeyHash, upTo block: BlockNumber) -> [IndexedEvent]? {
        values(of: wallet, upTo: block) { $0 }
    }

    /// The values that `value` makes of a wallet's events up to a block, in chain order; nil if an event may be
    /// missing.
    func values<Value>(
        of wallet: WalletPublicKeyHash, upTo block: BlockNumber, _ value: (IndexedEvent) -> Value?
    ) -> [Value]? {
        guard isComplete(upTo: block) else { return nil }
        var values: [Value] = []
        history.add(of: wallet, upTo: block, value, to: &values)
        recent.add(of: wallet, upTo: block, value, to: &values)
        return values
    }

    private func decode(
        _ logs: [PlacedLog], belongs: (BlockNumber, Hash32) -> Bool
    ) throws(LogFailure) -> [IndexedEvent] {
        var events: [IndexedEvent] = []
        events.reserveCapacity(logs.count)
        var previous: PlacedLog?
        for placed in logs {
            guard placed.log.address == bridge else { throw .address(placed.log.address) }
            guard belongs(placed.block, placed.blockHash) else { throw .block(placed.block, placed.blockHash) }
            if let previous {
                let isLater =
                    placed.block == previous.block
                    ? placed.logIndex > previous.logIndex && placed.blockHash == previous.blockHash
                    : placed.block > previous.block
                guard isLater else { throw .order(placed.block, logIndex: placed.logIndex) }
            }
            previous = placed
            do {
                events.append(try IndexedEvent(decoding: placed))
            } catch {
                throw .malformed(placed.block, logIndex: placed.logIndex, error)
            }
        }
        return events
    }
}
