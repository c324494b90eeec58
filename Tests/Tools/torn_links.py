#!/usr/bin/env python3
"""Stands between nodes and tears their connections. Stdlib only.

Obeys JSON lines on stdin, one answer each, until stdin ends: so a killed test leaves nobody behind.

    {"ok": true}
    > {"do": "listen", "target": 40001}
    < {"ok": true, "port": 41001}
    > {"do": "tear", "every": 2.0}
    < {"ok": true, "torn": 0}

  listen   passes what comes to a fresh port on to a port of 127.0.0.1
  tear     resets every connection now and then each `every` seconds; 0 stops. Tells how many were reset so far
"""
from __future__ import annotations

import asyncio
import json
import os
import socket
import struct
import sys
import threading
from typing import Any


class Proxy:
    """All connections that pass through, and how many were torn."""

    def __init__(self) -> None:
        self.open: set[asyncio.StreamWriter] = set()
        self.torn = 0
        self.tearing: asyncio.Task[None] | None = None

    async def listen(self, target: int) -> dict[str, Any]:
        server = await asyncio.start_server(lambda reader, writer: self.join(target, reader, writer), "127.0.0.1", 0)
        return {"ok": True, "port": server.sockets[0].getsockname()[1]}

    async def join(self, target: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, thither = await asyncio.open_connection("127.0.0.1", target)
        except OSError:
            writer.transport.abort()
            return
        ends = {writer, thither}
        self.open |= ends
        await asyncio.gather(self.carry(reader, thither), self.carry(there, writer))
        self.open -= ends
        for end in ends:
            end.transport.abort()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65_536):
                writer.write(data)
                await writer.drain()
        except OSError:
            pass  # torn, by us or by a node
        writer.transport.abort()

    async def tear(self, every: float) -> dict[str, Any]:
        if self.tearing:
            self.tearing.cancel()
            self.tearing = None
        if every > 0:
            self.tearing = asyncio.create_task(self.go_on_tearing(every))
        return {"ok": True, "torn": self.torn}

    async def go_on_tearing(self, every: float) -> None:
        while True:
            for writer in self.open:
                hard = struct.pack("ii", 1, 0)
                writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, hard)
                writer.transport.abort()
            self.torn += len(self.open) // 2
            await asyncio.sleep(every)


def main() -> None:
    proxy = Proxy()
    loop = asyncio.new_event_loop()
    threading.Thread(target=loop.run_forever, daemon=True).start()
    print(json.dumps({"ok": True}), flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        work = proxy.listen(command["target"]) if command["do"] == "listen" else proxy.tear(command["every"])
        print(json.dumps(asyncio.run_coroutine_threadsafe(work, loop).result()), flush=True)
    os._exit(0)  # whatever is still open goes with us


if __name__ == "__main__":
    main()
