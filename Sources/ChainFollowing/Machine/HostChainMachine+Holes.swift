import Coordination
import Ethereum
import Node
import Primitives
import WalletActions

/// The conversation about holes: requests that the contract shows and the index lacks. Meanwhile the index answers that
/// it is incomplete. The block is read again until the source returns the event (durability-and-events.md HC11,
/// wallet-actions.md §9.2, `event`).
extension HostChainMachine {
    /// The last question. A hole is identified by its key.
    enum Looking: Hashable {
        case resting
        /// Whether the Bridge still shows the request, at this head.
        case asking(UInt256, head: BlockReference)
        /// Whether the block in which the request was made is still on the chain.
        case returning(UInt256, head: BlockNumber)
        /// The middle block: the request was made in one of these.
        case searching(UInt256, among: ClosedRange<UInt64>)
        case reading(UInt256, HostBlock)
    }

    mutating func holesDue(at moment: Moment, _ effects: inout [Effect]) {
        if isVerified, let hole = index.holes.due(at: moment.elapsed), let head = head?.reference {
            index.tried(hole: hole.key, now: moment.elapsed, jitter: moment.jitter)
            looking = .asking(hole.key, head: head)
            return effects.append(.ask(.pendingRedemption(key: hole.key, at: head)))
        }
        looking = .resting
        if index.holes.lowest == nil {
            effects = [.found(nil, .hole), .wait(configuration.poll)]
        } else {
            holesRest(&effects)
        }
    }

    /// Waits until a hole is due. Each hole has its own wait.
    mutating func holesRest(_ effects: inout [Effect]) {
        looking = .resting
        effects.append(.wait(configuration.poll))
    }

    mutating func holesAnswered(_ answer: Answer, at moment: Moment, _ effects: inout [Effect]) {
        switch (looking, answer) {
        case (.asking(let key, let head), .pendingRedemption(let request)):
            // The contract's earlier answer may have been wrong, or the request is over meanwhile.
            if let request { shown(request, key: key, at: head, elapsed: moment.elapsed) }
            guard let hole = index.holes[key] else { return holesRest(&effects) }
            effects.append(.found(.hole(requestedAt: hole.request.requestedAt), .hole))
            guard let place = hole.place else { return search(key, upTo: head.number, &effects) }
            looking = .returning(key, head: head.number)
            effects.append(.ask(.blocks(place.number...place.number)))
        case (.returning(let key, let head), .blocks(let blocks)):
            guard let hole = index.holes[key] else { return holesRest(&effects) }
            guard let place = hole.place, blocks[0] == place else { return search(key, upTo: head, &effects) }
            read(place, of: key, &effects)
        case (.searching(let key, let numbers), .blocks(let blocks)):
            searched(key, numbers, found: blocks[0], &effects)
        case (.reading(let key, let place), .logsOf(let logs)):
            guard isFollowed(place.reference) else { return holesRest(&effects) }
            do throws(LogFailure) {
                try index.readAgain(logs[0], of: place, hole: key)
            } catch {
                effects.append(.found(.logs(error), .hole))
            }
            holesRest(&effects)
        default: preconditionFailure("the shell gives the answer to the question that was asked")
        }
    }

    /// Searches for the block whose time is the request's time. Timestamps rise from block to block.
    private mutating func search(_ key: UInt256, upTo head: BlockNumber, _ effects: inout [Effect]) {
        let first = configuration.startBlock.rawValue
        search(key, among: first...max(first, head.rawValue), &effects)
    }

    private mutating func search(_ key: UInt256, among numbers: ClosedRange<UInt64>, _ effects: inout [Effect]) {
        looking = .searching(key, among: numbers)
        let middle = BlockNumber(numbers.middle)
        effects.append(.ask(.blocks(middle...middle)))
    }

    private mutating func searched(
        _ key: UInt256, _ numbers: ClosedRange<UInt64>, found: HostBlock?, _ effects: inout [Effect]
    ) {
        guard let found, let time = index.holes[key]?.request.requestedAt else { return holesRest(&effects) }
        let middle = numbers.middle
        if found.timestamp == time {
            read(found, of: key, &effects)
        } else if found.timestamp < time, middle < numbers.upperBound {
            search(key, among: middle + 1...numbers.upperBound, &effects)
        } else if found.timestamp > time, middle > numbers.lowerBound {
            search(key, among: numbers.lowerBound...middle - 1, &effects)
        } else {
            holesRest(&effects)
        }
    }

    private mutating func read(_ place: HostBlock, of key: UInt256, _ effects: inout [Effect]) {
        guard isFollowed(place.reference) else { return holesRest(&effects) }
        index.located(hole: key, in: place)
        looking = .reading(key, place)
        effects.append(.ask(.logsOf([place])))
    }
}

extension ClosedRange<UInt64> {
    fileprivate var middle: UInt64 { lowerBound + (upperBound - lowerBound) / 2 }
}
