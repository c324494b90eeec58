"""The state behind evmchain.py: an EVM that can be replayed to any block, and the chain of blocks over it.

Nothing here speaks JSON-RPC; errors are raised as `RpcError`, in the words a node uses.
"""
from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Iterable, Optional

import pyrevm
import rlp
from eth_abi import decode as abi_decode
from eth_abi.exceptions import DecodingError
from eth_account import Account
from eth_account.typed_transactions import TypedTransaction
from eth_hash.auto import keccak
from hexbytes import HexBytes

ZERO = "0x" + "00" * 20
GAS_LIMIT = 30_000_000
BASE_FEE = 1_000_000_000
TIP = 1_000_000_000


# ---------------------------------------------------------------- small helpers
def h(n: int) -> str:
    return hex(n)


def hx(b: bytes) -> str:
    return "0x" + bytes(b).hex()


def unhex(s: str) -> bytes:
    s = s[2:] if s[:2] in ("0x", "0X") else s
    return bytes.fromhex(s if len(s) % 2 == 0 else "0" + s)


def word(n: int) -> bytes:
    return n.to_bytes(32, "big")


def num(v: Any) -> int:
    if isinstance(v, int):
        return v
    return int(v, 16) if v[:2] in ("0x", "0X") else int(v)


def lower(a: Optional[str]) -> Optional[str]:
    return a.lower() if a else None


def bloom_of(logs: Iterable["Log"]) -> bytes:
    bits = 0
    for log in logs:
        for item in [unhex(log.address), *log.topics]:
            d = keccak(item)
            for i in (0, 2, 4):
                bits |= 1 << (int.from_bytes(d[i : i + 2], "big") & 2047)
    return bits.to_bytes(256, "big")


class RpcError(Exception):
    def __init__(self, code: int, message: str, data: Any = None):
        super().__init__(message)
        self.code, self.message, self.data = code, message, data


def revert_error(output: bytes, halt: str = "") -> RpcError:
    """The error a node gives for a failed call (the form that geth uses)."""
    if halt:
        return RpcError(-32000, halt)
    if output[:4] == bytes.fromhex("08c379a0"):
        try:
            reason = abi_decode(["string"], output[4:])[0]
            return RpcError(3, f"execution reverted: {reason}", hx(output))
        except (DecodingError, UnicodeDecodeError):
            pass  # not a reason after all: the bytes go out as they are
    return RpcError(3, "execution reverted", hx(output))


# -------------------------------------------------------------------- the world
@dataclass
class Log:
    address: str
    topics: list[bytes]
    data: bytes


@dataclass
class Outcome:
    ok: bool
    gas: int
    output: bytes
    logs: list[Log]
    created: Optional[str] = None
    halt: str = ""
    refunded: int = 0


class World:
    """EVM state after the first `version` operations of a log of operations."""

    def __init__(self, chain_id: int):
        self.chain_id = chain_id
        self.version = 0
        self.nonces: dict[str, int] = {}
        self.evm = pyrevm.EVM(
            env=pyrevm.Env(cfg=pyrevm.CfgEnv(chain_id=chain_id, limit_contract_code_size=2**20)),
            gas_limit=2**63,
        )

    def advance(self, ops: list[tuple], version: int) -> "World":
        while self.version < version:
            self.apply(ops[self.version])
            self.version += 1
        return self

    def block(self, number: int, timestamp: int) -> None:
        self.evm.set_block_env(
            pyrevm.BlockEnv(
                number=number, timestamp=timestamp, basefee=BASE_FEE, gas_limit=GAS_LIMIT,
                prevrandao=keccak(word(number)), coinbase=ZERO,
            )
        )

    def info(self, address: str, nonce: Optional[int] = None, code: Optional[bytes] = None) -> None:
        old = self.evm.get_code(address) if code is None else code
        args = {"nonce": self.nonces.get(address, 0) if nonce is None else nonce,
                "balance": self.evm.get_balance(address)}
        if old:
            args["code"] = bytes(old)
        self.evm.insert_account_info(address, pyrevm.AccountInfo(**args))

    def apply(self, op: tuple) -> Optional[Outcome]:
        kind, *a = op
        if kind == "tx":
            return self.transact(*a)
        if kind == "store":
            self.evm.basic(a[0])
            self.evm.insert_account_storage(a[0], a[1], a[2])
        elif kind == "balance":
            self.evm.set_balance(a[0], a[1])
        elif kind == "code":
            self.info(a[0], 1, a[1])
        return None

    def execute(self, sender: str, to: Optional[str], data: bytes, value: int, gas: int) -> Outcome:
        try:
            if to is None:
                self.info(sender)
                created = self.evm.deploy(sender, data, value=value, gas=gas).lower()
                output = b""
            else:
                created = None
                output = bytes(self.evm.message_call(sender, to, calldata=data, value=value, gas=gas))
        except RuntimeError as e:
            text = str(e)
            used = re.search(r"gas_used: (\d+)", text)
            out = re.search(r"output: 0x([0-9a-f]*)", text)
            return Outcome(False, int(used.group(1)) if used else gas,
                           bytes.fromhex(out.group(1)) if out else b"", [],
                           halt="" if text.startswith("Revert") else text)
        r = self.evm.result
        logs = [Log(x.address.lower(), [bytes(t) for t in x.data[0]], bytes(x.data[1])) for x in r.logs]
        return Outcome(True, r.gas_used, output, logs, created, refunded=r.gas_refunded)

    def transact(self, number: int, timestamp: int, sender: str, to: Optional[str],
                 data: bytes, value: int, gas: int, price: int) -> Outcome:
        self.block(number, timestamp)
        result = self.execute(sender, to, data, value, gas)
        self.nonces[sender] = self.nonces.get(sender, 0) + 1
        if price:
            self.evm.set_balance(sender, max(0, self.evm.get_balance(sender) - result.gas * price))
        return result

    def dry_run(self, number: int, timestamp: int, sender: str, to: Optional[str],
                data: bytes, value: int, gas: int) -> Outcome:
        self.block(number, timestamp)
        mark = self.evm.snapshot()
        try:
            return self.execute(sender, to, data, value, gas)
        finally:
            self.evm.revert(mark)


# -------------------------------------------------------------------- the chain
@dataclass
class Tx:
    hash: bytes
    sender: str
    to: Optional[str]
    nonce: int
    gas: int
    value: int
    data: bytes
    type: int
    max_fee: int
    tip: int
    v: int = 0
    r: int = 0
    s: int = 0
    chain_id: Optional[int] = None

    def price(self) -> int:
        return self.max_fee if self.type < 2 else min(self.max_fee, BASE_FEE + self.tip)


class Block:
    __slots__ = ("number", "timestamp", "hash", "parent", "txs", "receipts", "version",
                 "gas_used", "bloom", "state_root", "tx_root", "receipt_root")


EMPTY_BLOOM = bytes(256)
EMPTY_ROOT = keccak(rlp.encode(b""))
EMPTY_UNCLES = keccak(rlp.encode([]))


class Chain:
    def __init__(self, chain_id: int, tick: int, genesis_time: int, start: int):
        self.chain_id, self.tick, self.start = chain_id, tick, start
        self.ops: list[tuple] = []
        self.world = World(chain_id)
        self.past: list[World] = []  # cached replays, for calls on old blocks
        self.blocks: list[Block] = []
        self.by_hash: dict[bytes, Block] = {}
        self.tx_at: dict[bytes, tuple[int, int]] = {}  # hash -> block number, index
        self.pool: dict[tuple[str, int], Tx] = {}
        self.snapshots: list[int] = []
        self.next_time: Optional[int] = None
        self.skew = 0
        self.forks = 0
        self._seal(start, genesis_time, bytes(32), [], [])

    # -- blocks
    @property
    def head(self) -> Block:
        return self.blocks[-1]

    def at(self, number: int) -> Optional[Block]:
        i = number - self.start
        return self.blocks[i] if 0 <= i < len(self.blocks) else None

    def _header(self, b: Block) -> list:
        return [b.parent, EMPTY_UNCLES, bytes(20), b.state_root, b.tx_root, b.receipt_root,
                b.bloom, 0, b.number, GAS_LIMIT, b.gas_used, b.timestamp,
                self.forks.to_bytes(4, "big"), keccak(word(b.number)), bytes(8), BASE_FEE, EMPTY_ROOT]

    def _seal(self, number: int, timestamp: int, parent: bytes, txs: list, receipts: list) -> Block:
        b = Block()
        b.number, b.timestamp, b.parent, b.txs, b.receipts = number, timestamp, parent, txs, receipts
        b.version = len(self.ops)
        b.gas_used = sum(r.gas for r in receipts)
        b.bloom = bloom_of(x for r in receipts for x in r.logs) if receipts else EMPTY_BLOOM
        b.state_root = word(b.version)
        b.tx_root = keccak(b"".join(t.hash for t in txs)) if txs else EMPTY_ROOT
        b.receipt_root = keccak(b.bloom + word(b.gas_used)) if receipts else EMPTY_ROOT
        b.hash = keccak(rlp.encode(self._header(b)))
        self.blocks.append(b)
        self.by_hash[b.hash] = b
        for i, t in enumerate(txs):
            self.tx_at[t.hash] = (number, i)
        return b

    def next_env(self) -> tuple[int, int]:
        at = self.next_time if self.next_time is not None else self.head.timestamp + self.tick + self.skew
        return self.head.number + 1, max(at, self.head.timestamp + 1)

    def ready(self) -> list[Tx]:
        """Pool transactions that can go in the next block, each sender's in nonce order."""
        out, used = [], 0
        nonces = dict(self.world.nonces)
        for (sender, nonce) in sorted(self.pool, key=lambda k: (-self.pool[k].price(), k[1])):
            while (t := self.pool.get((sender, nonces.get(sender, 0)))) and t not in out:
                if used + t.gas > GAS_LIMIT:
                    break
                out.append(t)
                used += t.gas
                nonces[sender] = t.nonce + 1
        return out

    def mine(self, unsigned: Optional[Tx] = None) -> Block:
        number, timestamp = self.next_env()
        self.next_time, self.skew = None, 0
        txs, receipts = [], []
        for t in [unsigned] if unsigned else self.ready() if self.pool else []:
            op = ("tx", number, timestamp, t.sender, t.to, t.data, t.value, t.gas,
                  0 if unsigned else t.price())
            self.ops.append(op)
            receipts.append(self.world.apply(op))
            self.world.version += 1
            txs.append(t)
            self.pool.pop((t.sender, t.nonce), None)
        return self._seal(number, timestamp, self.head.hash, txs, receipts)

    def write(self, *op: Any) -> None:
        """A change made from outside any transaction; part of the head block."""
        self.ops.append(op)
        self.world.apply(op)
        self.world.version += 1
        self.head.version = len(self.ops)

    def rollback(self, number: int) -> None:
        """Drop every block above `number`; what is mined next has other hashes."""
        keep = self.at(number)
        if keep is None:
            raise RpcError(-32602, "no such block")
        for b in self.blocks[number - self.start + 1 :]:
            self.by_hash.pop(b.hash, None)
            for t in b.txs:
                self.tx_at.pop(t.hash, None)
        del self.blocks[number - self.start + 1 :]
        del self.ops[keep.version :]
        self.past.clear()
        self.pool.clear()
        self.world = World(self.chain_id).advance(self.ops, keep.version)
        self.forks += 1

    def world_at(self, b: Block) -> World:
        if b.version == self.world.version:
            return self.world
        best = max((w for w in self.past if w.version <= b.version), key=lambda w: w.version, default=None)
        if best is None:
            best = World(self.chain_id)
            self.past = self.past[-3:] + [best]
        return best.advance(self.ops, b.version)

    # -- transactions
    def decode(self, raw: bytes) -> Tx:
        try:
            sender = Account.recover_transaction(raw).lower()
            if raw[0] <= 0x7F:
                d = TypedTransaction.from_bytes(HexBytes(raw)).as_dict()
                kind = raw[0]
                to = d["to"]
                tx = Tx(keccak(raw), sender, hx(to) if to else None, d["nonce"], d["gas"], d["value"],
                        bytes(d["data"]), kind, d.get("maxFeePerGas", d.get("gasPrice", 0)),
                        d.get("maxPriorityFeePerGas", 0), d["v"], d["r"], d["s"], d["chainId"])
            else:
                n, price, gas, to, value, data, v, r, s = rlp.decode(raw)
                i = lambda x: int.from_bytes(x, "big")
                tx = Tx(keccak(raw), sender, hx(to) if to else None, i(n), i(gas), i(value), data, 0,
                        i(price), i(price), i(v), i(r), i(s), (i(v) - 35) // 2 if i(v) >= 35 else None)
        except RpcError:
            raise
        except Exception as e:
            raise RpcError(-32602, f"invalid transaction: {e}")
        if tx.chain_id is not None and tx.chain_id != self.chain_id:
            raise RpcError(-32000, f"invalid chain id for signer: have {tx.chain_id} want {self.chain_id}")
        return tx

    def submit(self, raw: bytes) -> Tx:
        t = self.decode(raw)
        if t.hash in self.tx_at or self.pool.get((t.sender, t.nonce), None) == t:
            raise RpcError(-32000, "already known")
        if t.nonce < (following := self.world.nonces.get(t.sender, 0)):
            raise RpcError(-32000, f"nonce too low: next nonce {following}, tx nonce {t.nonce}")
        if t.max_fee < BASE_FEE:
            raise RpcError(-32000, "max fee per gas less than block base fee: "
                                   f"maxFeePerGas: {t.max_fee}, baseFee: {BASE_FEE}")
        if t.gas > GAS_LIMIT:
            raise RpcError(-32000, "exceeds block gas limit")
        if t.gas < 21000 + sum(16 if x else 4 for x in t.data):
            raise RpcError(-32000, "intrinsic gas too low")
        if self.world.evm.get_balance(t.sender) < t.gas * t.max_fee + t.value:
            raise RpcError(-32000, "insufficient funds for gas * price + value")
        old = self.pool.get((t.sender, t.nonce))
        if old and (t.max_fee * 10 < old.max_fee * 11 or t.tip * 10 < old.tip * 11):
            raise RpcError(-32000, "replacement transaction underpriced")
        self.pool[(t.sender, t.nonce)] = t
        return t
