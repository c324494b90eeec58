import Bitcoin
import ChainModels
import Coordination
import Ethereum
import HostChainClient
import Node
import Primitives
import TestKit
import Testing
import WalletActions

/// How many requests a source gets (issue 9, R2).
@Suite(.timeLimit(.minutes(5))) struct OneLookTests {
    private static let watchtower = EthereumAddress(hash160(Bytes("watchtower".utf8)))

    /// A wallet with pending redemptions, its Bridge, and a window that opens at the head.
    private struct Scene {
        static let open: UInt64 = 48

        let wallet = WalletIdentity(scheme: .taproot, publicKey: TestKey().publicKey)
        let utxo: MainUTXO
        let node: FakeNode
        let context: ActionContext

        init(requests: Int) async throws {
            let value = try #require(Satoshis(500_000_000))
            utxo = MainUTXO(
                outPoint: OutPoint(txid: Txid(sha256([1])), index: 0),
                output: TxOutput(value: value, script: wallet.outputScript))
            var chain = TestChain(upTo: Self.open - 10)
            var state = BridgeState()
            state.register(wallet.hash, id: sha256([2]), mainUtxoHash: utxo.hash, at: chain.head.timestamp)
            let made = chain.head.timestamp.adding(12)
            var events: [Bridge.RedemptionRequested] = []
            for number in 0..<requests {
                let script = Script.p2wpkh(hash160([UInt8(number)])).bytes
                let request = try state.request(
                    wallet.hash, script: script, redeemer: .zero, amount: 1_000_000, at: made)
                events.append(
                    Bridge.RedemptionRequested(
                        wallet: wallet.hash.hash, redeemerOutputScript: PrefixedScript(script), redeemer: .zero,
                        requestedAmount: request.requestedAmount, treasuryFee: request.treasuryFee,
                        txMaxFee: request.txMaxFee))
            }
            chain.mineBlock(with: events)
            chain.mine(9)
            let (bridge, now) = (state, chain.head.timestamp)
            node = FakeNode(chain) { to, data in
                if (try? Bridge.GetRedemptionWatchtower(decoding: data)) != nil {
                    return .returns(Bridge.GetRedemptionWatchtower.encode(answer: watchtower))
                }
                if to == watchtower { return .returns(RedemptionWatchtower.GetRedemptionDelay.encode(answer: 0)) }
                switch bridge.answer(to == FakeNode.bridge ? .bridge : .validator, data, at: now) {
                case .success(let result): return .returns(result)
                case .failure(let revert): return .reverts(revert.reason)
                }
            }
            let seats = (1...5).map { EthereumAddress(hash160([$0])) }
            context = ActionContext(
                profile: .devnet, wallet: wallet,
                group: try SigningGroup(wallet: wallet.hash, seats: seats, threshold: 3),
                window: try #require(CoordinationWindow(openedBy: chain.head.number, profile: .devnet)),
                block: chain.head, records: [], knownUTXOs: [utxo.hash: utxo], busyUntil: nil)
        }

        /// What Bitcoin says to a look that finds the main UTXO unspent.
        func answer(_ query: BitcoinQuery) -> ChainAnswer {
            switch query {
            case .tip: .bitcoin(.tip(BitcoinTip(height: 100, hash: BlockHash(sha256([3])))))
            case .feeQuotes: .bitcoin(.feeQuotes([FeeQuote(estimate: 5, mempoolMinimum: 1)]))
            case .spender(of: utxo.outPoint): .bitcoin(.spender(.unspent))
            case .spender, .transaction, .unspentOutputs: .unavailable(.missing)
            }
        }
    }

    /// Runs rules as a node does; gives the batches that were asked of Bitcoin.
    private func look<Result>(
        _ scene: Scene, _ service: HostChainService, _ rules: (inout ChainFacts) throws(RuleStop) -> Result
    ) async throws -> (Result, onBitcoin: [[BitcoinQuery]]) {
        var facts = ChainFacts()
        var onBitcoin: [[BitcoinQuery]] = []
        for _ in 0..<20 {
            do throws(RuleStop) {
                return (try rules(&facts), onBitcoin)
            } catch {
                guard case .pending = error else { throw error }
            }
            let host = facts.missing.compactMap { if case .host(let query) = $0 { query } else { nil } }
            let bitcoin = facts.missing.compactMap { if case .bitcoin(let query) = $0 { query } else { nil } }
            if !bitcoin.isEmpty { onBitcoin.append(bitcoin) }
            facts.insert(
                Array(zip(host.map(ChainQuery.host), await service.answer(host)))
                    + bitcoin.map { (.bitcoin($0), scene.answer($0)) })
        }
        throw CancellationError()
    }

    // BatchTests of the Bitcoin client shows that each of its two batches is one request.
    @Test("A look at a wallet with 20 pending redemptions takes four requests to the host chain, two to Bitcoin")
    func oneLook() async throws {
        let scene = try await Scene(requests: 20)
        try await following(scene.node) { service in
            try #require(await eventually { await service.status().indexIsComplete })
            let (found, onBitcoin) = try await look(scene, service) { facts throws(RuleStop) in
                try WalletRules.generate(.redemption, context: scene.context, facts: &facts)
            }
            guard case .redemption(let scripts, _)? = found.proposal else {
                Issue.record("nothing is proposed: \(found)")
                return
            }
            #expect(scripts.count == 20)
            #expect(await scene.node.callRequests == 4)
            let target = scene.context.profile.feeTarget
            #expect(
                onBitcoin == [[.tip, .feeQuotes(target: target)], [.spender(of: scene.utxo.outPoint)]])

            // Whoever validates what was found asks for the same, and it is known.
            let (check, _) = try await look(scene, service) { facts throws(RuleStop) in
                do throws(FactFailure) {
                    return try WalletRules.validate(found.proposal ?? .noop, context: scene.context, facts: &facts)
                } catch {
                    throw .pending
                }
            }
            guard case .valid = check else {
                Issue.record("\(check)")
                return
            }
            #expect(await scene.node.callRequests == 4)
        }
    }

    @Test("Of 100 wallets at one block, what is common to all is read once")
    func shared() async throws {
        let scene = try await Scene(requests: 0)
        let common: [any HostCall] = [
            Bridge.GetRedemptionParameters(), Bridge.GetRedemptionWatchtower(),
            WalletProposalValidator.RedemptionRequestMinAge(),
            WalletProposalValidator.RedemptionRequestTimeoutSafetyMargin(), WalletProposalValidator.RedemptionMaxSize(),
        ]
        let block = scene.context.block.reference
        let shared = common.map { HostQuery.call($0, at: block) }
        try await following(scene.node) { service in
            try #require(await eventually { await service.status().head?.reference == block })
            await withTaskGroup(of: Void.self) { group in
                for number in 0..<100 {
                    let own = HostQuery.call(Bridge.Wallets(hash160([UInt8(number)])), at: block)
                    group.addTask {
                        for answer in await service.answer([own, .block(block.number)] + shared) {
                            guard case .host = answer else {
                                Issue.record("\(answer)")
                                return
                            }
                        }
                    }
                }
            }
            let asked = await scene.node.calls.filter { $0.method == "eth_call" }.map { $0.parameters[0]["data"] }
            for call in common { #expect(asked.count { $0 == .string(call.encoded.prefixedHex) } == 1) }
            #expect(asked.count == 100 + common.count)
            let blocks = await scene.node.count("eth_getBlockByNumber", of: scene.context.block)
            #expect(blocks <= 1, "the head is followed, and asked for by nobody")
        }
    }
}
