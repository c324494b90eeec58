# pragma version 0.4.3
"""
@title TestBridge
@license Apache-2.0
@notice Stands for the Bridge in tests: the views and events that a wallet client reads, with the ABI of
        docs/protocol/contracts.md sections 1 and 2, over state that the test writes.
@dev Anyone may call everything. Deposits, moving funds, proofs and fraud are left out. The functions that write
     have signatures of their own, so nobody takes them for the Bridge's; a redeemer's script may be of any kind,
     so that taproot wallets and redeemers work too.
"""

# Wallet states (contracts.md 1.4).
LIVE: constant(uint8) = 1

# Scripts come with their one-byte length in front.
MAX_SCRIPT: constant(uint256) = 256
MAX_SCRIPTS: constant(uint256) = 64

struct Wallet:
    ecdsaWalletID: bytes32
    mainUtxoHash: bytes32
    pendingRedemptionsValue: uint64
    createdAt: uint32
    movingFundsRequestedAt: uint32
    closingStartedAt: uint32
    pendingMovedFundsSweepRequestsCount: uint32
    state: uint8
    movingFundsTargetWalletsCommitmentHash: bytes32

struct RedemptionRequest:
    redeemer: address
    requestedAmount: uint64
    treasuryFee: uint64
    txMaxFee: uint64
    requestedAt: uint32

struct RedemptionParameters:
    redemptionDustThreshold: uint64
    redemptionTreasuryFeeDivisor: uint64
    redemptionTxMaxFee: uint64
    redemptionTxMaxTotalFee: uint64
    redemptionTimeout: uint32
    redemptionTimeoutSlashingAmount: uint96
    redemptionTimeoutNotifierRewardMultiplier: uint32

event NewWalletRegistered:
    ecdsaWalletID: indexed(bytes32)
    walletPubKeyHash: indexed(bytes20)

event RedemptionRequested:
    walletPubKeyHash: indexed(bytes20)
    redeemerOutputScript: Bytes[MAX_SCRIPT]
    redeemer: indexed(address)
    requestedAmount: uint64
    treasuryFee: uint64
    txMaxFee: uint64

event RedemptionsCompleted:
    walletPubKeyHash: indexed(bytes20)
    redemptionTxHash: bytes32

event RedemptionTimedOut:
    walletPubKeyHash: indexed(bytes20)
    redeemerOutputScript: Bytes[MAX_SCRIPT]

wallets: public(HashMap[bytes20, Wallet])
pendingRedemptions: public(HashMap[uint256, RedemptionRequest])
getRedemptionWatchtower: public(address)
parameters: RedemptionParameters


@deploy
def __init__(parameters: RedemptionParameters):
    self.parameters = parameters


@external
@view
def redemptionParameters() -> (uint64, uint64, uint64, uint64, uint32, uint96, uint32):
    held: RedemptionParameters = self.parameters
    return (
        held.redemptionDustThreshold,
        held.redemptionTreasuryFeeDivisor,
        held.redemptionTxMaxFee,
        held.redemptionTxMaxTotalFee,
        held.redemptionTimeout,
        held.redemptionTimeoutSlashingAmount,
        held.redemptionTimeoutNotifierRewardMultiplier,
    )


@internal
@pure
def _redemption_key(wallet: bytes20, script: Bytes[MAX_SCRIPT]) -> uint256:
    return convert(keccak256(concat(keccak256(script), wallet)), uint256)


@external
def writeParameters(parameters: RedemptionParameters):
    self.parameters = parameters


@external
def writeWatchtower(watchtower: address):
    self.getRedemptionWatchtower = watchtower


@external
def writeWallet(wallet: bytes20, state: uint8, mainUtxoHash: bytes32):
    """
    @notice Puts a registered wallet into a state, with another main UTXO.
    """
    assert self.wallets[wallet].createdAt != 0, "Unknown wallet"
    self.wallets[wallet].state = state
    self.wallets[wallet].mainUtxoHash = mainUtxoHash


@external
def registerWallet(ecdsaWalletID: bytes32, wallet: bytes20, mainUtxoHash: bytes32):
    """
    @notice Registers a Live wallet, which may own a main UTXO from the start.
    """
    assert self.wallets[wallet].createdAt == 0, "Wallet already registered"
    self.wallets[wallet].ecdsaWalletID = ecdsaWalletID
    self.wallets[wallet].mainUtxoHash = mainUtxoHash
    self.wallets[wallet].createdAt = convert(block.timestamp, uint32)
    self.wallets[wallet].state = LIVE
    log NewWalletRegistered(ecdsaWalletID=ecdsaWalletID, walletPubKeyHash=wallet)


@external
def requestRedemption(wallet: bytes20, script: Bytes[MAX_SCRIPT], amount: uint64):
    """
    @notice Requests a redemption by the caller, without a balance to pay for it.
    """
    assert self.wallets[wallet].state == LIVE, "Wallet must be in Live state"
    assert amount >= self.parameters.redemptionDustThreshold, "Redemption amount too small"
    redemption_key: uint256 = self._redemption_key(wallet, script)
    assert self.pendingRedemptions[redemption_key].requestedAt == 0, "Redemption already pending"

    treasury_fee: uint64 = 0
    if self.parameters.redemptionTreasuryFeeDivisor != 0:
        treasury_fee = amount // self.parameters.redemptionTreasuryFeeDivisor
    tx_max_fee: uint64 = self.parameters.redemptionTxMaxFee
    self.wallets[wallet].pendingRedemptionsValue += amount - treasury_fee
    self.pendingRedemptions[redemption_key] = RedemptionRequest(
        redeemer=msg.sender,
        requestedAmount=amount,
        treasuryFee=treasury_fee,
        txMaxFee=tx_max_fee,
        requestedAt=convert(block.timestamp, uint32),
    )
    log RedemptionRequested(
        walletPubKeyHash=wallet,
        redeemerOutputScript=script,
        redeemer=msg.sender,
        requestedAmount=amount,
        treasuryFee=treasury_fee,
        txMaxFee=tx_max_fee,
    )


@internal
def _remove(wallet: bytes20, script: Bytes[MAX_SCRIPT]):
    redemption_key: uint256 = self._redemption_key(wallet, script)
    request: RedemptionRequest = self.pendingRedemptions[redemption_key]
    assert request.requestedAt != 0, "No such redemption"
    self.wallets[wallet].pendingRedemptionsValue -= request.requestedAmount - request.treasuryFee
    self.pendingRedemptions[redemption_key] = empty(RedemptionRequest)


@external
def completeRedemptions(
    wallet: bytes20,
    redemptionTxHash: bytes32,
    scripts: DynArray[Bytes[MAX_SCRIPT], MAX_SCRIPTS],
    mainUtxoHash: bytes32,
):
    """
    @notice Stands for the proof of a redemption: its requests are gone, its change is the new main UTXO.
    """
    for script: Bytes[MAX_SCRIPT] in scripts:
        self._remove(wallet, script)
    self.wallets[wallet].mainUtxoHash = mainUtxoHash
    log RedemptionsCompleted(walletPubKeyHash=wallet, redemptionTxHash=redemptionTxHash)


@external
def timeOutRedemption(wallet: bytes20, script: Bytes[MAX_SCRIPT]):
    """
    @notice Takes a request away whatever its age; the wallet keeps its state.
    """
    self._remove(wallet, script)
    log RedemptionTimedOut(walletPubKeyHash=wallet, redeemerOutputScript=script)
