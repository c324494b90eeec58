import Foundation
import Testing

/// Bitcoin Core's own consensus code, as a test tool.
enum ConsensusOracle {
    private struct Verdict: Decodable {
        let valid: Bool
        let fee: Int64?
    }

    /// Expects that a transaction (hexadecimal) may spend those outputs, script (hexadecimal) and amount, and pays a fee.
    static func expectValid(_ transaction: String, spending outputs: [(script: String, amount: UInt64)]) throws {
        let spent = outputs.map { "{\"script\": \"\($0.script)\", \"amount\": \($0.amount)}" }
        let question = "{\"tx\": \"\(transaction)\", \"spent\": [\(spent.joined(separator: ", "))]}"
        let answers = try CoordProcess.tool("oracle.py", lines: [question])
        let verdict = try JSONDecoder().decode(Verdict.self, from: Data(try #require(answers.first).utf8))
        #expect(verdict.valid, "\(answers)")
        #expect(try #require(verdict.fee) > 0)
    }
}
