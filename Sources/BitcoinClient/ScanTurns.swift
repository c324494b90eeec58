/// Lets one scan of the unspent outputs run at a time: a node refuses a second one.
///
/// Who holds the turn gives it back within the deadlines of its calls, so that nobody waits for ever.
actor ScanTurns {
    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    /// Runs a scan when those asked for before are done.
    func run<Value: Sendable>(
        _ scan: @Sendable () async throws(BitcoinClientFailure) -> Value
    ) async throws(BitcoinClientFailure) -> Value {
        if isTaken { await withCheckedContinuation { waiting.append($0) } }
        isTaken = true
        do throws(BitcoinClientFailure) {
            let value = try await scan()
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
