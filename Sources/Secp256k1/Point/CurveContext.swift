import CSecp256k1
import Primitives
import Synchronization

/// The library's context: randomised at start, and again every 4,096 secret operations (threshold-signing.md §4.1).
///
/// Use is read-only and shared; replacing is the only exclusive act.
final class CurveContext: @unchecked Sendable {
    // Sendable: the context is immutable after creation; the box that hands it out is guarded by a mutex.
    let pointer: OpaquePointer

    private static let secretOperationsPerContext = 4_096
    private static let current = Mutex<(context: CurveContext, uses: Int)>((CurveContext(), 0))

    private init() {
        guard let pointer = secp256k1_context_create(UInt32(SECP256K1_CONTEXT_NONE)) else {
            preconditionFailure("the library makes a context unless memory is exhausted")
        }
        self.pointer = pointer
        // The default callback aborts without a word. A call with an illegal argument is a bug of this module.
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
        let context = current.withLock { $0.context }
        return try withExtendedLifetime(context) { try body(context.pointer) }
    }

    /// Lends the context for an operation on a secret, and counts it.
    static func secret<Result>(_ body: (OpaquePointer) throws -> Result) rethrows -> Result {
        let context = current.withLock { state in
            state.uses += 1
            if state.uses > secretOperationsPerContext { state = (CurveContext(), 1) }
            return state.context
        }
        return try withExtendedLifetime(context) { try body(context.pointer) }
    }
}
