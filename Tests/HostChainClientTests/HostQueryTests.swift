import Coordination
import Ethereum
import HostChainClient
import Node
import Primitives
import TestKit
import Testing
import WalletActions

/// What each question to the contracts gives.
@Suite(.timeLimit(.minutes(5))) struct HostQueryTests {
    private static let watchtower = EthereumAddress(Hash20(Bytes(repeating: 0xcc, count: 20)) ?? .zero)
    private static let key = UInt256(7)

    private static let wallet = Bridge.Wallet(
        ecdsaWalletID: .zero, mainUtxoHash: keccak256([1]), pendingRedemptionsValue: 5, createdAt: UnixTime(6),
        movingFundsRequestedAt: UnixTime(7), closingStartedAt: UnixTime(8), pendingMovedFundsSweepRequestsCount: 9,
        state: .live, movingFundsTargetWalletsCommitmentHash: keccak256([2]))
    private static let parameters = Bridge.RedemptionParameters(
        dustThreshold: 1, treasuryFeeDivisor: 2, txMaxFee: 3, txMaxTotalFee: 4, timeout: 5,
        timeoutSlashingAmount: UInt96(6), timeoutNotifierRewardMultiplier: 7)
    private static let request = Bridge.RedemptionRequest(
        redeemer: watchtower, requestedAmount: 1, treasuryFee: 2, txMaxFee: 3, requestedAt: UnixTime(7))

    /// What a typed call returns.
    private static func returned<Call: ContractCall>(_: Call.Type, _ answer: Call.Answer) -> ChainAnswer {
        .host(.returned(Call.encode(answer: answer)))
    }

    private static func judgement(
        _ scripts: [Bytes], fee: UInt64
    ) -> WalletProposalValidator.ValidateRedemptionProposal {
        WalletProposalValidator.ValidateRedemptionProposal(
            WalletProposalValidator.RedemptionProposal(
                wallet: TestChain.wallet.hash, redeemersOutputScripts: scripts.map { PrefixedScript($0) },
                redemptionTxFee: UInt256(fee)))
    }

    private static func heartbeat(_ message: Bytes) -> WalletProposalValidator.ValidateHeartbeatProposal {
        WalletProposalValidator.ValidateHeartbeatProposal(
            WalletProposalValidator.HeartbeatProposal(wallet: TestChain.wallet.hash, message: message))
    }

    private static func contract(_ to: EthereumAddress, _ data: Bytes) -> FakeNode.Behaviour {
        if to == FakeNode.bridge, (try? Bridge.Wallets(decoding: data)) != nil {
            return .returns(Bridge.Wallets.encode(answer: wallet))
        }
        if to == FakeNode.bridge, (try? Bridge.PendingRedemptions(decoding: data)) != nil {
            return .returns(Bridge.PendingRedemptions.encode(answer: request))
        }
        if to == FakeNode.bridge, (try? Bridge.GetRedemptionParameters(decoding: data)) != nil {
            return .returns(Bridge.GetRedemptionParameters.encode(answer: parameters))
        }
        if to == FakeNode.bridge, (try? Bridge.GetRedemptionWatchtower(decoding: data)) != nil {
            return .returns(Bridge.GetRedemptionWatchtower.encode(answer: watchtower))
        }
        if to == watchtower, let call = try? RedemptionWatchtower.GetRedemptionDelay(decoding: data) {
            return call.key == key
                ? .returns(RedemptionWatchtower.GetRedemptionDelay.encode(answer: 7200))
                : .reverts(.error("Redemption request does not exist"))
        }
        typealias Validator = WalletProposalValidator
        if to == FakeNode.validator, (try? Validator.RedemptionRequestMinAge(decoding: data)) != nil {
            return .returns(Validator.RedemptionRequestMinAge.encode(answer: 600))
        }
        if to == FakeNode.validator, (try? Validator.RedemptionRequestTimeoutSafetyMargin(decoding: data)) != nil {
            return .returns(Validator.RedemptionRequestTimeoutSafetyMargin.encode(answer: 7200))
        }
        if to == FakeNode.validator, (try? Validator.RedemptionMaxSize(decoding: data)) != nil {
            return .returns(Validator.RedemptionMaxSize.encode(answer: 20))
        }
        if to == FakeNode.validator, let call = try? Validator.ValidateHeartbeatProposal(decoding: data) {
            return call.proposal.message.count == 16
                ? .returns(Validator.ValidateHeartbeatProposal.encode(answer: true))
                : .reverts(.error("Not a valid heartbeat message"))
        }
        if to == FakeNode.validator, let call = try? Validator.ValidateRedemptionProposal(decoding: data) {
            switch call.proposal.redemptionTxFee.uint64 {
            case 0: return .reverts(.error("Proposed transaction fee cannot be zero"))
            case 1: return .reverts(.panic(UInt256(0x11)))
            case 2: return .reverts(.empty)
            case 3: return .fails(code: -32000, message: "out of gas")
            default:
                return call.proposal.redeemersOutputScripts.map(\.script) == [[0x51], [0x52, 0x53]]
                    ? .returns(Validator.ValidateRedemptionProposal.encode(answer: true))
                    : .reverts(.error("Redemption below the min size"))
            }
        }
        return .fails(code: -32000, message: "nothing here")
    }

    /// A client that follows a node's chain, and an answer to each question at its head.
    private func answers(
        _ queries: [@Sendable (BlockReference) -> HostQuery], node: FakeNode, at block: HostBlock? = nil
    ) async throws -> [ChainAnswer] {
        try await following(node) { service in
            var heads = service.heads().makeAsyncIterator()
            guard case .block(let head) = await heads.next() else { throw CancellationError() }
            var answers: [ChainAnswer] = []
            for query in queries { answers.append(await service.answer(query((block ?? head).reference))) }
            return answers
        }
    }

    @Test("Each question reads its contract at the named block", arguments: [true, false])
    func questions(byHash: Bool) async throws {
        let node = FakeNode(TestChain(upTo: 12)) { Self.contract($0, $1) }
        await node.change { node in
            node.hashRefusal = byHash ? nil : (-32602, "invalid argument 1: no number")
            // An index without old logs looks for no holes, which would be questions of its own.
            node.fault = { call in
                call.method == "eth_getLogs" && call.parameters[0]["fromBlock"] != nil
                    ? .error(code: -32000, message: "scripted") : nil
            }
        }
        let block = try #require(await node.chain[BlockNumber(10)])
        typealias Validator = WalletProposalValidator
        let at = HostContract.at(Self.watchtower)
        let answers = try await answers(
            [
                { .call(Bridge.Wallets(TestChain.wallet.hash), at: $0) },
                { .call(Bridge.GetRedemptionParameters(), at: $0) },
                { .call(Validator.RedemptionRequestMinAge(), at: $0) },
                { .call(Validator.RedemptionRequestTimeoutSafetyMargin(), at: $0) },
                { .call(Validator.RedemptionMaxSize(), at: $0) },
                { .call(Bridge.PendingRedemptions(Self.key), at: $0) },
                { .call(Bridge.GetRedemptionWatchtower(), at: $0) },
                { .call(at, RedemptionWatchtower.GetRedemptionDelay(Self.key).encoded, at: $0) },
                { .call(at, RedemptionWatchtower.GetRedemptionDelay(.zero).encoded, at: $0) },
                { .call(Self.heartbeat(Bytes(repeating: 0xff, count: 16)), at: $0) },
                { .call(Self.heartbeat([]), at: $0) },
                { .call(Self.judgement([[0x51], [0x52, 0x53]], fee: 1600), at: $0) },
                { .call(Self.judgement([], fee: 1600), at: $0) }, { .call(Self.judgement([], fee: 0), at: $0) },
                { .call(Self.judgement([], fee: 1), at: $0) }, { .call(Self.judgement([], fee: 2), at: $0) },
                { .call(Self.judgement([], fee: 3), at: $0) },
            ], node: node, at: block)
        let expected: [ChainAnswer] = [
            Self.returned(Bridge.Wallets.self, Self.wallet),
            Self.returned(Bridge.GetRedemptionParameters.self, Self.parameters),
            Self.returned(Validator.RedemptionRequestMinAge.self, 600),
            Self.returned(Validator.RedemptionRequestTimeoutSafetyMargin.self, 7200),
            Self.returned(Validator.RedemptionMaxSize.self, 20),
            Self.returned(Bridge.PendingRedemptions.self, Self.request),
            Self.returned(Bridge.GetRedemptionWatchtower.self, Self.watchtower),
            Self.returned(RedemptionWatchtower.GetRedemptionDelay.self, 7200),
            .host(.reverted(.error("Redemption request does not exist"))),
            Self.returned(Validator.ValidateHeartbeatProposal.self, true),
            .host(.reverted(.error("Not a valid heartbeat message"))),
            Self.returned(Validator.ValidateRedemptionProposal.self, true),
            .host(.reverted(.error("Redemption below the min size"))),
            .host(.reverted(.error("Proposed transaction fee cannot be zero"))),
            .host(.reverted(.panic(UInt256(0x11)))), .host(.reverted(.empty)), .unavailable(.missing),
        ]
        for (answer, right) in zip(answers, expected) { #expect(answer == right) }
        #expect(answers.count == expected.count)

        let places = await node.calls.filter { $0.method == "eth_call" }.map { $0.parameters[1] }
        let named = JSONValue.object(["blockHash": .string(block.hash.description)])
        let (byName, byNumber) = (places.count { $0 == named }, places.count { $0 == .string("0xa") })
        #expect(byName + byNumber == places.count)
        if byHash {
            #expect(byNumber == 1, "the one call that fails either way")
        } else {
            #expect(byName == 1, "a refused hash is not tried again")
        }
    }

    @Test("By number, a block that the source has replaced is stale; so is one that it does not have yet")
    func otherBlock() async throws {
        let node = FakeNode(TestChain(upTo: 12)) { Self.contract($0, $1) }
        var other = await node.chain
        other.reorganise(depth: 2, count: 4)
        await node.change { $0.hashRefusal = (-32602, "invalid argument 1: no number") }
        for block in [try #require(other[BlockNumber(11)]), other.head] {
            #expect(
                try await answers([{ .call(Bridge.GetRedemptionParameters(), at: $0) }], node: node, at: block) == [
                    .unavailable(.stale)
                ])
        }
    }

    @Test("A result that is no bytes is a contradiction", arguments: ["0", "0xzz"])
    func nonsense(result: String) async throws {
        let node = FakeNode(TestChain(upTo: 3))
        await node.change {
            $0.fault = { $0.method == "eth_call" ? .result(.string(result)) : nil }
        }
        #expect(
            try await answers([{ .call(Bridge.Wallets(TestChain.wallet.hash), at: $0) }], node: node)
                == [.unavailable(.contradiction)])
    }

    @Test("A result that cannot be one is asked for again, one that can is kept", arguments: ["0x", "0x00"])
    func keeping(result: String) async throws {
        let node = FakeNode(TestChain(upTo: 3)) { Self.contract($0, $1) }
        await node.change {
            $0.fault = { $0.method == "eth_call" ? .result(.string(result)) : nil }
        }
        try await following(node) { service in
            var heads = service.heads().makeAsyncIterator()
            guard case .block(let head) = await heads.next() else { throw CancellationError() }
            let query = HostQuery.call(Bridge.GetRedemptionParameters(), at: head.reference)
            #expect(await service.answer(query) == .host(.returned(try Bytes(hex: result))))
            await node.change { $0.fault = nil }
            for _ in 0..<3 {
                #expect(
                    await service.answer(query) == Self.returned(Bridge.GetRedemptionParameters.self, Self.parameters))
            }
            #expect(await node.callRequests == 2)
        }
    }
}
