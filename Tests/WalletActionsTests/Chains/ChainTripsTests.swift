import Bitcoin
import Coordination
import Primitives
import TestKit
import Testing

@testable import WalletActions

/// Questions are asked in batches, and each rule still fails by its own answer.
@Suite struct ChainTripsTests {
    /// How a wallet's main UTXO is found.
    enum Finding: CaseIterable {
        /// It was found before.
        case known
        /// In the transaction that the Bridge announced last.
        case announced
        /// Among what lies unspent at the wallet's scripts.
        case scanned
    }

    private static func chain(_ finding: Finding) throws -> ScriptedChain {
        var chain = ScriptedChain()
        let main = try #require(chain.main)
        switch finding {
        case .known: chain.knownUTXOs = [main.hash: main]
        case .announced: chain.announced = [main.outPoint.txid.hash]
        case .scanned: break
        }
        return chain
    }

    private static let message = HeartbeatRules.message(
        wallet: ScriptedChain().wallet.hash, open: ScriptedChain.open)

    // Each trip stands on the one before: the wallet's record names the main UTXO's hash; by that it is looked for, which
    // takes the announced transaction, or the outputs at the scripts and then the transaction; by the main UTXO its
    // spender is asked for, and by the events the requests.
    @Test("A redemption is validated in two trips, or three to four where its main UTXO is looked for")
    func redemption() throws {
        for (finding, trips) in [(Finding.known, 2), (.announced, 3), (.scanned, 4)] {
            var chain = try Self.chain(finding)
            #expect(chain.validate(RedemptionScene().proposal).isValid)
            #expect(chain.trips == trips, "\(finding)")
        }
    }

    @Test("A heartbeat and a no-op take as many, though they pay nothing", arguments: [false, true])
    func others(isHeartbeat: Bool) throws {
        for (finding, trips) in [(Finding.known, 2), (.announced, 3), (.scanned, 4)] {
            var chain = try Self.chain(finding)
            #expect(chain.validate(isHeartbeat ? .heartbeat(message: Self.message) : .noop).isValid)
            #expect(chain.trips == trips, "\(finding)")
        }
    }

    // Two more: the delays of those that are pending, then what the validator says of the whole.
    @Test("A redemption is searched for in four trips, or five to six where its main UTXO is looked for")
    func generation() throws {
        for (finding, trips) in [(Finding.known, 4), (.announced, 5), (.scanned, 6)] {
            var chain = try Self.chain(finding)
            #expect(try chain.generate().proposal != nil)
            #expect(chain.trips == trips, "\(finding)")
        }
    }

    // One more than validation: the wallet's record at the window's block, of which the hash must be read first.
    @Test("A redemption is assembled in three trips, or four to five where its main UTXO is looked for")
    func assembly() throws {
        for (finding, trips) in [(Finding.known, 3), (.announced, 4), (.scanned, 5)] {
            var chain = try Self.chain(finding)
            _ = try chain.assemble(RedemptionScene().proposal)
            #expect(chain.trips == trips, "\(finding)")
        }
    }

    @Test("More requests take no more trips", arguments: [3, 12])
    func requests(count: Int) throws {
        var chain = try Self.chain(.known)
        chain.requests = (1...count).map {
            ScriptedChain.Request(
                script: ScriptedChain.script($0), amount: 100_000, treasuryFee: 0,
                requestedAt: ScriptedChain.now - 10_000)
        }
        let proposal = try #require(try chain.generate().proposal)
        #expect(chain.trips == 4)
        #expect(chain.validate(proposal).isValid)
        #expect(chain.trips == 2)
    }

    @Test("No question is asked twice in one look", arguments: Finding.allCases)
    func once(finding: Finding) throws {
        var chain = try Self.chain(finding)
        #expect(chain.validate(RedemptionScene().proposal).isValid)
        #expect(Set(chain.asked).count == chain.asked.count)
    }

    // MARK: - A question that fails

    /// The rule that asks a question in the validation of a redemption (wallet-actions.md §9).
    private static func rule(of query: ChainQuery) -> ActionRule {
        switch query.asks {
        case .wallet, .redemptionParameters, .redemptionConstant, .watchtower, .pendingRedemption, .redemptionDelay,
            .block:
            .chainHost
        case .redemptionRequests: .redemptionEvent
        case .announcedTransactions: .walletMainUTXO
        case .validateRedemption: .redemptionValidator
        case .validateHeartbeat: .heartbeatValidator
        case .bitcoin(.tip): .chainBitcoin
        case .bitcoin(.transaction), .bitcoin(.unspentOutputs): .walletMainUTXO
        case .bitcoin(.spender): .walletAgreement
        case .bitcoin(.feeQuotes): .feeBand
        }
    }

    @Test("A question that fails alone fails the rule that asks it, and no other", arguments: Finding.allCases)
    func oneFails(finding: Finding) throws {
        var whole = try Self.chain(finding)
        #expect(whole.validate(RedemptionScene().proposal).isValid)
        for query in whole.asked where query.asks != .watchtower {
            var chain = try Self.chain(finding)
            chain.override = { $0 == query ? .unavailable(.silent) : nil }
            let expected = ProposalCheck.Failure(
                rule: Self.rule(of: query).id, failureClass: .cannotTell, proposed: [], found: value("silent"),
                block: chain.block(ScriptedChain.open).reference)
            #expect(chain.validate(RedemptionScene().proposal) == .failed(expected), "\(query)")
        }
    }

    @Test("In execution likewise; the fee's urgency, and so the constants, count no more", arguments: Finding.allCases)
    func oneFailsInExecution(finding: Finding) throws {
        var whole = try Self.chain(finding)
        _ = try whole.assemble(RedemptionScene().proposal)
        for query in whole.asked {
            var chain = try Self.chain(finding)
            chain.override = { $0 == query ? .unavailable(.silent) : nil }
            let stop = failure { () throws(RuleStop) in try chain.assemble(RedemptionScene().proposal) }
            let expected = RuleFailure(Self.rule(of: query).id, .cannotTell, found: value("silent"))
            if [.redemptionConstant, .watchtower].contains(query.asks) {
                #expect(stop == nil)
            } else {
                #expect(stop == expected, "\(query)")
            }
        }
    }

    @Test("In a search likewise, but that a request that cannot be read is left out", arguments: Finding.allCases)
    func oneFailsInSearch(finding: Finding) throws {
        var whole = try Self.chain(finding)
        _ = try whole.generate()
        for query in whole.asked {
            var chain = try Self.chain(finding)
            chain.override = { $0 == query ? .unavailable(.silent) : nil }
            switch query.asks {
            case .watchtower:
                let stop = failure { () throws(RuleStop) in try chain.generate() }
                #expect(stop?.rule == "redemption.unsure", "no request's delay can be told")
            case .pendingRedemption(let key), .redemptionDelay(let key):
                let result = try chain.generate()
                #expect(result.leftOut == [LeftOut(key: key, rule: ActionRule.redemptionUnsure.id)], "\(query)")
                guard case .redemption(let scripts, _)? = result.proposal else {
                    Issue.record("the other request is paid: \(query)")
                    continue
                }
                #expect(scripts.count == 1 && chain.key(scripts[0]) != key, "\(query)")
            default:
                let stop = failure { () throws(RuleStop) in try chain.generate() }
                #expect(
                    stop == RuleFailure(Self.rule(of: query).id, .cannotTell, found: value("silent")), "\(query)")
            }
        }
    }

    @Test("A heartbeat fails by the wallet and its validator alone, a no-op by nothing", arguments: Finding.allCases)
    func others(finding: Finding) throws {
        var whole = try Self.chain(finding)
        #expect(whole.validate(.heartbeat(message: Self.message)).isValid)
        for query in whole.asked {
            var chain = try Self.chain(finding)
            chain.override = { $0 == query ? .unavailable(.silent) : nil }
            #expect(chain.validate(.noop).isValid, "\(query)")
            let failure = chain.validate(.heartbeat(message: Self.message)).failure
            switch query.asks {
            case .wallet: #expect(failure?.rule == "chain.host")
            case .validateHeartbeat: #expect(failure?.rule == "heartbeat.validator")
            default: #expect(failure == nil, "\(query)")
            }
        }
    }

    @Test("A request that is not proposed and cannot be read stands against no proposal")
    func unproposed() throws {
        var chain = try Self.chain(.known)
        chain.requests.append(
            ScriptedChain.Request(
                script: ScriptedChain.script(3), amount: 100_000, treasuryFee: 0,
                requestedAt: ScriptedChain.now - 10_000))
        let key = chain.key(ScriptedChain.script(3))
        chain.override = { if case .pendingRedemption(key) = $0.asks { .unavailable(.silent) } else { nil } }
        #expect(chain.validate(RedemptionScene().proposal).isValid)
    }
}
