package import Coordination
import Ethereum
package import Primitives

/// A block of the host chain as the rules see it.
package struct HostBlock: Hashable, Sendable {
    package let number: BlockNumber
    package let hash: Hash32
    package let parentHash: Hash32
    /// The chain's own time; `now` of wallet-actions.md §2.
    package let timestamp: UnixTime

    /// Describes a block by its header fields.
    package init(number: BlockNumber, hash: Hash32, parentHash: Hash32, timestamp: UnixTime) {
        self.number = number
        self.hash = hash
        self.parentHash = parentHash
        self.timestamp = timestamp
    }

    /// Number and hash, as verdicts and reads name a block.
    package var reference: BlockReference { BlockReference(number: number, hash: hash) }
}

/// A question to the host chain. Whatever is read at a block is read at exactly that block (wallet-actions.md §2).
package enum HostQuery: Hashable, Sendable {
    /// The block of that number on the chain that the watcher follows.
    case block(BlockNumber)
    /// The Bridge's `wallets(W)`.
    case wallet(WalletPublicKeyHash, at: BlockReference)
    /// The Bridge's `redemptionParameters()`.
    case redemptionParameters(at: BlockReference)
    /// The validator's constants for redemptions.
    case redemptionConstants(at: BlockReference)
    /// The Bridge's `pendingRedemptions(key)`.
    case pendingRedemption(key: UInt256, at: BlockReference)
    /// The watchtower's delay for a pending redemption; 0 where the Bridge has no watchtower.
    case redemptionDelay(key: UInt256, at: BlockReference)
    /// Every `RedemptionRequested` of a wallet up to a block, in chain order, from a complete index.
    case redemptionRequests(WalletPublicKeyHash, upTo: BlockNumber)
    /// The transactions that the Bridge announced for a wallet (`DepositsSwept`, `RedemptionsCompleted`,
    /// `MovedFundsSwept`) up to a block, in chain order, from a complete index.
    case announcedTransactions(WalletPublicKeyHash, upTo: BlockNumber)
    /// The validator's `validateRedemptionProposal`; scripts without their length byte.
    case validateRedemption(WalletPublicKeyHash, scripts: [Bytes], fee: UInt64, at: BlockReference)
    /// The validator's `validateHeartbeatProposal`.
    case validateHeartbeat(WalletPublicKeyHash, message: Bytes, at: BlockReference)
}

/// What the host chain says to a ``HostQuery``, case by case.
package enum HostAnswer: Hashable, Sendable {
    case block(HostBlock)
    case wallet(WalletRecord)
    case redemptionParameters(RedemptionParameters)
    case redemptionConstants(RedemptionConstants)
    case pendingRedemption(RedemptionRequest)
    /// Seconds.
    case redemptionDelay(UInt64)
    case redemptionRequests([RedemptionRequestedEvent])
    /// Transaction hashes in internal byte order.
    case announcedTransactions([Hash32])
    /// The validator returned true.
    case valid
    /// The call reverted.
    case reverted(RevertText)
}

/// How a call reverted (contracts.md §5).
package enum RevertText: Hashable, Sendable {
    /// `Error(string)`.
    case message(String)
    /// `Panic(uint256)` with its code.
    case panic(UInt64)
    /// Other revert data, or none.
    case data(Bytes)
}

/// The Bridge's states of a wallet (contracts.md §1.4).
package enum BridgeWalletState: UInt8, Hashable, Sendable {
    case unknown = 0
    case live = 1
    case movingFunds = 2
    case closing = 3
    case closed = 4
    case terminated = 5
}

/// The Bridge's record of a wallet (contracts.md §1.3), as far as rules read it.
package struct WalletRecord: Hashable, Sendable {
    package let ecdsaWalletID: Hash32
    /// Zero when the wallet has none.
    package let mainUtxoHash: Hash32
    package let pendingRedemptionsValue: UInt64
    package let createdAt: UnixTime
    package let movingFundsRequestedAt: UnixTime
    package let closingStartedAt: UnixTime
    package let pendingMovedFundsSweepRequestsCount: UInt64
    package let state: BridgeWalletState
    package let movingFundsTargetWalletsCommitmentHash: Hash32

    /// Describes a wallet as the Bridge has it.
    package init(
        ecdsaWalletID: Hash32, mainUtxoHash: Hash32, pendingRedemptionsValue: UInt64, createdAt: UnixTime,
        movingFundsRequestedAt: UnixTime, closingStartedAt: UnixTime, pendingMovedFundsSweepRequestsCount: UInt64,
        state: BridgeWalletState, movingFundsTargetWalletsCommitmentHash: Hash32
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
}

/// The Bridge's redemption parameters (contracts.md §2.2), as far as rules read them. Amounts are satoshi.
package struct RedemptionParameters: Hashable, Sendable {
    package let dustThreshold: UInt64
    package let txMaxFee: UInt64
    package let txMaxTotalFee: UInt64
    /// Seconds.
    package let timeout: UInt64

    /// Describes the parameters in force.
    package init(dustThreshold: UInt64, txMaxFee: UInt64, txMaxTotalFee: UInt64, timeout: UInt64) {
        self.dustThreshold = dustThreshold
        self.txMaxFee = txMaxFee
        self.txMaxTotalFee = txMaxTotalFee
        self.timeout = timeout
    }
}

/// The validator's constants for redemptions (contracts.md §5).
package struct RedemptionConstants: Hashable, Sendable {
    /// `REDEMPTION_REQUEST_MIN_AGE` in seconds.
    package let requestMinAge: UInt64
    /// `REDEMPTION_REQUEST_TIMEOUT_SAFETY_MARGIN` in seconds.
    package let requestTimeoutSafetyMargin: UInt64
    /// `REDEMPTION_MAX_SIZE`.
    package let maxSize: UInt64

    /// Describes the constants of one validator.
    package init(requestMinAge: UInt64, requestTimeoutSafetyMargin: UInt64, maxSize: UInt64) {
        self.requestMinAge = requestMinAge
        self.requestTimeoutSafetyMargin = requestTimeoutSafetyMargin
        self.maxSize = maxSize
    }
}

/// A pending redemption as the Bridge has it; `requestedAt` 0 where there is none (contracts.md §1.3).
package struct RedemptionRequest: Hashable, Sendable {
    package let redeemer: EthereumAddress
    package let requestedAmount: UInt64
    package let treasuryFee: UInt64
    package let txMaxFee: UInt64
    package let requestedAt: UnixTime

    /// Describes a request by the Bridge's fields.
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
}

/// A `RedemptionRequested` event with its place on the chain (contracts.md §2.1).
package struct RedemptionRequestedEvent: Hashable, Sendable {
    package let block: BlockNumber
    package let logIndex: UInt64
    /// The key under which the Bridge holds the request (contracts.md §1.2).
    package let key: UInt256
    /// The redeemer's output script without its length byte.
    package let script: Bytes
    package let redeemer: EthereumAddress
    package let requestedAmount: UInt64
    package let treasuryFee: UInt64
    package let txMaxFee: UInt64

    /// Describes an event by the key that it makes.
    init(
        block: BlockNumber, logIndex: UInt64, key: UInt256, script: Bytes, redeemer: EthereumAddress,
        requestedAmount: UInt64, treasuryFee: UInt64, txMaxFee: UInt64
    ) {
        self.block = block
        self.logIndex = logIndex
        self.key = key
        self.script = script
        self.redeemer = redeemer
        self.requestedAmount = requestedAmount
        self.treasuryFee = treasuryFee
        self.txMaxFee = txMaxFee
    }

    /// Describes an event of a wallet.
    package init(
        block: BlockNumber, logIndex: UInt64, wallet: WalletPublicKeyHash, script: Bytes, redeemer: EthereumAddress,
        requestedAmount: UInt64, treasuryFee: UInt64, txMaxFee: UInt64
    ) {
        self.init(
            block: block, logIndex: logIndex, key: ContractKeys.redemption(script: script, wallet: wallet.hash),
            script: script, redeemer: redeemer, requestedAmount: requestedAmount, treasuryFee: treasuryFee,
            txMaxFee: txMaxFee)
    }
}
