/// Runs one piece of work at a time. A node refuses a second scan of its unspent outputs, and a block that two callers
/// ask for is read once.
///
/// Each piece of work ends within the deadlines of its calls, so every caller gets its turn.
actor Turns {
    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Runs the work when all earlier work is done.
    func run<Value: Sendable>(
        _ work: @Sendable () async throws(BitcoinClientFailure) -> Value
    ) async throws(BitcoinClientFailure) -> Value {
        if isTaken { await withCheckedContinuation { waiting.append($0) } }
        isTaken = true
        do throws(BitcoinClientFailure) {
            let value = try await work()
            pass()
            return value
        } catch {
            pass()
            throw error
        }
    }

    /// Passes the turn to the next caller in line; the turn stays taken.
    private func pass() {
        if waiting.isEmpty {
            isTaken = false
        } else {
            waiting.removeFirst().resume()
        }
    }
}
