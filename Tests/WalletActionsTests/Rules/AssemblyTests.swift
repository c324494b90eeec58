import Bitcoin
import Coordination
import Ethereum
import Primitives
import Secp256k1
import TestKit
import Testing

@testable import WalletActions

/// wallet-actions.md §10.
@Suite struct AssemblyTests {
    private static let proposal = Proposal.redemption(
        scripts: [ScriptedChain.script(1), ScriptedChain.script(2)], fee: 1_731)

    private static func stop(_ chain: ScriptedChain, _ proposal: Proposal = proposal) -> RuleFailure? {
        var chain = chain
        return failure { () throws(RuleStop) in try chain.assemble(proposal) }
    }

    @Test("A redemption spends the main UTXO: change first, then the requests, each less its share of the fee")
    func shape() throws {
        var chain = ScriptedChain()
        let action = try chain.assemble(Self.proposal)
        let transaction = try #require(action.transaction)
        let main = try #require(chain.main)
        #expect(transaction.version == 1)
        #expect(transaction.lockTime == 0)
        #expect(transaction.inputs == [TxInput(outPoint: main.outPoint, sequence: 0xffff_fffd)])
        #expect(transaction.outputs.map(\.value.rawValue) == [10_000_000 - 999_500 - 1_999_000, 998_635, 1_998_134])
        #expect(
            transaction.outputs.map(\.script.bytes)
                == [chain.wallet.outputScript.bytes, ScriptedChain.script(1), ScriptedChain.script(2)])
        #expect(transaction.fee(spent: [main.output])?.rawValue == 1_731)
        #expect(action.unsignedID == transaction.unsignedID)
        #expect(action.inputs.map(\.outPoint) == [main.outPoint])
        #expect(action.inputs.map(\.spent) == [main.output])
    }

    @Test("Everything is read at the window's end block, but for the hash of the main UTXO at open")
    func block() throws {
        var chain = ScriptedChain()
        _ = try chain.assemble(Self.proposal)
        let begin = chain.block(chain.begin).reference
        let open = chain.block(ScriptedChain.open).reference
        for case .host(let query) in chain.asked {
            switch query {
            case .block(let number): #expect(number == ScriptedChain.open)
            case .call(_, _, let at) where ChainQuery.host(query).asks == .wallet: #expect(at == begin || at == open)
            case .call(_, _, let at): #expect(at == begin)
            case .redemptionRequests(_, let upTo), .announcedTransactions(_, let upTo): #expect(upTo == begin.number)
            }
        }
        #expect(chain.asked.contains(.host(.call(Bridge.Wallets(chain.wallet.hash.hash), at: open))))
    }

    @Test("Signed with the wallet's key, every input's script holds; the unsigned id stays")
    func signed() throws {
        var chain = ScriptedChain()
        let action = try chain.assemble(Self.proposal)
        let completed = try action.completed(by: chain.signatures(action))
        let transaction = try #require(completed.transaction)
        #expect(transaction.encoded == completed.bytes)
        #expect(transaction.unsignedID == action.unsignedID)
        #expect(try SpendVerifier.verify(transaction, spent: action.inputs.compactMap(\.spent)).rawValue == 1_731)
    }

    @Test("A signature that does not hold is not put in")
    func badSignature() throws {
        var chain = ScriptedChain()
        let action = try chain.assemble(Self.proposal)
        let good = try #require(chain.signatures(action).first)
        for index in [0, 31, 32, 63] {
            var bytes = good.bytes
            bytes[index] ^= 1
            let bad = try #require(SchnorrSignature(bytes))
            #expect(throws: CompletionFailure.script(.signature(input: 0))) { try action.completed(by: [bad]) }
        }
        #expect(throws: CompletionFailure.count(2, inputs: 1)) { try action.completed(by: [good, good]) }
        var ecdsa = ScriptedChain(scheme: .ecdsa)
        let other = try ecdsa.assemble(Self.proposal)
        #expect(throws: CompletionFailure.scheme) { try other.completed(by: [good]) }
    }

    @Test("The main UTXO must still be the one of the agreement")
    func moved() throws {
        var chain = ScriptedChain()
        let main = try #require(chain.main)
        let open = chain.block(ScriptedChain.open).reference
        let before = sha256([1])
        let wallet = chain.wallet.hash.hash
        let then = Bridge.Wallet(
            ecdsaWalletID: .zero, mainUtxoHash: before, pendingRedemptionsValue: 0, createdAt: UnixTime(0),
            movingFundsRequestedAt: UnixTime(0), closingStartedAt: UnixTime(0),
            pendingMovedFundsSweepRequestsCount: 0, state: .live, movingFundsTargetWalletsCommitmentHash: .zero)
        chain.override = {
            $0 == .host(.call(Bridge.Wallets(wallet), at: open)) ? .returned(Bridge.Wallets.self, then) : nil
        }
        #expect(
            Self.stop(chain)
                == RuleFailure("wallet.main_utxo_moved", .view, proposed: before.bytes, found: main.hash.bytes))
        // It may also be gone.
        chain.main = nil
        #expect(Self.stop(chain)?.rule == "wallet.main_utxo_moved")
        // And where the old block cannot be read, nobody can tell.
        chain.override = {
            $0 == .host(.call(Bridge.Wallets(wallet), at: open)) ? .unavailable(.missing) : nil
        }
        #expect(Self.stop(chain) == RuleFailure("chain.host", .cannotTell, found: value("missing")))
    }

    @Test("A request that was vetoed or delayed meanwhile stops the action")
    func vetoed() {
        var chain = ScriptedChain()
        chain.requests[1].isPending = false
        #expect(Self.stop(chain)?.rule == "redemption.not_pending")
        chain.requests[1].isPending = true
        chain.requests[1].delay = 1_000_000
        #expect(Self.stop(chain)?.rule == "redemption.min_age")
    }

    @Test("Neither our estimates nor what is owed count any more")
    func laterRules() throws {
        var chain = ScriptedChain()
        chain.quotes = [FeeQuote(estimate: 900, mempoolMinimum: 1)]
        chain.requests.append(
            ScriptedChain.Request(
                script: ScriptedChain.script(3), amount: 100_000, treasuryFee: 0,
                requestedAt: ScriptedChain.now - 400_000))
        var judged = chain
        #expect(judged.validate(Self.proposal).failure?.rule == "fee.band")
        judged.quotes = ScriptedChain().quotes
        #expect(judged.validate(Self.proposal).failure?.rule == "checklist.owed")
        _ = try chain.assemble(Self.proposal)
        #expect(!chain.asked.contains { if case .bitcoin(.feeQuotes) = $0 { true } else { false } })
        #expect(Self.stop(chain, .redemption(scripts: [ScriptedChain.script(1)], fee: 141))?.rule == "fee.floor")
    }

    @Test("Who comes late may find the agreed transaction on the chain already; any other stops the action")
    func inFlight() throws {
        var chain = ScriptedChain()
        let main = try #require(chain.main)
        let action = try chain.assemble(Self.proposal)
        let signed = try #require(try action.completed(by: chain.signatures(action)).transaction)
        chain.spenders[main.outPoint] = ScriptedChain.located(signed, confirmations: 0)
        #expect(try chain.assemble(Self.proposal) == action)
        // At the coordination block it is what it looks like: a transaction that waits for its proof.
        #expect(chain.validate(Self.proposal).failure?.rule == "wallet.agreement")
        // The same requests for another fee are another transaction.
        let dearer = Proposal.redemption(scripts: [ScriptedChain.script(1), ScriptedChain.script(2)], fee: 1_732)
        let expected = RuleFailure(
            "wallet.agreement", .view, proposed: main.outPoint.encoded, found: signed.txid.bytes)
        #expect(Self.stop(chain, dearer) == expected)
        #expect(Self.stop(chain, .redemption(scripts: [ScriptedChain.script(1)], fee: 1_420)) == expected)
    }

    @Test("Its own record does not stand in its way after a restart")
    func restarted() throws {
        var chain = ScriptedChain()
        let action = try chain.assemble(Self.proposal)
        chain.records = [try chain.record(Self.proposal)]
        #expect(try chain.assemble(Self.proposal) == action)
    }

    @Test("From a record alone come the bytes that were signed, and their digests")
    func preimages() throws {
        var chain = ScriptedChain()
        let record = try ActionRecord(decoding: chain.record(Self.proposal).encoded)
        let transaction = try #require(record.transaction)
        let digests = try Sighash(transaction, spent: record.inputs.compactMap(\.spent))
        for (index, input) in record.inputs.enumerated() {
            #expect(try digests.digest(input: index) == input.message)
        }
    }

    @Test("Equal proposals and chains give equal bytes at every operator (A9)")
    func deterministic() throws {
        var one = ScriptedChain()
        var other = ScriptedChain()
        other.requests.reverse()
        other.quotes = [FeeQuote(estimate: 12, mempoolMinimum: 4), FeeQuote(estimate: 9, mempoolMinimum: 1)]
        #expect(try one.assemble(Self.proposal) == other.assemble(Self.proposal))
    }
}
