#!/usr/bin/env python3
"""A JSON-RPC source that goes bad: stands before a good one and damages its answers. Stdlib only.

Prints where it listens, then obeys JSON lines on stdin, one answer each, until stdin ends: so a killed test leaves
nobody behind.

    {"ok": true, "url": "http://127.0.0.1:41001"}
    > {"do": "go", "upstream": "http://127.0.0.1:40001", "mode": "lie"}
    < {"ok": true, "answered": 12}

`answered` counts the requests that the mode before met.

  well           what the upstream says
  lie            every hash and every word of hexadecimal has another last digit
  stall          nothing, for as long as the client waits
  drip           a good answer, a byte a second
  huge           50 MB of one string
  deep           a million brackets
  status         401, 429 or 503, by its number: "401"
  id             the answer to another request
  types          numbers for text, text for numbers
  empty          200 and no body
  reset          the connection is reset
"""
from __future__ import annotations

import json
import os
import socket
import struct
import sys
import threading
import time
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

HUGE = 50 << 20
DEEP = 1_000_000


def lie(value: Any) -> Any:
    """The value with another last digit in every word of hexadecimal that is longer than a number."""
    if isinstance(value, dict):
        return {name: lie(member) for name, member in value.items()}
    if isinstance(value, list):
        return [lie(member) for member in value]
    if isinstance(value, str) and len(value) > 30:
        return value[:-1] + ("0" if value[-1] != "0" else "1")
    return value


def mistype(value: Any) -> Any:
    """The value with text where numbers were and numbers where text was."""
    if isinstance(value, dict):
        return {name: mistype(member) for name, member in value.items()}
    if isinstance(value, list):
        return [mistype(member) for member in value]
    return 7 if isinstance(value, str) else "seven"


def each(answer: Any, change: Any) -> Any:
    """An answer, or a batch of them, changed one by one."""
    return [change(one) for one in answer] if isinstance(answer, list) else change(answer)


class Source(ThreadingHTTPServer):
    """The server with its mode."""
    daemon_threads = True
    mode, upstream, answered = "well", "", 0

    def handle_error(self, request: Any, client_address: Any) -> None:
        pass  # a client that hung up


class Handler(BaseHTTPRequestHandler):
    """One request."""
    protocol_version = "HTTP/1.1"
    server: Source

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        mode = self.server.mode
        self.server.answered += 1
        if mode.isdigit():
            return self.say(b"no", status=int(mode))
        match mode:
            case "stall":
                while self.server.mode == mode:
                    time.sleep(0.1)
                self.close_connection = True
            case "reset":
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                self.close_connection = True
            case "empty":
                self.say(b"")
            case "huge":
                self.say(b'{"jsonrpc":"2.0","id":1,"result":"' + b"a" * HUGE + b'"}')
            case "deep":
                self.say(b"[" * DEEP)
            case _:
                self.damage(mode, self.ask(body))

    def ask(self, body: bytes) -> bytes:
        request = urllib.request.Request(self.server.upstream, body, {"content-type": "application/json"})
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()

    def damage(self, mode: str, answer: bytes) -> None:
        if mode == "well":
            return self.say(answer)
        if mode == "drip":
            return self.drip(mode, answer)
        changes = {
            "lie": lambda one: one | {"result": lie(one.get("result"))},
            "types": lambda one: one | {"result": mistype(one.get("result"))},
            "id": lambda one: one | {"id": 4_000_000_000},
        }
        self.say(json.dumps(each(json.loads(answer), changes[mode])).encode())

    def drip(self, mode: str, answer: bytes) -> None:
        self.begin(200, len(answer))
        for byte in answer:
            if self.server.mode != mode:
                break
            self.wfile.write(bytes([byte]))
            self.wfile.flush()
            time.sleep(1)
        self.close_connection = True

    def say(self, body: bytes, status: int = 200) -> None:
        self.begin(status, len(body))
        self.wfile.write(body)

    def begin(self, status: int, length: int) -> None:
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(length))
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:
        pass


def main() -> None:
    source = Source(("127.0.0.1", 0), Handler)
    threading.Thread(target=source.serve_forever, daemon=True).start()
    print(json.dumps({"ok": True, "url": f"http://127.0.0.1:{source.server_address[1]}"}), flush=True)
    for line in sys.stdin:
        command = json.loads(line)
        met, source.answered = source.answered, 0
        source.mode, source.upstream = command["mode"], command.get("upstream", source.upstream)
        print(json.dumps({"ok": True, "answered": met}), flush=True)
    os._exit(0)  # whatever is still open goes with us


if __name__ == "__main__":
    main()
