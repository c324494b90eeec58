#!/usr/bin/env python3
"""A small development Ethereum node for client tests.

One process, one thread: a real EVM (revm, through `pyrevm`) behind an Ethereum
JSON-RPC endpoint on the loopback interface, with a mining clock that the test
drives by hand (`evm_mine`) or that ticks by itself (`--block-time`). It holds no
contracts: evm_bridge.py puts some on it and serves it from its own process.

Run by hand: .venv/bin/python Tests/Tools/evmchain.py --port 8545 --automine
As a module: node = Node(Chain(...), ...); await node.listen("127.0.0.1", 0)

Flags
  --host --port      where to listen (127.0.0.1:8545; port 0 picks a free one)
  --chain-id         31337 unless told
  --block-time S     mine a block every S seconds of wall time; 0 = only by hand
  --tick T           seconds of *chain* time between two blocks (12)
  --genesis-time     timestamp of the first block (default: now)
  --start-block N    number of the first block held (0); lets a test begin just
                     before a window boundary without mining up to it
  --automine         mine at once when a transaction arrives
  --accounts N       funded test accounts, keys derived from the index (10)
  --finality A,B     depth of the `safe` and `finalized` tags (32,64)
  --verbose          a line per request on stderr

Extra methods, besides the eth_* / net_* / web3_* ones
  evm_mine [count|{"count":n,"timestamp":t}]   evm_increaseTime [seconds]
  evm_setNextBlockTimestamp [t]                evm_setIntervalMining [seconds]
  evm_setAutomine [bool]                       evm_rollback [blocks]  (a reorg)
  evm_snapshot [] / evm_revert [id]            evm_setStorageAt [addr, slot, word]
  evm_setBalance [addr, wei]                   evm_setCode [addr, code]
  evm_impersonate [tx]  run an unsigned transaction from any address that has no
                        code, mine it

Limits: stateRoot, transactionsRoot and receiptsRoot are digests, not tries;
BLOCKHASH inside the EVM is revm's own stub, not the hash the RPC shows; gas is
revm's with storage kept warm between transactions, so it runs a little low;
no WebSocket, no eth_subscribe; blocks are held in memory for ever.
"""
from __future__ import annotations

import argparse
import asyncio
import json
import re
import sys
import time
from typing import Any, Iterable, Optional

from eth_account import Account
from eth_hash.auto import keccak

from evmstate import (
    BASE_FEE,
    EMPTY_ROOT,
    EMPTY_UNCLES,
    GAS_LIMIT,
    TIP,
    ZERO,
    Block,
    Chain,
    Log,
    Outcome,
    RpcError,
    Tx,
    bloom_of,
    h,
    hx,
    lower,
    num,
    revert_error,
    unhex,
    word,
)

ETHER = 10**18


# ------------------------------------------------------------------ the RPC face
class Node:
    def __init__(self, chain: Chain, interval: float = 0, automine: bool = False,
                 safe: int = 32, final: int = 64, verbose: bool = False):
        self.chain, self.interval, self.automine = chain, interval, automine
        self.safe, self.final, self.verbose = safe, final, verbose
        self.filters: dict[int, list] = {}

    # -- views of things
    def resolve(self, tag: Any) -> Block:
        c = self.chain
        if isinstance(tag, dict):
            if "blockHash" in tag:
                b = c.by_hash.get(unhex(tag["blockHash"]))
                if b is None:
                    raise RpcError(-32000, "header for hash not found")
                return b
            tag = tag.get("blockNumber")
        if tag in (None, "latest", "pending"):
            return c.head
        if tag == "earliest":
            return c.blocks[0]
        if tag in ("safe", "finalized"):
            depth = self.safe if tag == "safe" else self.final
            return c.at(max(c.start, c.head.number - depth)) or c.blocks[0]
        b = c.at(num(tag))
        if b is None:
            raise RpcError(-32000, "header not found")
        return b

    def show_tx(self, t: Tx, b: Optional[Block], i: int) -> dict:
        d = {
            "hash": hx(t.hash), "nonce": h(t.nonce), "from": t.sender, "to": t.to, "value": h(t.value),
            "gas": h(t.gas), "input": hx(t.data), "type": h(t.type), "v": h(t.v), "r": h(t.r), "s": h(t.s),
            "gasPrice": h(t.price()), "chainId": h(self.chain.chain_id),
            "blockHash": hx(b.hash) if b else None, "blockNumber": h(b.number) if b else None,
            "transactionIndex": h(i) if b else None,
        }
        if t.type == 2:
            d |= {"maxFeePerGas": h(t.max_fee), "maxPriorityFeePerGas": h(t.tip), "accessList": []}
        return d

    def show_block(self, b: Optional[Block], full: bool) -> Optional[dict]:
        if b is None:
            return None
        return {
            "number": h(b.number), "hash": hx(b.hash), "parentHash": hx(b.parent), "nonce": "0x" + "00" * 8,
            "sha3Uncles": hx(EMPTY_UNCLES), "logsBloom": hx(b.bloom), "transactionsRoot": hx(b.tx_root),
            "stateRoot": hx(b.state_root), "receiptsRoot": hx(b.receipt_root), "miner": ZERO,
            "difficulty": "0x0", "totalDifficulty": "0x0", "extraData": hx(self.chain.forks.to_bytes(4, "big")),
            "size": h(600 + sum(len(t.data) + 120 for t in b.txs)), "gasLimit": h(GAS_LIMIT),
            "gasUsed": h(b.gas_used), "timestamp": h(b.timestamp), "uncles": [],
            "baseFeePerGas": h(BASE_FEE), "mixHash": hx(keccak(word(b.number))),
            "withdrawals": [], "withdrawalsRoot": hx(EMPTY_ROOT),
            "transactions": [self.show_tx(t, b, i) if full else hx(t.hash) for i, t in enumerate(b.txs)],
        }

    def show_logs(self, b: Block) -> Iterable[tuple[Log, dict]]:
        n = 0
        for i, (t, r) in enumerate(zip(b.txs, b.receipts)):
            for log in r.logs:
                yield log, {
                    "address": log.address, "topics": [hx(x) for x in log.topics], "data": hx(log.data),
                    "blockNumber": h(b.number), "blockHash": hx(b.hash), "blockTimestamp": h(b.timestamp),
                    "transactionHash": hx(t.hash), "transactionIndex": h(i), "logIndex": h(n), "removed": False,
                }
                n += 1

    def call_args(self, tx: dict) -> tuple:
        data = tx.get("input", tx.get("data")) or "0x"
        return (lower(tx.get("from")) or ZERO, lower(tx.get("to")), unhex(data),
                num(tx.get("value") or 0), min(num(tx.get("gas") or GAS_LIMIT), GAS_LIMIT))

    # -- eth_
    def eth_chainId(self): return h(self.chain.chain_id)
    def net_version(self): return str(self.chain.chain_id)
    def net_listening(self): return True
    def net_peerCount(self): return "0x0"
    def web3_clientVersion(self): return "evmchain/1 (revm)"
    def web3_sha3(self, data): return hx(keccak(unhex(data)))
    def eth_syncing(self): return False
    def eth_accounts(self): return []
    def eth_blockNumber(self): return h(self.chain.head.number)
    def eth_gasPrice(self): return h(BASE_FEE + TIP)
    def eth_maxPriorityFeePerGas(self): return h(TIP)

    def eth_feeHistory(self, count, newest, percentiles=None):
        top = self.resolve(newest).number
        n = min(num(count), top - self.chain.start + 1)
        return {
            "oldestBlock": h(top - n + 1), "baseFeePerGas": [h(BASE_FEE)] * (n + 1),
            "gasUsedRatio": [self.chain.at(top - n + 1 + i).gas_used / GAS_LIMIT for i in range(n)],
            "reward": [[h(TIP)] * len(percentiles or [])] * n,
        }

    def eth_getBlockByNumber(self, tag, full=False):
        if isinstance(tag, str) and tag.startswith("0x"):
            return self.show_block(self.chain.at(num(tag)), full)
        return self.show_block(self.resolve(tag), full)

    def eth_getBlockByHash(self, digest, full=False):
        return self.show_block(self.chain.by_hash.get(unhex(digest)), full)

    def eth_getBlockTransactionCountByNumber(self, tag): return h(len(self.resolve(tag).txs))

    def eth_getTransactionByHash(self, digest):
        where = self.chain.tx_at.get(unhex(digest))
        if where:
            b = self.chain.at(where[0])
            return self.show_tx(b.txs[where[1]], b, where[1])
        return next((self.show_tx(t, None, 0) for t in self.chain.pool.values() if t.hash == unhex(digest)), None)

    def eth_getTransactionReceipt(self, digest):
        where = self.chain.tx_at.get(unhex(digest))
        if where is None:
            return None
        b, i = self.chain.at(where[0]), where[1]
        t, r = b.txs[i], b.receipts[i]
        return {
            "transactionHash": hx(t.hash), "transactionIndex": h(i), "blockHash": hx(b.hash),
            "blockNumber": h(b.number), "from": t.sender, "to": t.to, "contractAddress": r.created,
            "cumulativeGasUsed": h(sum(x.gas for x in b.receipts[: i + 1])), "gasUsed": h(r.gas),
            "effectiveGasPrice": h(t.price()), "status": h(int(r.ok)), "type": h(t.type),
            "logsBloom": hx(bloom_of(r.logs)),
            "logs": [d for _, d in self.show_logs(b) if d["transactionHash"] == hx(t.hash)],
        }

    def eth_getTransactionCount(self, address, tag="latest"):
        a = address.lower()
        if tag == "pending":
            n = self.chain.world.nonces.get(a, 0)
            while (a, n) in self.chain.pool:
                n += 1
            return h(n)
        return h(self.chain.world_at(self.resolve(tag)).nonces.get(a, 0))

    def eth_getBalance(self, address, tag="latest"):
        return h(self.chain.world_at(self.resolve(tag)).evm.get_balance(address.lower()))

    def eth_getCode(self, address, tag="latest"):
        code = bytes(self.chain.world_at(self.resolve(tag)).evm.get_code(address.lower()) or b"")
        return hx(code)

    def eth_getStorageAt(self, address, slot, tag="latest"):
        world = self.chain.world_at(self.resolve(tag))
        world.evm.basic(address.lower())
        return hx(word(world.evm.storage(address.lower(), num(slot))))

    def eth_call(self, tx, tag="latest", *_):
        b = self.resolve(tag)
        r = self.chain.world_at(b).dry_run(b.number, b.timestamp, *self.call_args(tx))
        if not r.ok:
            raise revert_error(r.output, r.halt)
        return hx(r.output)

    def eth_estimateGas(self, tx, tag="latest", *_):
        sender, to, data, value, gas = self.call_args(tx)
        env = self.chain.next_env()
        world = self.chain.world
        r = world.dry_run(*env, sender, to, data, value, gas)
        if not r.ok:
            raise revert_error(r.output, r.halt)
        guess = r.gas + r.refunded
        while guess < gas and not world.dry_run(*env, sender, to, data, value, guess).ok:
            guess = guess * 9 // 8 + 1
        return h(min(guess, gas))

    def eth_sendRawTransaction(self, raw):
        t = self.chain.submit(unhex(raw))
        if self.automine:
            self.chain.mine()
        return hx(t.hash)

    def eth_getLogs(self, f):
        c = self.chain
        if f.get("blockHash"):
            picked = [self.resolve({"blockHash": f["blockHash"]})]
        else:
            lo, hi = (self.resolve_number(f.get(k, "latest")) for k in ("fromBlock", "toBlock"))
            if hi < lo:
                raise RpcError(-32602, "invalid block range params")
            lo, hi = max(lo, c.start), max(hi, c.start - 1)
            picked = c.blocks[lo - c.start : hi - c.start + 1]
        a = f.get("address")
        addresses = {x.lower() for x in ([a] if isinstance(a, str) else a or [])}
        wanted = []
        for t in f.get("topics") or []:
            wanted.append(None if t is None else {unhex(x) for x in ([t] if isinstance(t, str) else t)} or None)
        out = []
        for b in picked:
            if not b.receipts:
                continue
            for log, shown in self.show_logs(b):
                if addresses and log.address not in addresses:
                    continue
                if len(wanted) > len(log.topics):
                    continue
                if all(w is None or log.topics[i] in w for i, w in enumerate(wanted)):
                    out.append(shown)
        return out

    def resolve_number(self, tag: Any) -> int:
        if isinstance(tag, str) and tag.startswith("0x"):
            return num(tag)
        return tag if isinstance(tag, int) else self.resolve(tag).number

    def eth_newBlockFilter(self):
        self.filters[len(self.filters) + 1] = ["block", self.chain.head.number, None]
        return h(len(self.filters))

    def eth_newFilter(self, f):
        self.filters[len(self.filters) + 1] = ["logs", self.chain.head.number, f]
        return h(len(self.filters))

    def eth_getFilterChanges(self, ident):
        entry = self.filters.get(num(ident))
        if entry is None:
            raise RpcError(-32000, "filter not found")
        kind, last, f = entry
        entry[1] = self.chain.head.number
        if kind == "block":
            return [hx(self.chain.at(n).hash) for n in range(last + 1, entry[1] + 1)]
        return self.eth_getLogs(f | {"fromBlock": h(last + 1), "toBlock": h(entry[1])}) if entry[1] > last else []

    def eth_uninstallFilter(self, ident): return self.filters.pop(num(ident), None) is not None

    # -- evm_
    def evm_mine(self, arg=1):
        count, at = (arg.get("count", 1), arg.get("timestamp")) if isinstance(arg, dict) else (num(arg), None)
        if at is not None:
            self.chain.next_time = num(at)
        for _ in range(count):
            self.chain.mine()
        return h(self.chain.head.number)

    def evm_increaseTime(self, seconds):
        self.chain.skew += num(seconds)
        return h(self.chain.skew)

    def evm_setNextBlockTimestamp(self, at):
        self.chain.next_time = num(at)
        return True

    def evm_setIntervalMining(self, seconds):
        self.interval = float(seconds)
        return True

    def evm_setAutomine(self, on):
        self.automine = bool(on)
        return True

    def evm_snapshot(self):
        self.chain.snapshots.append(self.chain.head.number)
        return h(len(self.chain.snapshots))

    def evm_revert(self, ident):
        self.chain.rollback(self.chain.snapshots[num(ident) - 1])
        return True

    def evm_rollback(self, blocks):
        self.chain.rollback(self.chain.head.number - num(blocks))
        return h(self.chain.head.number)

    def evm_setStorageAt(self, address, slot, value):
        self.chain.write("store", address.lower(), num(slot), num(value))
        return True

    def evm_setBalance(self, address, wei):
        self.chain.write("balance", address.lower(), num(wei))
        return True

    def evm_setCode(self, address, code):
        self.chain.write("code", address.lower(), unhex(code))
        return True

    def evm_impersonate(self, tx):
        return hx(self.impersonate(*self.call_args(tx))[0])

    def impersonate(self, sender, to, data, value=0, gas=GAS_LIMIT) -> tuple[bytes, Outcome]:
        """Mine an unsigned transaction from any address; raises when it fails."""
        c = self.chain
        trial = c.world.dry_run(*c.next_env(), sender, to, data, value, gas)
        if not trial.ok:
            raise revert_error(trial.output, trial.halt)
        t = Tx(keccak(word(len(c.ops)) + unhex(sender) + data), sender, to, c.world.nonces.get(sender, 0),
               gas, value, data, 0, BASE_FEE, 0)
        b = c.mine(t)
        return t.hash, b.receipts[0]

    # -- transport
    def handle(self, request: Any) -> Any:
        if isinstance(request, list):
            return [self.handle(r) for r in request]
        if not isinstance(request, dict):
            return {"jsonrpc": "2.0", "id": None, "error": {"code": -32600, "message": "invalid request"}}
        reply = {"jsonrpc": "2.0", "id": request.get("id")}
        name = request.get("method", "")
        try:
            method = getattr(self, name, None) if re.match(r"(eth|net|web3|evm)_\w+$", name) else None
            if method is None:
                raise RpcError(-32601, f"the method {name} does not exist/is not available")
            params = request.get("params") or []
            reply["result"] = method(*params) if isinstance(params, list) else method(**params)
        except RpcError as e:
            reply["error"] = {"code": e.code, "message": e.message}
            if e.data is not None:
                reply["error"]["data"] = e.data
        except (TypeError, ValueError, KeyError, IndexError) as e:
            reply["error"] = {"code": -32602, "message": f"invalid params: {e}"}
        if self.verbose:
            print(name, "error: " + reply["error"]["message"] if "error" in reply else "ok", file=sys.stderr)
        return reply

    async def client(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """HTTP/1.1 with keep-alive: POST bodies of a known length, nothing else."""
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode("latin1").split("\r\n")
                fields = {k.strip().lower(): v.strip() for k, _, v in (x.partition(":") for x in head[1:] if x)}
                if fields.get("expect", "").lower() == "100-continue":
                    writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                body = await reader.readexactly(int(fields.get("content-length", 0)))
                try:
                    reply = self.handle(json.loads(body))
                except ValueError:
                    reply = {"jsonrpc": "2.0", "id": None, "error": {"code": -32700, "message": "parse error"}}
                out = json.dumps(reply).encode()
                close = fields.get("connection", "").lower() == "close"
                writer.write(
                    b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %d\r\nConnection: %s\r\n\r\n"
                    % (len(out), b"close" if close else b"keep-alive") + out
                )
                await writer.drain()
                if close:
                    break
        except (asyncio.IncompleteReadError, ConnectionError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    async def listen(self, host: str, port: int) -> str:
        """Serves for as long as the event loop runs; answers the address."""
        self.server = await asyncio.start_server(self.client, host, port, limit=2**24)
        return "http://%s:%d" % self.server.sockets[0].getsockname()[:2]

    async def clock(self) -> None:
        while True:
            if self.interval > 0:
                await asyncio.sleep(self.interval)
                self.chain.mine()
            else:
                await asyncio.sleep(0.02)


# ------------------------------------------------------------------------- main
def account(index: int) -> Any:
    """A test account: its key is derived from the index."""
    return Account.from_key(keccak(b"evmchain account %d" % index))


def main() -> None:
    p = argparse.ArgumentParser(description="a small development Ethereum node for client tests")
    p.add_argument("--host", default="127.0.0.1")
    p.add_argument("--port", type=int, default=8545)
    p.add_argument("--chain-id", type=int, default=31337)
    p.add_argument("--block-time", type=float, default=0, metavar="S")
    p.add_argument("--tick", type=int, default=12, metavar="T")
    p.add_argument("--genesis-time", type=int, default=0)
    p.add_argument("--start-block", type=int, default=0)
    p.add_argument("--automine", action="store_true")
    p.add_argument("--accounts", type=int, default=10)
    p.add_argument("--finality", default="32,64", metavar="A,B")
    p.add_argument("--verbose", action="store_true")
    args = p.parse_args()

    chain = Chain(args.chain_id, args.tick, args.genesis_time or int(time.time()), args.start_block)
    safe, final = (int(depth) for depth in args.finality.split(","))
    node = Node(chain, args.block_time, args.automine, safe, final, args.verbose)
    for i in range(args.accounts):
        node.evm_setBalance(account(i).address, 10_000 * ETHER)

    async def serve() -> None:
        url = await node.listen(args.host, args.port)
        print(f"listening on {url}, chain {args.chain_id}, block {chain.head.number}", flush=True)
        await node.clock()

    try:
        asyncio.run(serve())
    except KeyboardInterrupt:
        pass


if __name__ == "__main__":
    main()
