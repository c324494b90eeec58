#!/usr/bin/env python3
"""Strangers at a node's door: connections of somebody who is no member, in numbers. Stdlib only.

Obeys JSON lines on stdin, one answer each, until stdin ends: so a killed test leaves nobody behind.

    {"ok": true}
    > {"do": "attack", "how": "hold", "ports": [40001], "count": 2000, "seconds": 30}
    < {"ok": true}
    > {"do": "state"}
    < {"ok": true, "running": true, "tried": 2000, "connected": 2000, "open": 1990, "answered": 0}

  hold      connects and says nothing, for so many seconds or until the node hangs up
  knock     connects and hangs up
  reset     connects and resets
  rubbish   sends random bytes instead of a greeting, and waits for the end
  tail      sends a TLS greeting, then random bytes
  half      begins a handshake, reads the answer and says no more
  drip      sends a TLS greeting, a byte a second
  member    makes the whole handshake by the certificate and key of the flag --identity, and waits for the end

`count` tries go to the ports in turn, at most `--abreast` at once but for `hold`, where all stand at once.
"""
from __future__ import annotations

import argparse
import asyncio
import json
import os
import resource
import socket
import ssl
import struct
import sys
import threading
from typing import Any

GREETING_SECONDS = 10


class Attack:
    """Tries of one kind, and what came of them."""

    def __init__(self, how: str, ports: list[int], count: int, seconds: float, abreast: int, identity: str | None):
        self.how, self.ports, self.count, self.seconds = how, ports, count, seconds
        self.places = asyncio.Semaphore(count if how == "hold" else abreast)
        self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        self.context.check_hostname = False
        self.context.verify_mode = ssl.CERT_NONE
        self.context.set_alpn_protocols(["coord/1"])
        if identity:
            self.context.load_cert_chain(identity)
        self.tried = self.connected = self.open = self.answered = 0
        self.running = True

    async def run(self) -> None:
        await asyncio.gather(*(self.attempt(self.ports[index % len(self.ports)]) for index in range(self.count)))
        self.running = False

    async def attempt(self, port: int) -> None:
        async with self.places:
            self.tried += 1
            try:
                reader, writer = await asyncio.wait_for(asyncio.open_connection(
                    "127.0.0.1", port, ssl=self.context if self.how == "member" else None), GREETING_SECONDS)
            except (OSError, asyncio.TimeoutError):
                return
            self.connected += 1
            self.open += 1
            try:
                await getattr(self, self.how)(reader, writer)
            except (OSError, asyncio.TimeoutError, asyncio.IncompleteReadError):
                pass  # the node hung up, as it may
            finally:
                self.open -= 1
                writer.transport.abort()

    def greeting(self) -> bytes:
        """A TLS ClientHello as our own nodes send it."""
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        client = self.context.wrap_bio(incoming, outgoing)
        try:
            client.do_handshake()
        except ssl.SSLWantReadError:
            pass
        return outgoing.read()

    async def until_end(self, reader: asyncio.StreamReader, seconds: float) -> None:
        async def read() -> None:
            while data := await reader.read(4096):
                self.answered += len(data) > 0

        await asyncio.wait_for(read(), seconds)

    async def hold(self, reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await self.until_end(reader, self.seconds)

    async def knock(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    async def reset(self, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    async def rubbish(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(os.urandom(600))
        await self.until_end(reader, GREETING_SECONDS)

    async def tail(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(self.greeting() + os.urandom(600))
        await self.until_end(reader, GREETING_SECONDS)

    async def half(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(self.greeting())
        await self.until_end(reader, self.seconds)

    async def drip(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for byte in self.greeting()[:max(1, int(self.seconds))]:
            if reader.at_eof():
                return
            writer.write(bytes([byte]))
            await writer.drain()
            await asyncio.sleep(1)

    async def member(self, reader: asyncio.StreamReader, _: asyncio.StreamWriter) -> None:
        await self.until_end(reader, GREETING_SECONDS)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--identity", help="a PEM file with the certificate and the key of `member`")
    parser.add_argument("--abreast", type=int, default=64)
    flags = parser.parse_args()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    attack: Attack | None = None
    print(json.dumps({"ok": True}), flush=True)
    for line in sys.stdin:
        command: dict[str, Any] = json.loads(line)
        answer: dict[str, Any] = {"ok": True}
        if command["do"] == "attack":
            attack = Attack(
                command["how"], command["ports"], command["count"], command["seconds"], flags.abreast, flags.identity)
            asyncio.run_coroutine_threadsafe(attack.run(), loop)
        elif command["do"] == "state" and attack:
            answer |= {name: getattr(attack, name) for name in ("running", "tried", "connected", "open", "answered")}
        else:
            answer = {"ok": False, "problem": f"no such command: {line}"}
        print(json.dumps(answer), flush=True)
    os._exit(0)  # whatever is still open goes with us


if __name__ == "__main__":
    main()
