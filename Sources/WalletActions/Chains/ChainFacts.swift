/// The facts read from the chains for one evaluation.
///
/// Rules are plain functions over facts. A function that needs a fact not yet read notes the question and throws
/// ``FactFailure/pending``. Its caller reads ``missing``, inserts the answers, and runs it again from the start. So the
/// rules do no I/O, and the simulator runs the same ones.
package struct ChainFacts: Hashable, Sendable {
    private var answers: [ChainQuery: ChainAnswer] = [:]
    /// The questions of the last run without an answer yet, in the order asked.
    package private(set) var missing: [ChainQuery] = []

    /// Starts without facts.
    package init() {}

    /// Inserts answers, in the order of the questions.
    package mutating func insert(_ read: [(ChainQuery, ChainAnswer)]) {
        for (query, answer) in read { answers[query] = answer }
        missing.removeAll { answers.index(forKey: $0) != nil }
    }

    /// The answer to a question; nil where it has not been read.
    subscript(query: ChainQuery) -> ChainAnswer? { answers[query] }

    /// Notes every question without an answer yet, so that they are read as one batch.
    ///
    /// - Throws: ``FactFailure/pending`` where one of these questions, or one noted before, has no answer yet.
    package mutating func need(_ queries: [ChainQuery]) throws(FactFailure) {
        for query in queries where answers.index(forKey: query) == nil && !missing.contains(query) {
            missing.append(query)
        }
        guard missing.isEmpty else { throw .pending }
    }

    /// The answer to a question.
    ///
    /// - Throws: ``FactFailure`` where it has not been read yet, or the source cannot answer.
    package mutating func answer(_ query: ChainQuery) throws(FactFailure) -> ChainAnswer {
        guard let answer = answers[query] else {
            if !missing.contains(query) { missing.append(query) }
            throw .pending
        }
        if case .unavailable(let reason) = answer { throw .unavailable(query, reason) }
        return answer
    }

    /// Withdraws an answer that does not fit its question. The sources then count as unable to answer, and are asked
    /// again the next time.
    mutating func contradict(_ query: HostQuery) { answers[.host(query)] = .unavailable(.contradiction) }

    /// Forgets the facts that may differ the next time: everything of Bitcoin, and questions that no source could
    /// answer.
    ///
    /// Facts of the host chain at a named block stay, since they cannot change. An index may have had a hole that is
    /// filled by now (durability-and-events.md HC11).
    package mutating func forgetView() {
        missing = []
        answers = answers.filter { query, answer in
            guard case .host(let query) = query, case .host = answer else { return false }
            switch query {
            case .redemptionRequests, .announcedTransactions: return false
            case .block, .call: return true
            }
        }
    }
}
