import Synchronization

/// A right that can be used once, such as a nonce's.
final class OneUse: Sendable {
    private let isHeld = Mutex(true)

    /// Uses the right; false the second time.
    func take() -> Bool {
        isHeld.withLock { held in
            defer { held = false }
            return held
        }
    }
}
