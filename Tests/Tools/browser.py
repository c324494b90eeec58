#!/usr/bin/env python3
"""Opens a page in a headless browser and says what a reader would get.

    .venv/bin/python Tests/Tools/browser.py --width 390 --dark FILE [--screenshot FILE.png]

Prints one JSON object: what the page asked for, what went wrong, how wide it is, and its parts. Speaks the DevTools
protocol over pipes with Debian's chromium-headless-shell, so nothing listens. Exits 2 where there is no browser.
"""
from __future__ import annotations

import argparse
import base64
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

BROWSER = "chromium-headless-shell"
SECONDS = 120

# What a reader sees: run by the browser, not by the page.
LOOK = """JSON.stringify({
    title: document.title,
    width: document.documentElement.clientWidth,
    contentWidth: document.documentElement.scrollWidth,
    background: getComputedStyle(document.body).backgroundColor,
    colour: getComputedStyle(document.body).color,
    tableRows: [...document.querySelectorAll('table')].map(table => table.querySelectorAll('tbody tr').length),
    plots: [...document.querySelectorAll('svg')].map(svg => ({
        name: (svg.getAttribute('aria-labelledby') || '').split(' ')
            .map(id => document.getElementById(id)?.textContent || '').join(': '),
        width: svg.getBoundingClientRect().width,
        height: svg.getBoundingClientRect().height,
        marks: [...svg.querySelectorAll('.bar, .dot')].filter(mark => {
            const box = mark.getBoundingClientRect();
            const paint = getComputedStyle(mark).fill;
            return box.width > 0 && box.height > 0 && paint !== 'none' && paint !== 'rgb(0, 0, 0)';
        }).length,
    })),
})"""


class Browser:
    """A browser on the other end of two pipes: JSON objects, each ended by a zero byte."""

    def __init__(self, profile: str) -> None:
        (browser_reads, self._out), (self._in, browser_writes) = os.pipe(), os.pipe()
        # The protocol is spoken on descriptors 3 and 4.
        line = f'exec "$0" "$@" 3<&{browser_reads} 4>&{browser_writes}'
        self._process = subprocess.Popen(
            ["bash", "-c", line, BROWSER, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage",
             "--remote-debugging-pipe", f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(browser_reads, browser_writes), stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL)
        os.close(browser_reads)
        os.close(browser_writes)
        self._buffer = b""
        self._number = 0
        self._session: str | None = None
        self.events: list[dict] = []

    def __enter__(self) -> Browser:
        return self

    def __exit__(self, *_: object) -> None:
        self._session = None
        try:
            self.call("Browser.close")
            self._process.wait(10)
        except (OSError, RuntimeError):
            self._process.terminate()
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        finally:
            os.close(self._out)
            os.close(self._in)

    def attach(self) -> None:
        """Talks to the first page from now on."""
        targets = self.call("Target.getTargets")["targetInfos"]
        page = next(target["targetId"] for target in targets if target["type"] == "page")
        self._session = self.call("Target.attachToTarget", targetId=page, flatten=True)["sessionId"]

    def call(self, method: str, **parameters: object) -> dict:
        """Asks for something and waits for the answer."""
        self._number += 1
        message = {"id": self._number, "method": method, "params": parameters}
        if self._session:
            message["sessionId"] = self._session
        os.write(self._out, json.dumps(message).encode() + b"\0")
        while True:
            answer = self._next()
            if answer.get("id") != self._number:
                self.events.append(answer)
            elif "error" in answer:
                raise RuntimeError(f"{method}: {answer['error']}")
            else:
                return answer["result"]

    def wait(self, event: str) -> None:
        """Waits until something has happened."""
        while not any(known.get("method") == event for known in self.events):
            self.events.append(self._next())

    def _next(self) -> dict:
        while b"\0" not in self._buffer:
            part = os.read(self._in, 1 << 16)
            if not part:
                raise RuntimeError("the browser ended")
            self._buffer += part
        message, self._buffer = self._buffer.split(b"\0", 1)
        return json.loads(message)


def look(page: Path, width: int, dark: bool, screenshot: Path | None) -> dict:
    """Opens a page and tells of it."""
    # Its helpers may end a little after it, and write until then.
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile, Browser(profile) as browser:
        browser.attach()
        for domain in ("Page", "Network", "Log", "Runtime"):
            browser.call(f"{domain}.enable")
        browser.call("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 600)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        browser.call("Emulation.setEmulatedMedia", features=[scheme])
        browser.events.clear()
        browser.call("Page.navigate", url=page.resolve().as_uri())
        browser.wait("Page.loadEventFired")
        seen = json.loads(browser.call("Runtime.evaluate", expression=LOOK, returnByValue=True)["result"]["value"])
        if screenshot:
            image = browser.call("Page.captureScreenshot", captureBeyondViewport=True)["data"]
            screenshot.write_bytes(base64.b64decode(image))
        seen["requests"] = [
            event["params"]["request"]["url"] for event in browser.events
            if event.get("method") == "Network.requestWillBeSent"]
        seen["problems"] = [
            event["params"] for event in browser.events
            if event.get("method") in ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")]
        return seen


def main() -> int:
    parser = argparse.ArgumentParser(description="Opens a page in a headless browser and says what a reader would get.")
    parser.add_argument("page", type=Path)
    parser.add_argument("--width", type=int, default=1280)
    parser.add_argument("--dark", action="store_true")
    parser.add_argument("--screenshot", type=Path)
    options = parser.parse_args()
    if shutil.which(BROWSER) is None:
        print(f"{BROWSER} is missing: run the tests by `make test`", file=sys.stderr)
        return 2
    signal.alarm(SECONDS)  # ends us, and with our pipes the browser
    print(json.dumps(look(options.page, options.width, options.dark, options.screenshot)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
