import Coordination
import Primitives

/// Counts the waiting frames of each peer and class. A peer's flood fills its own share only (durability-and-events.md
/// NE6).
struct Backlog: Sendable {
    private struct Key: Hashable {
        let peer: EthereumAddress
        let frameClass: FrameClass
    }

    private let limit: @Sendable (FrameClass) -> Int
    private var waiting: [Key: Int] = [:]

    /// Bounds each peer and class.
    init(limit: @escaping @Sendable (FrameClass) -> Int) { self.limit = limit }

    /// Takes a place for a frame; false where no place is free.
    mutating func enter(_ peer: EthereumAddress, _ frameClass: FrameClass) -> Bool {
        guard !isFull(peer, frameClass) else { return false }
        waiting[Key(peer: peer, frameClass: frameClass), default: 0] += 1
        return true
    }

    /// Whether no place is free for a frame.
    func isFull(_ peer: EthereumAddress, _ frameClass: FrameClass) -> Bool {
        waiting[Key(peer: peer, frameClass: frameClass), default: 0] >= limit(frameClass)
    }

    /// Whether half of the places for frames are taken.
    func isHalfFull(_ peer: EthereumAddress, _ frameClass: FrameClass) -> Bool {
        2 * waiting[Key(peer: peer, frameClass: frameClass), default: 0] >= limit(frameClass)
    }

    /// Frees a place.
    mutating func leave(_ peer: EthereumAddress, _ frameClass: FrameClass) {
        waiting[Key(peer: peer, frameClass: frameClass), default: 1] -= 1
    }

    /// Frees all places of a peer whose link went down.
    mutating func clear(_ peer: EthereumAddress) { waiting = waiting.filter { $0.key.peer != peer } }
}

/// A rate limit with a burst: so many tokens a second, and at most `burst` at once.
struct TokenBucket: Sendable {
    private let perSecond: Double
    let burst: Double
    private var tokens: Double
    private var last: Double

    /// Starts full at a moment in seconds.
    init(perSecond: Double, burst: Double, now: Double) {
        self.perSecond = perSecond
        self.burst = burst
        tokens = burst
        last = now
    }

    /// Whether nothing was taken recently.
    func isFull(at now: Double) -> Bool { tokens + max(0, now - last) * perSecond >= burst }

    /// Seconds until this many tokens are available; 0 where they already are. More than the burst never are.
    func wait(for count: Double, now: Double) -> Double { max(0, (count - tokens(at: now)) / perSecond) }

    private func tokens(at now: Double) -> Double { min(burst, tokens + max(0, now - last) * perSecond) }

    /// Takes tokens; false where too few are available.
    mutating func take(_ count: Double, now: Double) -> Bool {
        tokens = tokens(at: now)
        last = max(last, now)
        guard tokens >= count else { return false }
        tokens -= count
        return true
    }
}
