/// Lets one piece of work run at a time: a node refuses a second scan of its unspent outputs, and a block that two ask for
/// is read once.
///
/// Who holds the turn gives it back within the deadlines of its calls, so that nobody waits for ever.
actor Turns {
    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Runs the work when what was asked for before is done.
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

    /// Gives the turn to the next in line, to whom it stays taken.
    private func pass() {
        if waiting.isEmpty {
            isTaken = false
        } else {
            waiting.removeFirst().resume()
        }
    }
}
