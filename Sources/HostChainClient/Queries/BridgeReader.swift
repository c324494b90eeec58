package import Coordination
package import Ethereum
package import Primitives
package import WalletActions

/// Reads the contracts at named blocks (contracts.md §2.2, §5, §6).
package struct BridgeReader: Sendable {
    private let rpc: EthereumRPC
    private let bridge: EthereumAddress
    private let validator: EthereumAddress

    /// Reads the Bridge and the validator at these addresses.
    package init(rpc: EthereumRPC, bridge: EthereumAddress, validator: EthereumAddress) {
        self.rpc = rpc
        self.bridge = bridge
        self.validator = validator
    }

    /// What one call gave.
    private enum Outcome<Value> {
        case returned(Value)
        case reverted(RevertText)
    }

    /// The Bridge's record of a wallet.
    package func wallet(
        _ wallet: WalletPublicKeyHash, at block: BlockReference
    ) async throws(RPCFailure) -> HostAnswer {
        switch try await call(Bridge.Wallets(wallet.hash), of: bridge, at: block) {
        case .reverted(let text): return .reverted(text)
        case .returned(let record):
            guard let state = BridgeWalletState(rawValue: record.state) else {
                throw .contradiction(method: "eth_call", "wallet state \(record.state)")
            }
            return .wallet(
                WalletRecord(
                    ecdsaWalletID: record.ecdsaWalletID, mainUtxoHash: record.mainUtxoHash,
                    pendingRedemptionsValue: record.pendingRedemptionsValue,
                    createdAt: UnixTime(UInt64(record.createdAt)),
                    movingFundsRequestedAt: UnixTime(UInt64(record.movingFundsRequestedAt)),
                    closingStartedAt: UnixTime(UInt64(record.closingStartedAt)),
                    pendingMovedFundsSweepRequestsCount: UInt64(record.pendingMovedFundsSweepRequestsCount),
                    state: state,
                    movingFundsTargetWalletsCommitmentHash: record.movingFundsTargetWalletsCommitmentHash))
        }
    }

    /// The Bridge's redemption parameters.
    package func redemptionParameters(at block: BlockReference) async throws(RPCFailure) -> HostAnswer {
        switch try await call(Bridge.GetRedemptionParameters(), of: bridge, at: block) {
        case .reverted(let text): .reverted(text)
        case .returned(let parameters):
            .redemptionParameters(
                RedemptionParameters(
                    dustThreshold: parameters.dustThreshold, txMaxFee: parameters.txMaxFee,
                    txMaxTotalFee: parameters.txMaxTotalFee, timeout: UInt64(parameters.timeout)))
        }
    }

    /// The validator's constants for redemptions, read as one batch.
    package func redemptionConstants(at block: BlockReference) async throws(RPCFailure) -> HostAnswer {
        typealias Validator = WalletProposalValidator
        let results = try await rpc.call(
            [
                (validator, Validator.RedemptionRequestMinAge().encoded),
                (validator, Validator.RedemptionRequestTimeoutSafetyMargin().encoded),
                (validator, Validator.RedemptionMaxSize().encoded),
            ], at: block)
        let minAge = try outcome(results[0], of: Validator.RedemptionRequestMinAge.self)
        let margin = try outcome(results[1], of: Validator.RedemptionRequestTimeoutSafetyMargin.self)
        let maxSize = try outcome(results[2], of: Validator.RedemptionMaxSize.self)
        switch (minAge, margin, maxSize) {
        case (.returned(let minAge), .returned(let margin), .returned(let maxSize)):
            return .redemptionConstants(
                RedemptionConstants(
                    requestMinAge: UInt64(minAge), requestTimeoutSafetyMargin: UInt64(margin),
                    maxSize: UInt64(maxSize)))
        case (.reverted(let text), _, _), (_, .reverted(let text), _), (_, _, .reverted(let text)):
            return .reverted(text)
        }
    }

    /// The request under a redemption key.
    package func pendingRedemption(
        key: UInt256, at block: BlockReference
    ) async throws(RPCFailure) -> HostAnswer {
        switch try await call(Bridge.PendingRedemptions(key), of: bridge, at: block) {
        case .reverted(let text): .reverted(text)
        case .returned(let request):
            .pendingRedemption(
                RedemptionRequest(
                    redeemer: request.redeemer, requestedAmount: request.requestedAmount,
                    treasuryFee: request.treasuryFee, txMaxFee: request.txMaxFee,
                    requestedAt: UnixTime(UInt64(request.requestedAt))))
        }
    }

    /// The watchtower's delay for a pending redemption; 0 where the Bridge has no watchtower.
    package func redemptionDelay(
        key: UInt256, at block: BlockReference
    ) async throws(RPCFailure) -> HostAnswer {
        switch try await call(Bridge.GetRedemptionWatchtower(), of: bridge, at: block) {
        case .reverted(let text): return .reverted(text)
        case .returned(.zero): return .redemptionDelay(0)
        case .returned(let watchtower):
            switch try await call(RedemptionWatchtower.GetRedemptionDelay(key), of: watchtower, at: block) {
            case .reverted(let text): return .reverted(text)
            case .returned(let seconds): return .redemptionDelay(UInt64(seconds))
            }
        }
    }

    /// Asks one of the validator's judgements, which is true or a revert.
    package func validate(
        _ judgement: some ContractCall<Bool>, at block: BlockReference
    ) async throws(RPCFailure) -> HostAnswer {
        switch try await call(judgement, of: validator, at: block) {
        case .reverted(let text): return .reverted(text)
        case .returned(true): return .valid
        case .returned(false): throw .contradiction(method: "eth_call", "a validator returned false")
        }
    }

    private func call<Call: ContractCall>(
        _ call: Call, of contract: EthereumAddress, at block: BlockReference
    ) async throws(RPCFailure) -> Outcome<Call.Answer> {
        try outcome(try await rpc.call([(contract, call.encoded)], at: block)[0], of: Call.self)
    }

    private func outcome<Call: ContractCall>(
        _ result: EthereumRPC.CallResult, of _: Call.Type
    ) throws(RPCFailure) -> Outcome<Call.Answer> {
        switch result {
        case .reverted(let reason): return .reverted(RevertText(reason))
        case .returned(let data):
            do {
                return .returned(try Call.decode(answer: data))
            } catch {
                throw .contradiction(method: "eth_call", "\(Call.function.signature): \(error)")
            }
        }
    }
}

extension RevertText {
    /// The reason in the words of the port; a panic code over 64 bits, which no compiler emits, stays data.
    init(_ reason: RevertReason) {
        switch reason {
        case .error(let text): self = .message(text)
        case .panic(let code): self = code.uint64.map { .panic($0) } ?? .data(reason.encoded)
        case .empty: self = .data([])
        case .other(let data): self = .data(data)
        }
    }
}
