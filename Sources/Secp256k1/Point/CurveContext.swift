import CSecp256k1
import Primitives
import Synchronization

/// The library's context, blinded with 32 fresh bytes (threshold-signing.md §4.1).
///
/// Use is read-only and shared. Only the replacement, every 4,096 operations on secrets, is exclusive.
final class CurveContext: @unchecked Sendable {
    // Sendable: the context is immutable once it is made, and destroyed with its last owner.
    private let pointer: OpaquePointer

    private static let current = Mutex(Rotation())

    /// Makes a blinded context.
    init() {
        guard let pointer = secp256k1_context_create(UInt32(SECP256K1_CONTEXT_NONE)) else {
            preconditionFailure("the library makes a context unless memory is exhausted")
        }
        self.pointer = pointer
        // An illegal argument is a bug of this module, and the library's result is then meaningless (0 means infinity
        // here, invalid there). The library's own callback aborts too, but writes no log line.
        secp256k1_context_set_illegal_callback(
            pointer,
            { message, _ in
                let text = message.map { String(cString: $0) } ?? "unknown"
                preconditionFailure("libsecp256k1 was handed an illegal argument: \(text)")
            }, nil)
        let seed = SecretBytes(count: 32) { buffer in
            var random = SystemRandom()
            random.fill(buffer)
        }
        let randomised = seed.withUnsafeBytes { buffer in
            secp256k1_context_randomize(pointer, buffer.baseAddress?.assumingMemoryBound(to: UInt8.self))
        }
        precondition(randomised == 1, "blinding a fresh context never fails")
    }

    deinit { secp256k1_context_destroy(pointer) }

    /// Lends the context for public data.
    static func shared<Result>(_ body: (OpaquePointer) throws -> Result) rethrows -> Result {
        try current.withLock { $0.context }.lend(body)
    }

    /// Lends the context for an operation on a secret, and counts it.
    static func secret<Result>(_ body: (OpaquePointer) throws -> Result) rethrows -> Result {
        try current.withLock { $0.next() }.lend(body)
    }

    /// Lends the library's handle. The context lives until the closure returns, even if it was replaced meanwhile.
    private func lend<Result>(_ body: (OpaquePointer) throws -> Result) rethrows -> Result {
        try withExtendedLifetime(self) { try body(pointer) }
    }

    /// Counts a context's operations on secrets, and replaces the context when its count is used up.
    struct Rotation: Sendable {
        static let secretOperationsPerContext = 4_096

        private(set) var context = CurveContext()
        private var uses = 0

        /// The context for one more operation on a secret.
        mutating func next() -> CurveContext {
            if uses == Self.secretOperationsPerContext { self = Rotation() }
            uses += 1
            return context
        }
    }
}
