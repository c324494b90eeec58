/// Asks a question once for all who ask it while it is under way.
///
/// An answer may so be of a moment shortly before it was asked for, never of one before the last answer to the same
/// question.
package actor SharedQuestions<Question: Hashable & Sendable, Answer: Sendable> {
    /// A question that was asked, its answer once it is here, and those who wait for it.
    private final class Flight {
        var answer: Answer?
        var waiting: [CheckedContinuation<Answer, Never>] = []
    }

    private var flights: [Question: Flight] = [:]

    /// Starts with nothing under way.
    package init() {}

    /// Answers questions in order. `ask` gets those that are not under way, in order and each once, and gives as many
    /// answers; it returns within deadlines of its own, so nobody waits for ever.
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
