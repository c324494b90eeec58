package import Coordination
package import Ethereum
package import Primitives
package import WalletActions

/// The state of a Bridge and its validator: taproot wallets and redemptions. The rules and revert strings are those of
/// contracts.md, with P2TR accepted.
package struct BridgeState: Hashable, Sendable {
    /// The settings with which the contracts were deployed.
    package struct Settings: Hashable, Sendable {
        package var parameters = Bridge.RedemptionParameters(
            dustThreshold: 10_000, treasuryFeeDivisor: 2_000, txMaxFee: 50_000, txMaxTotalFee: 500_000,
            timeout: 172_800, timeoutSlashingAmount: UInt96(0), timeoutNotifierRewardMultiplier: 0)
        package var constants = RedemptionConstants(
            requestMinAge: 24, requestTimeoutSafetyMargin: 7_200, maxSize: 20)

        /// Makes the development network's settings.
        package init() {}
    }

    /// The reason for which the Bridge refuses a transaction.
    package enum Refusal: Error, Hashable, Sendable {
        /// The Bridge does not know the wallet.
        case unknownWallet
        /// A request of the wallet for the same script is pending.
        case pendingAlready
        /// The amount is below the dust threshold.
        case belowDust
        /// No request of the wallet for the script is pending.
        case notPending
    }

    package let settings: Settings
    package private(set) var wallets: [WalletPublicKeyHash: Bridge.Wallet] = [:]
    package private(set) var pending: [UInt256: Bridge.RedemptionRequest] = [:]

    /// Starts without wallets.
    package init(settings: Settings = Settings()) { self.settings = settings }

    /// Registers a wallet as Live, with or without a main UTXO.
    package mutating func register(
        _ wallet: WalletPublicKeyHash, id: Hash32, mainUtxoHash: Hash32, at now: UnixTime
    ) {
        wallets[wallet] = Bridge.Wallet(
            ecdsaWalletID: id, mainUtxoHash: mainUtxoHash, pendingRedemptionsValue: 0, createdAt: now,
            movingFundsRequestedAt: UnixTime(0), closingStartedAt: UnixTime(0), pendingMovedFundsSweepRequestsCount: 0,
            state: .live, movingFundsTargetWalletsCommitmentHash: .zero)
    }

    /// Adds a redemption request; returns the fields of its event.
    ///
    /// - Throws: ``Refusal`` for an unknown wallet, a request that is already pending, and an amount below the dust
    ///   threshold.
    package mutating func request(
        _ wallet: WalletPublicKeyHash, script: Bytes, redeemer: EthereumAddress, amount: UInt64, at now: UnixTime
    ) throws(Refusal) -> Bridge.RedemptionRequest {
        guard let record = wallets[wallet] else { throw .unknownWallet }
        let key = ContractKeys.redemption(script: script, wallet: wallet.hash)
        guard pending[key] == nil else { throw .pendingAlready }
        guard amount >= settings.parameters.dustThreshold else { throw .belowDust }
        let request = Bridge.RedemptionRequest(
            redeemer: redeemer, requestedAmount: amount, treasuryFee: amount / settings.parameters.treasuryFeeDivisor,
            txMaxFee: settings.parameters.txMaxFee, requestedAt: now)
        pending[key] = request
        wallets[wallet] = record.with(
            mainUtxoHash: record.mainUtxoHash,
            pendingRedemptionsValue: record.pendingRedemptionsValue + request.requestedAmount - request.treasuryFee)
        return request
    }

    /// Takes the proof of a redemption: removes its requests, and makes the change the new main UTXO (zero: no change).
    ///
    /// - Throws: ``Refusal`` for an unknown wallet, and for the first script without a pending request.
    package mutating func complete(
        _ wallet: WalletPublicKeyHash, scripts: [Bytes], mainUtxoHash: Hash32
    ) throws(Refusal) {
        guard let record = wallets[wallet] else { throw .unknownWallet }
        var (left, others) = (record.pendingRedemptionsValue, pending)
        for script in scripts {
            let key = ContractKeys.redemption(script: script, wallet: wallet.hash)
            guard let request = others.removeValue(forKey: key) else { throw .notPending }
            left -= request.requestedAmount - request.treasuryFee
        }
        pending = others
        wallets[wallet] = record.with(mainUtxoHash: mainUtxoHash, pendingRedemptionsValue: left)
    }

    // MARK: - Views

    /// `wallets(W)`; the record of an unknown wallet is all zero.
    package func wallet(_ wallet: WalletPublicKeyHash) -> Bridge.Wallet { wallets[wallet] ?? .unknown }

    /// `pendingRedemptions(key)`; a request that is not pending is all zero.
    package func pendingRedemption(_ key: UInt256) -> Bridge.RedemptionRequest {
        pending[key]
            ?? Bridge.RedemptionRequest(
                redeemer: .zero, requestedAmount: 0, treasuryFee: 0, txMaxFee: 0, requestedAt: UnixTime(0))
    }

    /// `validateRedemptionProposal`: the revert string of the first row of contracts.md §5.2 that fails; nil if valid.
    package func refusal(
        redemptionOf wallet: WalletPublicKeyHash, scripts: [Bytes], fee: UInt64, at now: UnixTime
    ) -> String? {
        let state = self.wallet(wallet).state
        guard state == .live || state == .movingFunds else { return "Wallet is not in Live or MovingFunds state" }
        guard !scripts.isEmpty else { return "Redemption below the min size" }
        guard UInt64(scripts.count) <= settings.constants.maxSize else { return "Redemption exceeds the max size" }
        guard fee > 0 else { return "Proposed transaction fee cannot be zero" }
        guard fee <= settings.parameters.txMaxTotalFee else { return "Proposed transaction fee is too high" }
        let share = fee / UInt64(scripts.count)
        var seen: Set<UInt256> = []
        for (index, script) in scripts.enumerated() {
            let key = ContractKeys.redemption(script: script, wallet: wallet.hash)
            let request = pendingRedemption(key)
            guard request.requestedAt.seconds != 0 else { return "Not a pending redemption request" }
            guard now > request.requestedAt.adding(settings.constants.requestMinAge) else {
                return "Redemption request min age not achieved yet"
            }
            let limit = request.requestedAt.adding(UInt64(settings.parameters.timeout))
                .subtracting(settings.constants.requestTimeoutSafetyMargin)
            guard now < limit else { return "Redemption request timeout safety margin is not preserved" }
            let own = index == scripts.count - 1 ? share + fee % UInt64(scripts.count) : share
            guard own <= request.txMaxFee else {
                return "Proposed transaction per-request fee share is too high"
            }
            guard seen.insert(key).inserted else { return "Duplicated request" }
        }
        return nil
    }

    /// `validateHeartbeatProposal`: the revert string of contracts.md §5.5; nil if valid.
    package func refusal(heartbeat message: Bytes) -> String? {
        message.count == 16 && message.prefix(8).allSatisfy { $0 == 0xff } ? nil : "Not a valid heartbeat message"
    }
}

extension Bridge.Wallet {
    /// The record of a wallet that the Bridge does not know.
    fileprivate static let unknown = Bridge.Wallet(
        ecdsaWalletID: .zero, mainUtxoHash: .zero, pendingRedemptionsValue: 0, createdAt: UnixTime(0),
        movingFundsRequestedAt: UnixTime(0), closingStartedAt: UnixTime(0), pendingMovedFundsSweepRequestsCount: 0,
        state: .unknown, movingFundsTargetWalletsCommitmentHash: .zero)

    fileprivate func with(mainUtxoHash: Hash32, pendingRedemptionsValue: UInt64) -> Bridge.Wallet {
        Bridge.Wallet(
            ecdsaWalletID: ecdsaWalletID, mainUtxoHash: mainUtxoHash,
            pendingRedemptionsValue: pendingRedemptionsValue, createdAt: createdAt,
            movingFundsRequestedAt: movingFundsRequestedAt, closingStartedAt: closingStartedAt,
            pendingMovedFundsSweepRequestsCount: pendingMovedFundsSweepRequestsCount, state: state,
            movingFundsTargetWalletsCommitmentHash: movingFundsTargetWalletsCommitmentHash)
    }
}
