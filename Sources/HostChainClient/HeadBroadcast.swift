import NIOConcurrencyHelpers
package import Node
import WalletActions

/// Tells every subscriber every head event in order, from the head at the time of the subscription on.
///
/// A subscriber's queue has no bound: every height is to be delivered, blocks are rare, and one who never reads loses
/// his memory to at most some hundred bytes a block.
package final class HeadBroadcast: Sendable {
    private struct State {
        var head: HostBlock?
        var subscribers: [Int: AsyncStream<HeadEvent>.Continuation] = [:]
        var nextID = 0
        var isFinished = false
    }

    private let state = NIOLockedValueBox(State())

    /// Starts with no head and no subscriber.
    package init() {}

    /// Opens a subscription: the head first, where there is one, then whatever is sent.
    package func subscribe() -> AsyncStream<HeadEvent> {
        let (stream, continuation) = AsyncStream.makeStream(of: HeadEvent.self)
        let id = state.withLockedValue { state -> Int? in
            if state.isFinished { return nil }
            if let head = state.head { continuation.yield(.block(head)) }
            state.subscribers[state.nextID] = continuation
            state.nextID += 1
            return state.nextID - 1
        }
        guard let id else {
            continuation.finish()
            return stream
        }
        continuation.onTermination = { [state] _ in
            state.withLockedValue { _ = $0.subscribers.removeValue(forKey: id) }
        }
        return stream
    }

    /// Tells all subscribers.
    package func send(_ event: HeadEvent) {
        state.withLockedValue { state in
            switch event {
            case .block(let block): state.head = block
            case .reorganised(let ancestor, _): state.head = ancestor
            }
            for subscriber in state.subscribers.values { subscriber.yield(event) }
        }
    }

    /// Ends all subscriptions, and at once each that is still to come.
    package func finish() {
        let subscribers = state.withLockedValue { state in
            state.isFinished = true
            defer { state.subscribers = [:] }
            return state.subscribers.values
        }
        // Outside the lock: ending a stream calls back into it.
        for subscriber in subscribers { subscriber.finish() }
    }
}
