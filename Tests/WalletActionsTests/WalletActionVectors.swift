import Bitcoin
import Coordination
import Ethereum
import Primitives
import Secp256k1
import TestKit
import Testing

@testable import WalletActions

/// Golden figures of wallet-actions.md §3 to §8, of the actions that are built.
@Suite struct WalletActionVectors {
    /// A transaction of the figures with what it spends.
    struct TransactionCase: Decodable {
        struct Proposal: Decodable {
            let scripts: [String]
            let fee: UInt64
        }

        struct Request: Decodable {
            let script: String
            let requestedAmount: UInt64
            let treasuryFee: UInt64
            let txMaxFee: UInt64
            let redemptionKey: String
        }

        struct Input: Decodable {
            let txid: String
            let outputIndex: UInt32
            let value: UInt64
            let script: String
        }

        struct Output: Decodable {
            let value: UInt64
            let script: String
        }

        struct Expected: Decodable {
            let sequence: UInt64
            let unsignedTx: String
            let unsignedId: String
            let sighashes: [String]
        }

        let id: String
        let walletPublicKeyHash: String
        let proposal: Proposal
        let requests: [Request]
        let feeShares: [UInt64]
        let change: UInt64?
        let feeShareRule: String?
        let fee: UInt64
        let inputs: [Input]
        let outputs: [Output]
        let estimatedVsize: UInt64
        let previousTransactions: [String]
        let expected: [Expected]
    }

    struct FeeCase: Decodable {
        let rate: UInt64
        let scripts: [String]
        let vsize: UInt64
        let fee: UInt64
    }

    struct BandCase: Decodable {
        let rate: UInt64
        let vsize: UInt64
        let low: UInt64
        let high: UInt64
    }

    struct SplitCase: Decodable {
        let total: UInt64
        let n: Int
        let shares: [UInt64]
    }

    struct ChangeCase: Decodable {
        let mainUtxo: UInt64
        let redeemable: [UInt64]
        let changeOutput: UInt64?
        let absorbed: UInt64
        let rule: String?
    }

    struct HeartbeatCase: Decodable {
        let walletPublicKeyHash: String?
        let coordinationBlock: UInt64?
        let message: String
        let digest: String
    }

    struct HashCase: Decodable {
        let txHash: String?
        let tx: String?
        let outputIndex: UInt32
        let value: UInt64
        let keccak: String
    }

    struct KeyCase: Decodable {
        let walletPublicKeyHash: String
        let script: String
        let digest: String
    }

    struct Lookup: Decodable {
        struct Output: Decodable {
            let tx: String
            let outputIndex: UInt32
        }

        struct Case: Decodable {
            let onchainHash: String
            let expect: Int?
        }

        let walletPublicKeyHash: String
        let historyOldestFirst: [Output]
        let cases: [Case]
    }

    struct SearchCase: Decodable {
        struct Request: Decodable {
            let walletPublicKeyHash: String
            let script: String
            let requestedAmount: UInt64
            let treasuryFee: UInt64
            let txMaxFee: UInt64
            let requestedAt: UInt64
            let delay: UInt64
        }

        struct LeftOut: Decodable {
            let script: String
            let rule: String
        }

        let name: String
        let now: UInt64
        let minAge: UInt64
        let redemptionTimeout: UInt64
        let timeoutMargin: UInt64
        let windowMargin: UInt64
        let limit: UInt64
        let mainUtxoValue: UInt64
        let walletPublicKeyHash: String
        let requests: [Request]
        let expected: [String]
        let leftOut: [LeftOut]
        let withoutMargins: [String]?
    }

    @Test("Redemptions, fees, heartbeats, main UTXOs and searches are the published ones")
    func figures() throws {
        let file = try VectorFile("bitcoin")
        var report = CaseReport("WalletActionVectors")
        try transactions(file, &report)
        try fees(file, &report)
        try heartbeats(file, &report)
        try mainUTXOs(file, &report)
        try searches(file, &report)
        for group in [
            "transactions.deposit_sweep", "transactions.moving_funds", "transactions.moved_funds_sweep",
            "fees.deposit_sweep", "fees.moving_funds", "fees.moved_funds_sweep", "proposal_generation.find_deposits",
            "proposal_generation.propose_sweep", "proposal_generation.pick_targets", "proposal_generation.find_moved",
            "moving_funds_safety_margin", "relay_window", "spv_proofs", "spv_unproven",
        ] { report.notRun(group) }
        #expect(report.total() > 0, "no figures were found")
    }

    // MARK: - Transactions

    private func transactions(_ file: VectorFile, _ report: inout CaseReport) throws {
        try report.check("transactions", "redemption", of: file, as: TransactionCase.self) { figure in
            let wallet = try wallet(named: figure.walletPublicKeyHash)
            for expected in figure.expected {
                var chain = try chain(of: figure, wallet)
                chain.profile.inputSequence = expected.sequence
                let proposal = Proposal.redemption(
                    scripts: try figure.proposal.scripts.map { try Bytes(hex: $0) }, fee: figure.proposal.fee)
                let built = try layout(of: figure, chain, sequence: expected.sequence)
                let action = try AssembledAction(
                    built.unsigned, spent: [chain.existingMain.output], proposal: proposal, fee: figure.fee,
                    wallet: wallet)
                #expect(built.unsigned.encoded.hex == expected.unsignedTx, "\(figure.id)")
                #expect(action.unsignedID.hex == expected.unsignedId)
                #expect(action.inputs.map(\.message.hex) == expected.sighashes)
                // The rules build the same, unless the figure is of one that they refuse.
                if let rule = figure.feeShareRule {
                    let stop = failure { () throws(RuleStop) in try chain.assemble(proposal) }
                    #expect(stop?.rule.name == rule, "\(figure.id)")
                } else {
                    #expect(try chain.assemble(proposal) == action, "\(figure.id)")
                }
            }
        }
    }

    /// The transaction by itself, with its shares, change and size.
    private func layout(
        of figure: TransactionCase, _ chain: ScriptedChain, sequence: UInt64
    ) throws -> RedemptionTransaction {
        let built = try RedemptionTransaction(
            wallet: chain.wallet, utxo: chain.existingMain,
            payments: try figure.requests.map {
                RedemptionTransaction.Payment(
                    script: Script(try Bytes(hex: $0.script)), redeemable: $0.requestedAmount - $0.treasuryFee)
            }, fee: figure.fee, feeLimit: .max, version: 1, sequence: sequence)
        #expect(built.shares == figure.feeShares)
        #expect(built.change == figure.change.map { .output($0) } ?? .absorbed(built.change.absorbedValue))
        #expect(built.size.vsize == figure.estimatedVsize)
        #expect(built.unsigned.outputs.map(\.value.rawValue) == figure.outputs.map(\.value))
        #expect(built.unsigned.outputs.map(\.script.hex) == figure.outputs.map(\.script))
        return built
    }

    private func chain(of figure: TransactionCase, _ wallet: WalletIdentity) throws -> ScriptedChain {
        var chain = ScriptedChain(wallet: wallet, mainUTXO: 1)
        for previous in figure.previousTransactions {
            chain.confirm(try Transaction(decoding: try Bytes(hex: previous)))
        }
        let input = try #require(figure.inputs.first)
        let main = MainUTXO(
            outPoint: OutPoint(txid: try Txid(display: input.txid), index: input.outputIndex),
            output: TxOutput(
                value: try #require(Satoshis(input.value)), script: Script(try Bytes(hex: input.script))))
        chain.main = main
        chain.unspent = [main.output.script: [UnspentOutput(outPoint: main.outPoint, output: main.output, height: 1)]]
        chain.parameters = Self.unlimited
        chain.requests = try figure.requests.map { request in
            let script = try Bytes(hex: request.script)
            #expect(chain.key(script).hex == request.redemptionKey)
            // When it was requested has no part in the transaction.
            return ScriptedChain.Request(
                script: script, amount: request.requestedAmount, treasuryFee: request.treasuryFee,
                txMaxFee: request.txMaxFee, requestedAt: ScriptedChain.now - 100_000)
        }
        return chain
    }

    /// Limits that the figures do not speak of.
    private static let unlimited = Bridge.RedemptionParameters(
        dustThreshold: 0, txMaxFee: Satoshis.maximum.rawValue, txMaxTotalFee: Satoshis.maximum.rawValue,
        timeout: 432_000)

    // MARK: - Fees

    private func fees(_ file: VectorFile, _ report: inout CaseReport) throws {
        try report.check("fees", "redemption", of: file, as: FeeCase.self) { figure in
            var chain = ScriptedChain(scheme: .ecdsa, mainUTXO: 100_000_000_000)
            chain.parameters = Self.unlimited
            chain.quotes = [FeeQuote(estimate: figure.rate, mempoolMinimum: 1)]
            // Each later than the one before, so that they are proposed in the order of the figure.
            chain.requests = try figure.scripts.enumerated().map {
                ScriptedChain.Request(
                    script: try Bytes(hex: $1), amount: 1_000_000_000, treasuryFee: 0,
                    txMaxFee: Satoshis.maximum.rawValue,
                    requestedAt: ScriptedChain.now - 10_000 + UInt64($0))
            }
            let proposal = try chain.generate().proposal
            #expect(
                proposal == .redemption(scripts: try figure.scripts.map { try Bytes(hex: $0) }, fee: figure.fee))
            #expect(figure.fee == figure.rate * figure.vsize)
        }

        try report.check("fees", "band", of: file, as: BandCase.self) { figure in
            let rates = try #require(
                FeeRates(quotes: [FeeQuote(estimate: figure.rate, mempoolMinimum: 0)], feeFloor: 1))
            #expect(rates.low(urgent: false) * figure.vsize == figure.low)
            #expect(rates.high * figure.vsize == figure.high)
        }

        try report.check("fees", "equal_split", of: file, as: SplitCase.self) { figure in
            #expect(RedemptionTransaction.shares(fee: figure.total, count: figure.n) == figure.shares)
        }

        try report.check("fees", "redemption_change", of: file, as: ChangeCase.self) { figure in
            let chain = ScriptedChain(scheme: .ecdsa, mainUTXO: figure.mainUtxo)
            let utxo = try #require(chain.main)
            do throws(RedemptionTransaction.Failure) {
                let change = try RedemptionTransaction.change(
                    wallet: chain.wallet, utxo: utxo, redeemables: figure.redeemable)
                #expect(figure.rule == nil)
                #expect(change == figure.changeOutput.map { .output($0) } ?? .absorbed(figure.absorbed))
            } catch {
                #expect(figure.rule == "redemption.value")
                let total = figure.redeemable.reduce(0, +)
                #expect(error == .value(redeemable: total, mainUTXO: figure.mainUtxo))
            }
        }
    }

    // MARK: - Heartbeats

    private func heartbeats(_ file: VectorFile, _ report: inout CaseReport) throws {
        let cases = try file.group("heartbeat", as: HeartbeatCase.self)
        for figure in cases {
            let message = try Bytes(hex: figure.message)
            let wallet = ScriptedChain().wallet
            #expect(
                AssembledAction(message: message, proposal: .heartbeat(message: message), wallet: wallet).unsignedID.hex
                    == figure.digest)
            guard let name = figure.walletPublicKeyHash, let block = figure.coordinationBlock else { continue }
            let made = HeartbeatRules.message(wallet: try WalletPublicKeyHash(hex: name), open: BlockNumber(block))
            #expect(made == message)
        }
        report.ran("heartbeat", cases.count)
    }

    // MARK: - Main UTXOs

    private func mainUTXOs(_ file: VectorFile, _ report: inout CaseReport) throws {
        try report.check("main_utxo_hash", of: file, as: HashCase.self) { figure in
            let txid =
                try figure.txHash.map { Txid(try Hash32(hex: $0)) }
                ?? Transaction(decoding: try Bytes(hex: try #require(figure.tx))).txid
            let utxo = MainUTXO(
                outPoint: OutPoint(txid: txid, index: figure.outputIndex),
                output: TxOutput(value: try #require(Satoshis(figure.value)), script: []))
            #expect(utxo.hash.hex == figure.keccak)
        }

        if let key = try file.object("keccak", "redemption_key", as: KeyCase.self) {
            let made = ContractKeys.redemption(
                script: try Bytes(hex: key.script), wallet: try Hash20(hex: key.walletPublicKeyHash))
            #expect(made.hex == key.digest)
            report.ran("keccak.redemption_key", 1)
        }

        guard let lookup = try file.object("main_utxo_lookup", as: Lookup.self) else { return }
        let history = try lookup.historyOldestFirst.map { output in
            let transaction = try Transaction(decoding: try Bytes(hex: output.tx))
            return MainUTXO(
                outPoint: OutPoint(txid: transaction.txid, index: output.outputIndex),
                output: transaction.outputs[Int(output.outputIndex)])
        }
        for figure in lookup.cases {
            let hash = try Hash32(hex: figure.onchainHash)
            for isAnnounced in [true, false] {
                var chain = ScriptedChain(wallet: try wallet(named: lookup.walletPublicKeyHash), mainUTXO: 1)
                for output in lookup.historyOldestFirst {
                    chain.confirm(try Transaction(decoding: try Bytes(hex: output.tx)))
                }
                chain.unspent = [:]
                if isAnnounced {
                    chain.announced = history.map(\.outPoint.txid.hash)
                } else {
                    for one in history {
                        chain.unspent[one.output.script, default: []].append(
                            UnspentOutput(outPoint: one.outPoint, output: one.output, height: 1))
                    }
                }
                chain.nameMainUTXO(hash)
                let context = chain.context()
                let found = try chain.run { facts throws(RuleStop) in try facts.mainUTXO(context) }
                #expect(found == figure.expect.map { history[$0] })
            }
        }
        report.ran("main_utxo_lookup", lookup.cases.count)
    }

    // MARK: - Searches

    private func searches(_ file: VectorFile, _ report: inout CaseReport) throws {
        let cases = try file.group("proposal_generation", "find_redemptions", as: SearchCase.self)
        for figure in cases {
            var chain = try chain(of: figure)
            let result = try chain.generate()
            var expected = figure.expected
            // A figure's cases say what is found, and nothing to do has no proposal.
            if case .redemption(let scripts, _) = result.proposal {
                #expect(scripts.map(\.hex) == expected, "\(figure.name)")
                expected = []
            }
            #expect(expected.isEmpty, "\(figure.name)")
            let leftOut = Set(result.leftOut.map { "\($0.key.hex) \($0.rule)" })
            #expect(
                leftOut
                    == Set(try figure.leftOut.map { "\(chain.key(try Bytes(hex: $0.script)).hex) \($0.rule)" }),
                "\(figure.name)")
            guard let withoutMargins = figure.withoutMargins else { continue }
            chain.profile.windowMargin = 0
            chain.constants = RedemptionConstants(
                requestMinAge: figure.minAge, requestTimeoutSafetyMargin: 0, maxSize: .max)
            let wide = try chain.generate().proposal
            #expect(
                wide.map(\.action) == (withoutMargins.isEmpty ? nil : .redemption), "\(figure.name), without margins")
            if case .redemption(let scripts, _) = wide {
                #expect(scripts.map(\.hex) == withoutMargins, "\(figure.name), without margins")
            }
        }
        report.ran("proposal_generation.find_redemptions", cases.count)
    }

    private func chain(of figure: SearchCase) throws -> ScriptedChain {
        var chain = ScriptedChain(
            wallet: try wallet(named: figure.walletPublicKeyHash), mainUTXO: figure.mainUtxoValue)
        chain.setTime(figure.now)
        chain.profile.windowMargin = figure.windowMargin
        chain.profile.redemptionLimit = figure.limit
        chain.constants = RedemptionConstants(
            requestMinAge: figure.minAge, requestTimeoutSafetyMargin: figure.timeoutMargin, maxSize: .max)
        chain.parameters = Bridge.RedemptionParameters(
            dustThreshold: 0, txMaxFee: 100_000, txMaxTotalFee: 1_000_000, timeout: figure.redemptionTimeout)
        // The index tells a wallet's own requests.
        chain.requests = try figure.requests.filter { $0.walletPublicKeyHash == figure.walletPublicKeyHash }.map {
            ScriptedChain.Request(
                script: try Bytes(hex: $0.script), amount: $0.requestedAmount, treasuryFee: $0.treasuryFee,
                txMaxFee: $0.txMaxFee, requestedAt: $0.requestedAt, delay: $0.delay)
        }
        return chain
    }

    /// An ECDSA wallet of which the figures tell the hash of the key alone. Nothing here asks for the key.
    private func wallet(named hash: String) throws -> WalletIdentity {
        WalletIdentity(
            scheme: .ecdsa, publicKey: .generator, hash: try WalletPublicKeyHash(hex: hash))
    }
}
