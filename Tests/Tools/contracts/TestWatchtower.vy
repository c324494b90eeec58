# pragma version 0.4.3
"""
@title TestWatchtower
@license Apache-2.0
@notice Stands for RedemptionWatchtower in tests: one delay for every redemption (docs/protocol/contracts.md section 6).
"""

defaultDelay: public(immutable(uint32))


@deploy
def __init__(delay: uint32):
    defaultDelay = delay


@external
@view
def getRedemptionDelay(redemptionKey: uint256) -> uint32:
    return defaultDelay
