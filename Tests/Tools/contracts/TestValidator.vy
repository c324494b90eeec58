# pragma version 0.4.3
"""
@title TestValidator
@license Apache-2.0
@notice Stands for WalletProposalValidator in tests: redemption and heartbeat by the rules, in the order and with the
        revert strings of docs/protocol/contracts.md sections 5.2 and 5.5, over constants chosen by the test.
@dev Solidity checks its sums in uint32 and answers an overflow with Panic(0x11), Vyper with an empty revert: the sums
     below are therefore written out.
"""

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

interface Bridge:
    def wallets(wallet: bytes20) -> Wallet: view
    def pendingRedemptions(redemption_key: uint256) -> RedemptionRequest: view
    def redemptionParameters() -> (uint64, uint64, uint64, uint64, uint32, uint96, uint32): view
    def getRedemptionWatchtower() -> address: view

interface Watchtower:
    def getRedemptionDelay(redemption_key: uint256) -> uint32: view

# Wallet states (contracts.md 1.4).
LIVE: constant(uint8) = 1
MOVING_FUNDS: constant(uint8) = 2

# Scripts come with their one-byte length in front. Longer lists than the maximum must reach the rule about it.
MAX_SCRIPT: constant(uint256) = 256
MAX_SCRIPTS: constant(uint256) = 64
MAX_MESSAGE: constant(uint256) = 256

ARITHMETIC_OVERFLOW: constant(uint256) = 17

struct RedemptionProposal:
    walletPubKeyHash: bytes20
    redeemersOutputScripts: DynArray[Bytes[MAX_SCRIPT], MAX_SCRIPTS]
    redemptionTxFee: uint256

struct HeartbeatProposal:
    walletPubKeyHash: bytes20
    message: Bytes[MAX_MESSAGE]

bridge: public(immutable(Bridge))
DEPOSIT_MIN_AGE: public(immutable(uint32))
DEPOSIT_REFUND_SAFETY_MARGIN: public(immutable(uint32))
DEPOSIT_SWEEP_MAX_SIZE: public(immutable(uint16))
REDEMPTION_REQUEST_MIN_AGE: public(immutable(uint32))
REDEMPTION_REQUEST_TIMEOUT_SAFETY_MARGIN: public(immutable(uint32))
REDEMPTION_MAX_SIZE: public(immutable(uint16))


@deploy
def __init__(
    bridge_: Bridge,
    depositMinAge: uint32,
    depositRefundSafetyMargin: uint32,
    depositSweepMaxSize: uint16,
    redemptionRequestMinAge: uint32,
    redemptionRequestTimeoutSafetyMargin: uint32,
    redemptionMaxSize: uint16,
):
    bridge = bridge_
    DEPOSIT_MIN_AGE = depositMinAge
    DEPOSIT_REFUND_SAFETY_MARGIN = depositRefundSafetyMargin
    DEPOSIT_SWEEP_MAX_SIZE = depositSweepMaxSize
    REDEMPTION_REQUEST_MIN_AGE = redemptionRequestMinAge
    REDEMPTION_REQUEST_TIMEOUT_SAFETY_MARGIN = redemptionRequestTimeoutSafetyMargin
    REDEMPTION_MAX_SIZE = redemptionMaxSize


@internal
@pure
def _panic():
    raw_revert(abi_encode(ARITHMETIC_OVERFLOW, method_id=method_id("Panic(uint256)")))


@internal
@pure
def _sum(a: uint256, b: uint256) -> uint256:
    if a + b > convert(max_value(uint32), uint256):
        self._panic()
    return a + b


@internal
@pure
def _difference(a: uint256, b: uint256) -> uint256:
    if b > a:
        self._panic()
    return a - b


@external
@view
def validateRedemptionProposal(proposal: RedemptionProposal) -> bool:
    state: uint8 = (staticcall bridge.wallets(proposal.walletPubKeyHash)).state
    assert state == LIVE or state == MOVING_FUNDS, "Wallet is not in Live or MovingFunds state"

    count: uint256 = len(proposal.redeemersOutputScripts)
    assert count > 0, "Redemption below the min size"
    assert count <= convert(REDEMPTION_MAX_SIZE, uint256), "Redemption exceeds the max size"

    dust: uint64 = 0
    divisor: uint64 = 0
    tx_max_fee: uint64 = 0
    tx_max_total_fee: uint64 = 0
    timeout: uint32 = 0
    slashing: uint96 = 0
    multiplier: uint32 = 0
    dust, divisor, tx_max_fee, tx_max_total_fee, timeout, slashing, multiplier = (
        staticcall bridge.redemptionParameters()
    )
    fee: uint256 = proposal.redemptionTxFee
    assert fee > 0, "Proposed transaction fee cannot be zero"
    assert fee <= convert(tx_max_total_fee, uint256), "Proposed transaction fee is too high"

    watchtower: address = staticcall bridge.getRedemptionWatchtower()
    seen: DynArray[uint256, MAX_SCRIPTS] = []
    for script: Bytes[MAX_SCRIPT] in proposal.redeemersOutputScripts:
        redemption_key: uint256 = convert(
            keccak256(concat(keccak256(script), proposal.walletPubKeyHash)), uint256
        )
        request: RedemptionRequest = staticcall bridge.pendingRedemptions(redemption_key)
        assert request.requestedAt != 0, "Not a pending redemption request"

        requested_at: uint256 = convert(request.requestedAt, uint256)
        min_age: uint256 = convert(REDEMPTION_REQUEST_MIN_AGE, uint256)
        if watchtower != empty(address):
            delay: uint32 = staticcall Watchtower(watchtower).getRedemptionDelay(redemption_key)
            min_age = max(min_age, convert(delay, uint256))
        assert block.timestamp > self._sum(requested_at, min_age), "Redemption request min age not achieved yet"

        margin: uint256 = convert(REDEMPTION_REQUEST_TIMEOUT_SAFETY_MARGIN, uint256)
        deadline: uint256 = self._sum(requested_at, convert(timeout, uint256))
        assert block.timestamp < self._difference(
            deadline, margin
        ), "Redemption request timeout safety margin is not preserved"

        share: uint256 = fee // count
        if len(seen) == count - 1:
            share += fee % count
        assert share <= convert(
            request.txMaxFee, uint256
        ), "Proposed transaction per-request fee share is too high"

        assert redemption_key not in seen, "Duplicated request"
        seen.append(redemption_key)
    return True


@external
@view
def validateHeartbeatProposal(proposal: HeartbeatProposal) -> bool:
    valid: bool = len(proposal.message) == 16
    if valid:
        valid = slice(proposal.message, 0, 8) == x"ffffffffffffffff"
    assert valid, "Not a valid heartbeat message"
    return True
