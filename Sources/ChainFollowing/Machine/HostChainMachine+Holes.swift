import Coordination
import Ethereum
import Node
import Primitives
import WalletActions

/// The conversation about holes: what the contract shows and the index does not know. The index says that it cannot tell,
/// and the block is read again until the source gives the event (durability-and-events.md HC11, wallet-actions.md §9.2,
/// `event`).
extension HostChainMachine {
    /// What was asked last. A hole is known by its key.
    enum Looking: Hashable {
        case resting
        /// Whether the Bridge still shows the request, at this head.
        case asking(UInt256, head: BlockReference)
        /// Whether the block in which the request was made is still there.
        case returning(UInt256, head: BlockNumber)
        /// The block in the middle: the request was made in one of these.
        case searching(UInt256, among: ClosedRange<UInt64>)
        case reading(UInt256, HostBlock)
    }

    mutating func holesDue(at moment: Moment) -> [Effect] {
        if isVerified, let hole = index.holes.due(at: moment.elapsed), let head = head?.reference {
            index.tried(hole: hole.key, now: moment.elapsed, jitter: moment.jitter)
            looking = .asking(hole.key, head: head)
            return [.ask(.pendingRedemption(key: hole.key, at: head))]
        }
        let well: [Effect] = index.holes.lowest == nil ? [.found(nil, .hole)] : []
        return well + holesRest()
    }

    /// A hole is looked into again after its own wait.
    mutating func holesRest() -> [Effect] {
        looking = .resting
        return [.wait(configuration.poll)]
    }

    mutating func holesAnswered(_ answer: Answer, at moment: Moment) -> [Effect] {
        switch (looking, answer) {
        case (.asking(let key, let head), .pendingRedemption(let request)):
            // It may have been the contract's answer that was wrong, or the request is over meanwhile.
            if let request { shown(request, key: key, at: head, elapsed: moment.elapsed) }
            guard let hole = index.holes[key] else { return holesRest() }
            return [.found(.hole(hole), .hole)] + locate(hole, upTo: head.number)
        case (.returning(let key, let head), .blocks(let blocks)):
            guard let hole = index.holes[key] else { return holesRest() }
            if let place = hole.place, blocks[0] == place { return read(place, of: key) }
            return search(key, among: first...max(first, head.rawValue))
        case (.searching(let key, let numbers), .blocks(let blocks)):
            return searched(key, numbers, found: blocks[0])
        case (.reading(let key, let place), .logsOf(let logs)):
            guard isFollowed(place.reference) else { return holesRest() }
            do throws(LogFailure) {
                try index.readAgain(logs[0], of: place, hole: key)
            } catch {
                return [.found(.logs(error), .hole)] + holesRest()
            }
            return holesRest()
        default: preconditionFailure("the shell gives the answer to the question that was asked")
        }
    }

    private var first: UInt64 { configuration.startBlock.rawValue }

    /// Looks for the block that has the time at which the request was made. Timestamps rise from block to block.
    private mutating func locate(_ hole: IndexHoles.Hole, upTo head: BlockNumber) -> [Effect] {
        guard let place = hole.place else { return search(hole.key, among: first...max(first, head.rawValue)) }
        looking = .returning(hole.key, head: head)
        return [.ask(.blocks(place.number...place.number))]
    }

    private mutating func search(_ key: UInt256, among numbers: ClosedRange<UInt64>) -> [Effect] {
        looking = .searching(key, among: numbers)
        let middle = BlockNumber(numbers.middle)
        return [.ask(.blocks(middle...middle))]
    }

    private mutating func searched(_ key: UInt256, _ numbers: ClosedRange<UInt64>, found: HostBlock?) -> [Effect] {
        guard let found, let hole = index.holes[key] else { return holesRest() }
        if found.timestamp == hole.request.requestedAt { return read(found, of: key) }
        let middle = numbers.middle
        if found.timestamp < hole.request.requestedAt {
            return middle < numbers.upperBound ? search(key, among: middle + 1...numbers.upperBound) : holesRest()
        }
        return middle > numbers.lowerBound ? search(key, among: numbers.lowerBound...middle - 1) : holesRest()
    }

    private mutating func read(_ place: HostBlock, of key: UInt256) -> [Effect] {
        guard isFollowed(place.reference) else { return holesRest() }
        index.located(hole: key, in: place)
        looking = .reading(key, place)
        return [.ask(.logsOf([place]))]
    }
}

extension ClosedRange<UInt64> {
    fileprivate var middle: UInt64 { lowerBound + (upperBound - lowerBound) / 2 }
}
