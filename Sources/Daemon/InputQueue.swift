import Synchronization

/// A queue of values for one consumer, in order. The consumer takes many waiting values at once.
final class InputQueue<Element: Sendable>: Sendable {
    private let waiting = Mutex<[Element]>([])
    private let bell: AsyncStream<Void>
    private let ring: AsyncStream<Void>.Continuation

    init() { (bell, ring) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1)) }

    /// Appends a value.
    func append(_ element: Element) {
        waiting.withLock { $0.append(element) }
        ring.yield()
    }

    /// Waits for values and returns the first ones, at most `count`; nil if the task is cancelled. Only one consumer
    /// may call it.
    func next(atMost count: Int) async -> [Element]? {
        while true {
            let taken = waiting.withLock { waiting in
                let taken = Array(waiting.prefix(count))
                waiting.removeFirst(taken.count)
                return taken
            }
            if !taken.isEmpty { return taken }
            for await _ in bell { break }
            if Task.isCancelled { return nil }
        }
    }
}
