/// Asks a question once for all callers that ask it while it is under way.
///
/// So an answer may date from shortly before its caller asked, but never from before the previous answer to the same
/// question.
package actor SharedQuestions<Question: Hashable & Sendable, Answer: Sendable> {
    /// A question under way, its answer once it has arrived, and the callers that wait for it.
    private final class Flight {
        var answer: Answer?
        var waiting: [CheckedContinuation<Answer, Never>] = []
    }

    private var flights: [Question: Flight] = [:]

    /// Starts without questions under way.
    package init() {}

    /// Answers questions in order. `ask` receives the questions that are not under way, in order and each once, and
    /// returns one answer for each. It must return within its own deadlines, so that every caller gets an answer.
    package func answers(
        to questions: [Question], by ask: @Sendable ([Question]) async -> [Answer]
    ) async -> [Answer] {
        var mine: [Question] = []
        let asked = questions.map { question in
            if let flight = flights[question] { return flight }
            let flight = Flight()
            flights[question] = flight
            mine.append(question)
            return flight
        }
        if !mine.isEmpty {
            for (question, answer) in zip(mine, await ask(mine)) {
                guard let flight = flights.removeValue(forKey: question) else { continue }
                flight.answer = answer
                for waiter in flight.waiting { waiter.resume(returning: answer) }
            }
        }
        var answers: [Answer] = []
        for flight in asked {
            if let answer = flight.answer {
                answers.append(answer)
            } else {
                answers.append(await withCheckedContinuation { flight.waiting.append($0) })
            }
        }
        return answers
    }
}
