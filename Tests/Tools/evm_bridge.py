#!/usr/bin/env python3
"""A real EVM with a bridge on it, driven line by line: the host chain of process tests.

Deploys contracts/TestBridge.vy and TestValidator.vy on an evmchain, prints one JSON
line that says where it listens and what it holds, then obeys JSON lines on stdin,
one answer each, until stdin ends: so a killed test leaves nobody behind.

    {"url": "http://127.0.0.1:40123", "chainId": 31337, "bridge": "0x...", "validator": "0x...", "block": 2, ...}
    > {"do": "register", "wallet": "0x<20>", "walletID": "0x<32>", "mainUtxo": ["0x<32>", 0, 500000000]}
    < {"ok": true, "block": 3, "timestamp": 1700000036}
    > {"do": "request", "wallet": "0x<20>", "script": "0x0014<20>", "amount": 2000000}
    < {"ok": true, "block": 4, "timestamp": 1700000048, "redemptionKey": "0x<32>"}

An answer to something that cannot be done is {"ok": false, "problem": "..."}. Hashes are
in Bitcoin's internal byte order, scripts without their length byte (the contracts' form
has it; it is put in front here), a main UTXO is [hash, output index, satoshi] or null.
A command that changes the contracts mines one block.

  register    wallet, walletID, mainUtxo            a Live wallet
  request     wallet, script, amount [, redeemer]   a redemption request
  complete    wallet, transaction, scripts, mainUtxo   what the proof of a redemption does
  timeOut     wallet, script                        takes a request away
  wallet      wallet, state, mainUtxo               puts a wallet into a state
  watchtower  delay                                 sets a watchtower with this delay; null takes it away
  parameters  NAME: VALUE, ...                      changes redemption parameters by the view's names
  mine        [blocks]                              mines by hand
  rollback    blocks                                a reorg: what is mined next has other hashes
  interval    seconds                               mines by the clock; 0 stops

Flags: --help lists them; they set the chain's clock, the validator's constants and the
bridge's first parameters, whose defaults are those of the devnet.
"""
from __future__ import annotations

import argparse
import asyncio
import json
import sys
import threading
import time
from dataclasses import replace
from typing import Any, Optional, Sequence

from eth_abi.exceptions import EncodingError
from eth_hash.auto import keccak

from contract import Contract, compiled
from evmchain import ETHER, Chain, Node, account
from evmstate import ZERO, RpcError, hx, unhex

# Order of the view's outputs (docs/protocol/contracts.md section 2.4).
PARAMETERS = {
    "redemptionDustThreshold": 1_000_000,
    "redemptionTreasuryFeeDivisor": 2_000,
    "redemptionTxMaxFee": 100_000,
    "redemptionTxMaxTotalFee": 1_000_000,
    "redemptionTimeout": 172_800,
    "redemptionTimeoutSlashingAmount": 100 * ETHER,
    "redemptionTimeoutNotifierRewardMultiplier": 100,
}
# Order of the validator's constructor.
CONSTANTS = {
    "depositMinAge": 7_200,
    "depositRefundSafetyMargin": 86_400,
    "depositSweepMaxSize": 20,
    "redemptionRequestMinAge": 24,
    "redemptionRequestTimeoutSafetyMargin": 7_200,
    "redemptionMaxSize": 20,
}

Utxo = Sequence[Any]  # hash, output index, satoshi


def main_utxo_hash(utxo: Optional[Utxo]) -> bytes:
    """contracts.md section 1.2; zero for a wallet that has none."""
    if utxo is None:
        return bytes(32)
    digest, index, amount = utxo
    return keccak(unhex(digest) + index.to_bytes(4, "big") + amount.to_bytes(8, "big"))


def prefixed(script: str) -> bytes:
    """A script in the contracts' form: its length in front."""
    raw = unhex(script)
    return bytes([len(raw)]) + raw


def redemption_key(wallet: str, script: str) -> bytes:
    """contracts.md section 1.2."""
    return keccak(keccak(prefixed(script)) + unhex(wallet))


class BridgeChain:
    """A chain that holds bridge and validator; the methods `do_...` are the commands."""

    def __init__(self, node: Node, parameters: dict[str, int], constants: dict[str, int]):
        self.node = node
        self.parameters = dict(parameters)
        self.owner = account(0).address.lower()
        node.evm_setBalance(self.owner, 10_000 * ETHER)
        self.bridge = self.deploy("TestBridge", self._parameters())
        self.validator = self.deploy("TestValidator", self.bridge.address, *constants.values())

    def deploy(self, name: str, *args: Any) -> Contract:
        contract = compiled(name)
        _, outcome = self.node.impersonate(self.owner, None, contract.creation(*args))
        return replace(contract, address=outcome.created)

    def view(self, contract: Contract, function: str, *args: Any, block: Optional[int] = None) -> tuple[Any, ...]:
        """Calls at a block, the head unless told; raises RpcError with the revert's reason and bytes."""
        call = {"to": contract.address, "data": hx(contract.encode(function, *args))}
        return contract.decode(function, unhex(self.node.eth_call(call, "latest" if block is None else hex(block))))

    def send(self, function: str, *args: Any, by: Optional[str] = None) -> None:
        self.node.impersonate((by or self.owner).lower(), self.bridge.address, self.bridge.encode(function, *args))

    def state(self) -> dict[str, Any]:
        return {"block": self.node.chain.head.number, "timestamp": self.node.chain.head.timestamp}

    def obey(self, line: bytes) -> dict[str, Any]:
        """Carries out one command; a bad one changes nothing."""
        try:
            arguments = json.loads(line)
            command = getattr(self, f"do_{arguments.pop('do')}", None)
            if command is None:
                raise ValueError("no such command")
            more = command(**arguments) or {}
        except RpcError as error:
            return {"ok": False, "problem": error.message}
        except (AttributeError, EncodingError, KeyError, OverflowError, TypeError, ValueError) as error:
            return {"ok": False, "problem": f"{type(error).__name__}: {error}"}
        return {"ok": True} | self.state() | more

    def do_register(self, wallet: str, walletID: str, mainUtxo: Optional[Utxo]) -> None:
        self.send("registerWallet", unhex(walletID), unhex(wallet), main_utxo_hash(mainUtxo))

    def do_request(self, wallet: str, script: str, amount: int, redeemer: Optional[str] = None) -> dict[str, Any]:
        self.send("requestRedemption", unhex(wallet), prefixed(script), amount, by=redeemer)
        return {"redemptionKey": hx(redemption_key(wallet, script))}

    def do_complete(self, wallet: str, transaction: str, scripts: list[str], mainUtxo: Optional[Utxo]) -> None:
        self.send("completeRedemptions", unhex(wallet), unhex(transaction), list(map(prefixed, scripts)),
                  main_utxo_hash(mainUtxo))

    def do_timeOut(self, wallet: str, script: str) -> None:
        self.send("timeOutRedemption", unhex(wallet), prefixed(script))

    def do_wallet(self, wallet: str, state: int, mainUtxo: Optional[Utxo]) -> None:
        self.send("writeWallet", unhex(wallet), state, main_utxo_hash(mainUtxo))

    def do_watchtower(self, delay: Optional[int]) -> dict[str, Any]:
        watchtower = ZERO if delay is None else self.deploy("TestWatchtower", delay).address
        self.send("writeWatchtower", watchtower)
        return {"watchtower": watchtower}

    def do_parameters(self, **changes: int) -> None:
        unknown = changes.keys() - PARAMETERS.keys()
        if unknown:
            raise ValueError(f"no such parameter: {', '.join(sorted(unknown))}")
        self.send("writeParameters", self._parameters(changes))
        self.parameters |= changes

    def do_mine(self, blocks: int = 1) -> None:
        self.node.evm_mine(blocks)

    def do_rollback(self, blocks: int) -> None:
        self.node.evm_rollback(blocks)

    def do_interval(self, seconds: float) -> None:
        self.node.evm_setIntervalMining(seconds)

    def _parameters(self, changes: dict[str, int] = {}) -> tuple[int, ...]:
        return tuple((self.parameters | changes).values())


def flag(name: str) -> str:
    return "--" + "".join(f"-{c.lower()}" if c.isupper() else c for c in name)


def arguments() -> argparse.Namespace:
    p = argparse.ArgumentParser(description="a real EVM with a bridge on it, driven by JSON lines on stdin")
    p.add_argument("--chain-id", type=int, default=31337)
    p.add_argument("--start-block", type=int, default=0)
    p.add_argument("--genesis-time", type=int, default=0)
    p.add_argument("--tick", type=int, default=12)
    p.add_argument("--block-time", type=float, default=0)
    for name, default in (PARAMETERS | CONSTANTS).items():
        p.add_argument(flag(name), dest=name, type=int, default=default, metavar="N")
    return p.parse_args()


async def obey_all(held: BridgeChain) -> None:
    """Answers each line of stdin, until it ends."""
    lines: asyncio.Queue[bytes] = asyncio.Queue()
    loop = asyncio.get_running_loop()

    # A thread, because the event loop can watch pipes but not files; a daemon over an unbuffered file, so that it
    # neither keeps the process alive nor holds a lock when it ends.
    def read() -> None:
        stdin = open(sys.stdin.fileno(), "rb", buffering=0, closefd=False)
        while True:
            line = stdin.readline()
            loop.call_soon_threadsafe(lines.put_nowait, line)
            if not line:
                return

    threading.Thread(target=read, daemon=True).start()
    while line := await lines.get():
        print(json.dumps(held.obey(line)), flush=True)


async def serve(args: argparse.Namespace) -> None:
    chain = Chain(args.chain_id, args.tick, args.genesis_time or int(time.time()), args.start_block)
    node = Node(chain, args.block_time)
    held = BridgeChain(
        node, {name: getattr(args, name) for name in PARAMETERS}, {name: getattr(args, name) for name in CONSTANTS})
    ready = {"url": await node.listen("127.0.0.1", 0), "chainId": args.chain_id,
             "bridge": held.bridge.address, "validator": held.validator.address}
    print(json.dumps(ready | held.state()), flush=True)
    tasks = [asyncio.create_task(node.clock()), asyncio.create_task(obey_all(held))]
    done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in done:
        task.result()  # raises what ended it, if it was not the end of stdin


def main() -> int:
    try:
        asyncio.run(serve(arguments()))
    except (BrokenPipeError, KeyboardInterrupt):
        return 1  # whoever drove this is gone
    return 0


if __name__ == "__main__":
    sys.exit(main())
