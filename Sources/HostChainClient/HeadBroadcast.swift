import NIOConcurrencyHelpers
package import Node
import WalletActions

/// Sends every head event to every subscriber in order, beginning with the head at the time of the subscription.
///
/// A subscriber's queue has no bound: every height must be delivered, and blocks are rare. A subscriber that never
/// reads costs at most some hundred bytes of memory a block.
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

    /// Opens a subscription: it begins with the head, if there is one, followed by every later event.
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

    /// Sends an event to all subscribers.
    package func send(_ event: HeadEvent) {
        state.withLockedValue { state in
            switch event {
            case .block(let block): state.head = block
            case .reorganised(let ancestor, _): state.head = ancestor
            }
            for subscriber in state.subscribers.values { subscriber.yield(event) }
        }
    }

    /// Ends all subscriptions, and every later one at once.
    package func finish() {
        let subscribers = state.withLockedValue { state in
            state.isFinished = true
            defer { state.subscribers = [:] }
            return state.subscribers.values
        }
        // This runs outside the lock, because ending a stream calls back into it.
        for subscriber in subscribers { subscriber.finish() }
    }
}
