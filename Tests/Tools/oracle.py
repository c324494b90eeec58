#!/usr/bin/env python3
"""Consensus oracle: is a transaction valid by Bitcoin Core's own consensus code?

Wraps libbitcoinkernel (`py-bitcoinkernel`), which is Core's validation code as a library. Reads one JSON
object a line and writes one JSON verdict a line, until stdin ends; exits 1 if one was not valid:

    > {"tx": "<hex>", "spent": [{"script": "<hex>", "amount": 12345}, ...]}
    < {"valid": true, "inputs": [true], "problem": null, "fee": 345}

What it decides, and by whose code:
  scripts    Core   every input's script and witness, all consensus flags including taproot
  structure  Core   context-free rules (CheckBlock on a block that holds the transaction)
  fee        ours   outputs must not exceed inputs; Core has no stand-alone call for it
What it cannot decide: whether the coins exist, coinbase maturity, lock times against a chain, and relay
policy (low-S, dust, minimum fee), which is stricter than consensus.
"""
from __future__ import annotations

import json
import struct
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import pbk
from pbk.script import PrecomputedTransactionData

REGTEST = pbk.ChainParameters(pbk.ChainType.REGTEST)
# A header and a coinbase: what a block needs before Core looks at its other transactions. Neither the work nor the
# merkle root is looked at.
HEADER = struct.pack("<i64xIII", 0x20000000, 0, 0x207FFFFF, 0)
COINBASE = bytes.fromhex(
    "02000000" "01" + "00" * 32 + "ffffffff" "025151" "ffffffff"  # version; one input, which spends nothing
    "01" "0000000000000000" "0151" "00000000"  # one output, of nothing; lock time
)


@dataclass(frozen=True)
class Coin:
    """An output being spent."""

    script: bytes
    amount: int


@dataclass(frozen=True)
class Verdict:
    valid: bool
    inputs: list[bool]  # per input: did its script pass?
    problem: str | None  # the first thing wrong, in words
    fee: int | None


def _no(problem: str, inputs: Sequence[bool] = (), fee: int | None = None) -> Verdict:
    return Verdict(False, list(inputs), problem, fee)


def _structure_ok(raw: bytes) -> bool:
    """Core's CheckTransaction, reached through CheckBlock without work or merkle checks."""
    block = pbk.Block(HEADER + b"\x02" + COINBASE + raw)
    state = block.check(REGTEST.consensus_params, pbk.BlockCheckFlags.BASE)
    return state.validation_mode == pbk.ValidationMode.VALID


def verify(raw: bytes, spent: Sequence[Coin]) -> Verdict:
    """Judges a transaction that spends these outputs, in the order of its inputs."""
    try:
        tx = pbk.Transaction(raw)
    except RuntimeError:
        return _no("does not parse")
    if bytes(tx) != raw:  # Core's decoder stops at the end of the transaction
        return _no("trailing bytes, or not in canonical form")
    if len(tx.inputs) != len(spent):
        return _no(f"{len(tx.inputs)} inputs but {len(spent)} spent outputs")
    if not _structure_ok(raw):
        return _no("breaks a context-free transaction rule")
    coins = [pbk.TransactionOutput(pbk.ScriptPubkey(c.script), c.amount) for c in spent]
    hashes = PrecomputedTransactionData(tx, coins)
    inputs = [
        bool(pbk.ScriptPubkey(c.script).verify(c.amount, tx, hashes, i, pbk.ScriptVerificationFlags.ALL))
        for i, c in enumerate(spent)
    ]
    fee = sum(c.amount for c in spent) - sum(o.amount for o in tx.outputs)
    if not all(inputs):
        return _no(f"script of input {inputs.index(False)} fails", inputs, fee)
    if fee < 0:
        return _no(f"outputs exceed inputs by {-fee} sats", inputs, fee)
    return Verdict(True, inputs, None, fee)


def main() -> int:
    all_valid = True
    for line in sys.stdin:
        ask = json.loads(line)
        coins = [Coin(bytes.fromhex(c["script"]), c["amount"]) for c in ask["spent"]]
        verdict = verify(bytes.fromhex(ask["tx"]), coins)
        all_valid &= verdict.valid
        print(json.dumps(asdict(verdict)), flush=True)
    return 0 if all_valid else 1


if __name__ == "__main__":
    sys.exit(main())
