"""Contracts of our own: compiled with Vyper once, encoded and decoded by their ABI."""
from __future__ import annotations

import hashlib
import json
import os
import sys
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import Any

from eth_abi import decode as abi_decode
from eth_abi import encode as abi_encode
from eth_hash.auto import keccak

SOURCES = Path(__file__).parent / "contracts"
CACHE = Path(sys.prefix) / "compiled-contracts"  # in the virtual environment: gone with it


@dataclass(frozen=True)
class Contract:
    """An ABI, the code that creates the contract, and once deployed its address."""

    name: str
    abi: list[dict[str, Any]]
    bytecode: bytes
    address: str = ""

    def entry(self, kind: str, name: str) -> dict[str, Any]:
        return next(e for e in self.abi if e["type"] == kind and e["name"] == name)

    def encode(self, function: str, *args: Any) -> bytes:
        entry = self.entry("function", function)
        return selector(entry) + abi_encode([abi_type(p) for p in entry["inputs"]], args)

    def decode(self, function: str, output: bytes) -> tuple[Any, ...]:
        return abi_decode([abi_type(p) for p in self.entry("function", function)["outputs"]], output)

    def creation(self, *args: Any) -> bytes:
        inputs = next(e["inputs"] for e in self.abi if e["type"] == "constructor")
        return self.bytecode + abi_encode([abi_type(p) for p in inputs], args)


def abi_type(parameter: dict[str, Any]) -> str:
    if parameter["type"].startswith("tuple"):
        return "(" + ",".join(map(abi_type, parameter["components"])) + ")" + parameter["type"][len("tuple") :]
    return parameter["type"]


def signature(entry: dict[str, Any]) -> str:
    return entry["name"] + "(" + ",".join(map(abi_type, entry["inputs"])) + ")"


def selector(entry: dict[str, Any]) -> bytes:
    return keccak(signature(entry).encode())[:4]


def compiled(name: str) -> Contract:
    """A contract of `contracts/`; compiling takes a second or two, so its result is kept by source and compiler."""
    source = (SOURCES / f"{name}.vy").read_text()
    digest = hashlib.sha256(f"{version('vyper')}\n{source}".encode()).hexdigest()
    kept = CACHE / f"{name}-{digest}.json"
    if not kept.exists():
        import vyper  # only here: importing it costs as much as starting the chain

        output = vyper.compile_code(source, output_formats=["abi", "bytecode"])
        CACHE.mkdir(exist_ok=True)
        part = kept.with_suffix(f".{os.getpid()}")
        part.write_text(json.dumps({"abi": output["abi"], "bytecode": output["bytecode"]}))
        part.replace(kept)  # two processes may compile at once: each finds a whole file
    output = json.loads(kept.read_text())
    return Contract(name, output["abi"], bytes.fromhex(output["bytecode"].removeprefix("0x")))
