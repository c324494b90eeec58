import Bitcoin
import Coordination
import Primitives
import TestKit
import Testing

@testable import WalletActions

/// wallet-actions.md §3 and §4.
@Suite struct MainUTXOTests {
    private static func find(_ chain: inout ScriptedChain) throws(RuleStop) -> MainUTXO? {
        let context = chain.context()
        return try chain.run { facts throws(RuleStop) in try facts.mainUTXO(context) }
    }

    private static func stop(_ chain: ScriptedChain) -> RuleFailure? {
        var chain = chain
        return failure { () throws(RuleStop) in try find(&chain) }
    }

    @Test("A zero hash means that there is none, and nothing of Bitcoin is asked")
    func none() throws {
        var chain = ScriptedChain()
        chain.main = nil
        #expect(try Self.find(&chain) == nil)
        #expect(!chain.asked.contains { if case .bitcoin = $0 { true } else { false } })
    }

    @Test("What was found once under its hash is not looked for again")
    func known() throws {
        var chain = ScriptedChain()
        let main = try #require(chain.main)
        chain.knownUTXOs = [main.hash: main, sha256([1]): MainUTXO(outPoint: .null, output: main.output)]
        chain.unspent = [:]
        #expect(try Self.find(&chain) == main)
        #expect(!chain.asked.contains { if case .bitcoin = $0 { true } else { false } })
        // Under another hash it stands for nothing.
        chain.nameMainUTXO(sha256([2]))
        #expect(Self.stop(chain)?.rule == "wallet.main_utxo")
    }

    @Test("It is found among our records, before the chains are asked: by what they spend and by what they make")
    func records() throws {
        var chain = ScriptedChain()
        let record = try chain.record(.redemption(scripts: [ScriptedChain.script(1)], fee: 1_420))
        chain.records = [record]
        chain.unspent = [:]
        #expect(try Self.find(&chain) == chain.main)

        let assembled = try chain.assemble(.redemption(scripts: [ScriptedChain.script(1)], fee: 1_420))
        let signed = try #require(try assembled.completed(by: chain.signatures(assembled)).transaction)
        let change = MainUTXO(outPoint: OutPoint(txid: signed.txid, index: 0), output: signed.outputs[0])
        chain.records = [try #require(record.moved(to: .signed(signed.encoded)))]
        chain.confirm(signed)
        chain.main = change
        #expect(try Self.find(&chain) == change)
    }

    @Test("It is found in what the Bridge announced, the newest first, whatever else lies at the scripts")
    func announced() throws {
        var chain = ScriptedChain()
        let main = try #require(chain.main)
        chain.unspent = [:]
        let strangers = (1...3).map { number in
            Transaction(
                version: 2, inputs: [TxInput(outPoint: OutPoint(txid: Txid(sha256([number])), index: 0), sequence: 0)],
                outputs: [TxOutput(value: Satoshis(UInt64(number))!, script: chain.wallet.outputScript)], lockTime: 0)
        }
        for stranger in strangers { chain.confirm(stranger) }
        chain.announced = [main.outPoint.txid.hash] + strangers.map(\.txid.hash)
        #expect(try Self.find(&chain) == main)
        // An announcement of a transaction that is in no block yet is none.
        chain.confirm(try #require(chain.transactions[main.outPoint.txid]).transaction, confirmations: 1)
        #expect(try Self.find(&chain) == main)
        let unconfirmed = try #require(chain.transactions[main.outPoint.txid]).transaction
        chain.transactions[main.outPoint.txid] = ScriptedChain.located(unconfirmed, confirmations: 0)
        #expect(Self.stop(chain) == RuleFailure("wallet.main_utxo", .cannotTell, proposed: main.hash.bytes))
    }

    @Test("Where no candidate is left, the sources cannot tell, never \"none\"")
    func noCandidate() throws {
        var chain = ScriptedChain()
        chain.unspent[chain.wallet.outputScript]?.removeAll()
        let hash = try #require(chain.main).hash
        #expect(Self.stop(chain) == RuleFailure("wallet.main_utxo", .cannotTell, proposed: hash.bytes))
        chain.announced = [sha256([5])]
        #expect(Self.stop(chain) == RuleFailure("wallet.main_utxo", .cannotTell, proposed: hash.bytes))
    }

    @Test("A transaction that is not the one of its id is a source's contradiction")
    func foreignTransaction() throws {
        var chain = ScriptedChain()
        let main = try #require(chain.main)
        let other = chain.spend([TxOutput(value: main.output.value, script: chain.wallet.outputScript)])
        chain.transactions[main.outPoint.txid] = ScriptedChain.located(other, confirmations: 5)
        let expected = RuleFailure("wallet.main_utxo", .cannotTell, found: value("contradiction"))
        #expect(Self.stop(chain) == expected)
    }

    @Test("An ECDSA wallet's main UTXO may be P2PKH")
    func legacy() throws {
        var chain = ScriptedChain(scheme: .ecdsa)
        let script = Script.p2pkh(chain.wallet.hash.hash)
        let output = TxOutput(value: try #require(Satoshis(5_000_000)), script: script)
        let funding = Transaction(
            version: 1, inputs: [TxInput(outPoint: OutPoint(txid: Txid(sha256([8])), index: 3), sequence: 0)],
            outputs: [output], lockTime: 0)
        let main = MainUTXO(outPoint: OutPoint(txid: funding.txid, index: 0), output: output)
        chain.confirm(funding)
        chain.main = main
        chain.unspent = [script: [UnspentOutput(outPoint: main.outPoint, output: output, height: 1)]]
        #expect(try Self.find(&chain) == main)
        let action = try chain.assemble(.redemption(scripts: [ScriptedChain.script(1)], fee: 2_200))
        #expect(action.inputs.count == 1)
        #expect(action.transaction?.outputs.first?.script == chain.wallet.outputScript)
    }

    // MARK: - In flight

    @Test("A spend beside other inputs is verified over all of them")
    func severalInputs() throws {
        var chain = ScriptedChain()
        let main = try #require(chain.main)
        let side = TxOutput(value: try #require(Satoshis(7_000)), script: chain.wallet.outputScript)
        let funding = Transaction(
            version: 2, inputs: [TxInput(outPoint: OutPoint(txid: Txid(sha256([4])), index: 0), sequence: 0)],
            outputs: [side], lockTime: 0)
        let unsigned = Transaction(
            version: 1,
            inputs: [
                TxInput(outPoint: OutPoint(txid: funding.txid, index: 0), sequence: 1),
                TxInput(outPoint: main.outPoint, sequence: 1),
            ],
            outputs: [TxOutput(value: main.output.value, script: chain.wallet.outputScript)], lockTime: 0)
        let signed = chain.signed(unsigned, spent: [side, main.output])
        chain.spenders[main.outPoint] = ScriptedChain.located(signed, confirmations: 0)
        let proposal = Proposal.redemption(scripts: [ScriptedChain.script(1)], fee: 1_420)
        // Without the other input's transaction the signature cannot be checked.
        #expect(chain.validate(proposal).failure?.failureClass == .cannotTell)
        chain.confirm(funding)
        let failure = try #require(chain.validate(proposal).failure)
        #expect(failure.rule == "wallet.agreement")
        #expect(failure.failureClass == .view)
        #expect(failure.found == signed.txid.bytes)
    }

    @Test("A spender that does not spend the main UTXO is a source's contradiction")
    func noSpend() throws {
        var chain = ScriptedChain()
        let main = try #require(chain.main)
        let funding = try #require(chain.transactions[main.outPoint.txid])
        chain.spenders[main.outPoint] = funding
        let failure = try #require(
            chain.validate(.redemption(scripts: [ScriptedChain.script(1)], fee: 1_420)).failure)
        #expect(failure.rule == "wallet.agreement")
        #expect(failure.failureClass == .cannotTell)
    }

    @Test("Payments of strangers to the wallet change nothing (A6)")
    func strangers() throws {
        var chain = ScriptedChain()
        let script = chain.wallet.outputScript
        let proposal = try #require(try chain.generate().proposal)
        let extra = (0..<50).map { number in
            UnspentOutput(
                outPoint: OutPoint(txid: Txid(sha256([number])), index: 0),
                output: TxOutput(value: Satoshis(294)!, script: script), height: 800_001)
        }
        chain.unspent[script]?.insert(contentsOf: extra, at: 0)
        let before = chain.asked.count
        #expect(try chain.generate().proposal == proposal)
        #expect(chain.asked.count == 2 * before)
    }
}
