import Synchronization

/// A right that can be used once, as a nonce's.
final class OneUse: Sendable {
    private let isHeld = Mutex(true)

    /// Uses it; false the second time.
    func take() -> Bool {
        isHeld.withLock { held in
            defer { held = false }
            return held
        }
    }
}
