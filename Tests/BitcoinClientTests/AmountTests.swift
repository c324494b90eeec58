import Bitcoin
import BitcoinClient
import Primitives
import Testing
import WalletActions

/// Decimals are read by their digits: no binary fraction stands between the node's text and a satoshi.
@Suite(.timeLimit(.minutes(5))) struct AmountTests {
    /// Texts and satoshi; nil where the text is no amount. As `Double`, 0.29 times 10^8 is below 29,000,000, and what
    /// stands in the 29th place is lost.
    static let amounts: [(String, UInt64?)] = [
        ("0.00000001", 1), ("1e-8", 1), ("1E-8", 1), ("1e-08", 1), ("10e-9", 1), ("0.1e-7", 1), ("0.000000010", 1),
        ("0", 0), ("0.00000000", 0), ("1", 100_000_000), ("1.00000000", 100_000_000), ("0.1E+1", 100_000_000),
        ("0.29", 29_000_000), ("4.35", 435_000_000), ("1.1", 110_000_000),
        ("20999999.97690001", 2_099_999_997_690_001), ("20999999.99999999", 2_099_999_999_999_999),
        ("21000000", 2_100_000_000_000_000), ("21000000.00000000", 2_100_000_000_000_000),
        ("2.1e7", 2_100_000_000_000_000), ("0.00000000021e17", 2_100_000_000_000_000),
        ("21000000.00000001", nil), ("21000001", nil), ("1e15", nil), ("184467440737.09551616", nil), ("1e200", nil),
        ("1e4000", nil), ("0.000000001", nil), ("1e-9", nil), ("0.123456789", nil), ("1.000000001", nil),
        ("1e-200", nil), ("0.00000001000000000000000000001", nil), ("-0.00000001", nil), ("-1", nil), ("-1e-8", nil),
        ("null", nil), ("true", nil), ("\"1.00000000\"", nil), ("[1]", nil), ("{}", nil), ("01", nil), (".5", nil),
        ("1.", nil), ("+1", nil), ("1e", nil), ("1e+", nil), ("0x1", nil), ("NaN", nil), ("Infinity", nil),
        ("1.0.0", nil), ("1,5", nil), ("", nil), (String(repeating: "1", count: 60), nil),
    ]

    @Test("An amount is the satoshi that its digits say, or a contradiction", arguments: amounts)
    func amount(text: String, satoshis: UInt64?) async throws {
        let core = await node()
        await core.change { $0.members["scantxoutset.unspents"] = ["amount": text] }
        let found = try await answer(Question.outputs.query, of: core)
        guard let satoshis else {
            #expect(found == .unavailable(.contradiction))
            return
        }
        guard case .bitcoin(.unspentOutputs(let outputs)) = found else {
            Issue.record("\(found)")
            return
        }
        #expect(outputs.count == 5)
        #expect(outputs.allSatisfy { $0.output.value.rawValue == satoshis })
    }

    /// BTC per 1,000 vB and whole sat/vB, rounded up; nil where the text is no rate. As `Double`, 0.00007 times 10^5 is
    /// above 7.
    static let rates: [(String, UInt64?)] = [
        ("0.00001", 1), ("1e-5", 1), ("0.00001000", 1), ("0.00001001", 2), ("0.00000001", 1), ("1e-8", 1), ("1e-20", 1),
        ("0.00007", 7), ("0.00007000000000000000000000001", 8), ("0.00007000", 7), ("0.0000700000000000001", 8),
        ("0.00012345", 13), ("0.00029", 29), ("1.5e-3", 150), ("0.01", 1_000),
        ("20999999.99999999", 2_100_000_000_000), ("21000000", 2_100_000_000_000),
        ("21000000.00000001", nil), ("1e30", nil), ("-0.00001", nil), ("-1", nil), ("\"0.00001\"", nil), ("01", nil),
    ]

    @Test("A rate is rounded up to whole satoshi, and is no more than all the bitcoin there can be", arguments: rates)
    func rate(text: String, expected: UInt64?) async throws {
        for (method, member) in [
            ("estimatesmartfee", "feerate"), ("getmempoolinfo", "mempoolminfee"), ("getmempoolinfo", "minrelaytxfee"),
        ] {
            let core = await node()
            await core.change { core in
                core.members["getmempoolinfo"] = ["mempoolminfee": "0", "minrelaytxfee": "0.00000000"]
                core.members[method, default: [:]][member] = text
            }
            let found = try await answer(Question.fees.query, of: core)
            guard let expected else {
                #expect(found == .unavailable(.contradiction), "\(member)")
                continue
            }
            let quote =
                method == "estimatesmartfee"
                ? FeeQuote(estimate: expected, mempoolMinimum: 0) : FeeQuote(estimate: 13, mempoolMinimum: expected)
            #expect(found == .bitcoin(.feeQuotes([quote])), "\(member)")
        }
    }

    @Test("Of digits beyond the 38 that a `Decimal` holds none can change a satoshi")
    func longTexts() async throws {
        let zeros = String(repeating: "0", count: 60)
        for text in ["0.29\(zeros)1", "0.29" + zeros, "0.2900000\(zeros)9"] {
            let core = await node()
            await core.change { $0.members["scantxoutset.unspents"] = ["amount": text] }
            let found = try await answer(Question.outputs.query, of: core)
            guard case .bitcoin(.unspentOutputs(let outputs)) = found else {
                Issue.record("\(text): \(found)")
                continue
            }
            #expect(outputs.allSatisfy { $0.output.value.rawValue == 29_000_000 })
        }
    }

    @Test("An estimate of nothing is none")
    func zero() async throws {
        for text in ["0", "0.00000000", "0e5"] {
            let core = await node()
            await core.change { $0.members["estimatesmartfee"] = ["feerate": text] }
            #expect(
                try await answer(Question.fees.query, of: core)
                    == .bitcoin(.feeQuotes([FeeQuote(estimate: nil, mempoolMinimum: 2)])))
        }
    }
}
