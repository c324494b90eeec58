package import Primitives

/// The Bridge contract: the views that the client reads and the events that the index holds (contracts.md §2).
package enum Bridge {
    /// The states of a wallet (contracts.md §1.4).
    package enum WalletState: UInt8, ABIValue {
        case unknown = 0
        case live = 1
        case movingFunds = 2
        case closing = 3
        case closed = 4
        case terminated = 5

        package static let abiType = ABIType.uint(bits: 8)

        /// Reads a `uint8`.
        ///
        /// - Throws: ``ABIFailure`` if the data ends early, and for a number that is not a state.
        package init(from reader: inout ABIReader) throws(ABIFailure) {
            let number: UInt8 = try reader.value()
            guard let state = WalletState(rawValue: number) else { throw .walletState(number) }
            self = state
        }

        package func write(to writer: inout ABIWriter) { writer.value(rawValue) }
    }

    /// A wallet's record (contracts.md §1.3); all zero for a wallet that the Bridge does not know.
    package struct Wallet: ABITuple {
        package static let components: [ABIType] = [
            .fixedBytes(32), .fixedBytes(32), .uint(bits: 64), .uint(bits: 32), .uint(bits: 32), .uint(bits: 32),
            .uint(bits: 32), .uint(bits: 8), .fixedBytes(32),
        ]

        package let ecdsaWalletID: Hash32
        /// Zero if the wallet has no main UTXO.
        package let mainUtxoHash: Hash32
        /// Satoshi.
        package let pendingRedemptionsValue: UInt64
        package let createdAt: UnixTime
        package let movingFundsRequestedAt: UnixTime
        package let closingStartedAt: UnixTime
        package let pendingMovedFundsSweepRequestsCount: UInt32
        package let state: WalletState
        package let movingFundsTargetWalletsCommitmentHash: Hash32

        /// Makes a wallet's record.
        package init(
            ecdsaWalletID: Hash32, mainUtxoHash: Hash32, pendingRedemptionsValue: UInt64, createdAt: UnixTime,
            movingFundsRequestedAt: UnixTime, closingStartedAt: UnixTime, pendingMovedFundsSweepRequestsCount: UInt32,
            state: WalletState, movingFundsTargetWalletsCommitmentHash: Hash32
        ) {
            self.ecdsaWalletID = ecdsaWalletID
            self.mainUtxoHash = mainUtxoHash
            self.pendingRedemptionsValue = pendingRedemptionsValue
            self.createdAt = createdAt
            self.movingFundsRequestedAt = movingFundsRequestedAt
            self.closingStartedAt = closingStartedAt
            self.pendingMovedFundsSweepRequestsCount = pendingMovedFundsSweepRequestsCount
            self.state = state
            self.movingFundsTargetWalletsCommitmentHash = movingFundsTargetWalletsCommitmentHash
        }

        /// Reads the components in order.
        ///
        /// - Throws: ``ABIFailure`` for the first component that is not in canonical form, or a number that is not a
        ///   state.
        package init(components reader: inout ABIReader) throws(ABIFailure) {
            ecdsaWalletID = try reader.value()
            mainUtxoHash = try reader.value()
            pendingRedemptionsValue = try reader.value()
            createdAt = try reader.value()
            movingFundsRequestedAt = try reader.value()
            closingStartedAt = try reader.value()
            pendingMovedFundsSweepRequestsCount = try reader.value()
            state = try reader.value()
            movingFundsTargetWalletsCommitmentHash = try reader.value()
        }

        package func writeComponents(to writer: inout ABIWriter) {
            writer.value(ecdsaWalletID)
            writer.value(mainUtxoHash)
            writer.value(pendingRedemptionsValue)
            writer.value(createdAt)
            writer.value(movingFundsRequestedAt)
            writer.value(closingStartedAt)
            writer.value(pendingMovedFundsSweepRequestsCount)
            writer.value(state)
            writer.value(movingFundsTargetWalletsCommitmentHash)
        }
    }

    /// A redemption request's record (contracts.md §1.3); all zero if the request is not pending. Amounts are satoshi.
    package struct RedemptionRequest: ABITuple {
        package static let components: [ABIType] = [
            .address, .uint(bits: 64), .uint(bits: 64), .uint(bits: 64), .uint(bits: 32),
        ]

        package let redeemer: EthereumAddress
        package let requestedAmount: UInt64
        package let treasuryFee: UInt64
        package let txMaxFee: UInt64
        package let requestedAt: UnixTime

        /// Makes a request's record.
        package init(
            redeemer: EthereumAddress, requestedAmount: UInt64, treasuryFee: UInt64, txMaxFee: UInt64,
            requestedAt: UnixTime
        ) {
            self.redeemer = redeemer
            self.requestedAmount = requestedAmount
            self.treasuryFee = treasuryFee
            self.txMaxFee = txMaxFee
            self.requestedAt = requestedAt
        }

        /// Reads the components in order.
        ///
        /// - Throws: ``ABIFailure`` for the first component that is not in canonical form.
        package init(components reader: inout ABIReader) throws(ABIFailure) {
            redeemer = try reader.value()
            requestedAmount = try reader.value()
            treasuryFee = try reader.value()
            txMaxFee = try reader.value()
            requestedAt = try reader.value()
        }

        package func writeComponents(to writer: inout ABIWriter) {
            writer.value(redeemer)
            writer.value(requestedAmount)
            writer.value(treasuryFee)
            writer.value(txMaxFee)
            writer.value(requestedAt)
        }
    }

    /// The result of `redemptionParameters()`. Amounts are satoshi, times seconds, the slashing amount T with 18
    /// decimals, the multiplier percent.
    package struct RedemptionParameters: ABITuple {
        package static let components: [ABIType] = [
            .uint(bits: 64), .uint(bits: 64), .uint(bits: 64), .uint(bits: 64), .uint(bits: 32), .uint(bits: 96),
            .uint(bits: 32),
        ]

        package let dustThreshold: UInt64
        package let treasuryFeeDivisor: UInt64
        package let txMaxFee: UInt64
        package let txMaxTotalFee: UInt64
        package let timeout: UInt32
        package let timeoutSlashingAmount: UInt96
        package let timeoutNotifierRewardMultiplier: UInt32

        /// Makes the parameters.
        package init(
            dustThreshold: UInt64, treasuryFeeDivisor: UInt64, txMaxFee: UInt64, txMaxTotalFee: UInt64,
            timeout: UInt32, timeoutSlashingAmount: UInt96, timeoutNotifierRewardMultiplier: UInt32
        ) {
            self.dustThreshold = dustThreshold
            self.treasuryFeeDivisor = treasuryFeeDivisor
            self.txMaxFee = txMaxFee
            self.txMaxTotalFee = txMaxTotalFee
            self.timeout = timeout
            self.timeoutSlashingAmount = timeoutSlashingAmount
            self.timeoutNotifierRewardMultiplier = timeoutNotifierRewardMultiplier
        }

        /// Reads the components in order.
        ///
        /// - Throws: ``ABIFailure`` for the first component that is not in canonical form.
        package init(components reader: inout ABIReader) throws(ABIFailure) {
            dustThreshold = try reader.value()
            treasuryFeeDivisor = try reader.value()
            txMaxFee = try reader.value()
            txMaxTotalFee = try reader.value()
            timeout = try reader.value()
            timeoutSlashingAmount = try reader.value()
            timeoutNotifierRewardMultiplier = try reader.value()
        }

        package func writeComponents(to writer: inout ABIWriter) {
            writer.value(dustThreshold)
            writer.value(treasuryFeeDivisor)
            writer.value(txMaxFee)
            writer.value(txMaxTotalFee)
            writer.value(timeout)
            writer.value(timeoutSlashingAmount)
            writer.value(timeoutNotifierRewardMultiplier)
        }
    }
}
