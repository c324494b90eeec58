import Foundation

/// Runs Bitcoin Core's own consensus code as a test tool.
package enum ConsensusOracle {
    /// A signed transaction with the outputs that it spends; scripts in hexadecimal, amounts in satoshi.
    package struct Spend {
        let transaction: String
        let outputs: [(script: String, amount: UInt64)]

        /// Describes a spend; the outputs are in the order of the inputs.
        package init(_ transaction: String, spending outputs: [(script: String, amount: UInt64)]) {
            self.transaction = transaction
            self.outputs = outputs
        }
    }

    private struct Verdict: Decodable {
        let valid: Bool
        let fee: Int64?
    }

    /// Core's reasons for transactions that are not valid, or pay no fee; empty if all are valid.
    package static func refusals(of spends: [Spend]) throws -> [String] {
        let questions = spends.map { spend in
            let spent = spend.outputs.map { "{\"script\": \"\($0.script)\", \"amount\": \($0.amount)}" }
            return "{\"tx\": \"\(spend.transaction)\", \"spent\": [\(spent.joined(separator: ", "))]}"
        }
        let answers = try TestTool.run("oracle.py", lines: questions)
        guard answers.count == spends.count else { return ["\(answers.count) answers to \(spends.count) questions"] }
        return try answers.filter { answer in
            let verdict = try JSONDecoder().decode(Verdict.self, from: Data(answer.utf8))
            return !verdict.valid || (verdict.fee ?? 0) <= 0
        }
    }
}
