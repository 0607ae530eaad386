"""A real Chromium, driven by the DevTools protocol over two pipes: no driver, no port, no library."""

from __future__ import annotations

import base64
import fcntl
import json
import os
import select
import shutil
import subprocess
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import psutil

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Seconds that the browser may take for one answer, on a busy machine.
PATIENCE = 60.0


def found() -> str | None:
    """Return where Chromium is; None where there is none, or only a command that tells how to get it."""
    paths = filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome")))
    return next((path for path in paths if _runs(path)), None)


def _runs(path: str) -> bool:
    return subprocess.run([path, "--version"], check=False, capture_output=True).returncode == 0


class Tab:
    """One page of a browser, and what it complained of: errors of scripts, and what its policy forbade."""

    def __init__(self, answers: int, asks: int) -> None:
        self._in, self._out, self._rest, self._number = answers, asks, b"", 0
        self.events: list[dict[str, Any]] = []
        target = self.ask("Target.createTarget", {"url": "about:blank"})["targetId"]
        self._session = self.ask("Target.attachToTarget", {"targetId": target, "flatten": True})["sessionId"]
        for domain in ("Page", "Runtime", "Network", "Log"):
            self.ask(f"{domain}.enable")

    _session: str | None = None

    def ask(self, method: str, asked: dict[str, Any] | None = None) -> dict[str, Any]:
        """Send a command and return its answer; events that come before it are kept."""
        self._number += 1
        command = {"id": self._number, "method": method, "params": asked or {}}
        os.write(
            self._out, json.dumps(command | ({"sessionId": self._session} if self._session else {})).encode() + b"\0"
        )
        while True:
            said = self._heard()
            if said.get("id") == self._number:
                assert "error" not in said, f"{method}: {said['error']}"
                result: dict[str, Any] = said["result"]
                return result
            self.events.append(said)

    def look(self, url: str, width: int = 1280) -> None:
        """Open a page at a width, by day, and return when it is loaded."""
        self.turn(width)
        self._loading(lambda: self.ask("Page.navigate", {"url": url}))

    def turn(self, width: int, *, dark: bool = False) -> None:
        """Give the window another width, by day or by night; nothing moves on the way from one to the other."""
        size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 500}
        self.ask("Emulation.setDeviceMetricsOverride", size)
        scheme = {"name": "prefers-color-scheme", "value": "dark" if dark else "light"}
        still = {"name": "prefers-reduced-motion", "value": "reduce"}
        self.ask("Emulation.setEmulatedMedia", {"features": [scheme, still]})

    def click(self, chosen: str) -> None:
        """Click on what a selector finds first, and return when the page that it leads to is loaded."""
        script = (
            f"(() => {{ const it = document.querySelector({json.dumps(chosen)}); it.click(); return it !== null }})()"
        )
        self._loading(lambda: self.run(script))

    def run(self, script: str) -> Any:
        """Return what a script comes to in the page."""
        asked = {"expression": script, "returnByValue": True, "awaitPromise": True}
        answer = self.ask("Runtime.evaluate", asked)
        assert "exceptionDetails" not in answer, f"{script}: {answer['exceptionDetails']}"
        return answer["result"].get("value")

    def picture(self, path: Path, *, whole: bool = False) -> None:
        """Write what is seen as a PNG."""
        answer = self.ask("Page.captureScreenshot", {"captureBeyondViewport": whole})
        path.write_bytes(base64.b64decode(answer["data"]))

    def complaints(self) -> list[str]:
        """Return what the browser complained of since the last time it was asked."""
        self.run("1")
        said = [
            *(each["params"]["entry"] for each in self.events if each.get("method") == "Log.entryAdded"),
            *(
                each["params"]["exceptionDetails"]
                for each in self.events
                if each.get("method") == "Runtime.exceptionThrown"
            ),
        ]
        self.events.clear()
        return [json.dumps(each) for each in said if each.get("level", "error") in {"error", "warning"}]

    def _loading(self, act: Any) -> None:
        self.events = [each for each in self.events if each.get("method") != "Page.loadEventFired"]
        act()
        while not any(each.get("method") == "Page.loadEventFired" for each in self.events):
            self.events.append(self._heard())

    def _heard(self) -> dict[str, Any]:
        until = time.monotonic() + PATIENCE
        while b"\0" not in self._rest:
            ready, _, _ = select.select([self._in], [], [], max(0.0, until - time.monotonic()))
            assert ready, f"Chromium said nothing for {PATIENCE:g} s"
            part = os.read(self._in, 1 << 20)
            assert part, "Chromium has ended"
            self._rest += part
        said, _, self._rest = self._rest.partition(b"\0")
        heard: dict[str, Any] = json.loads(said)
        return heard


@contextmanager
def chromium(folder: Path) -> Iterator[Tab]:
    """Start Chromium with a profile of its own in a folder, and end it."""
    program = found()
    assert program is not None
    asks, answers = os.pipe(), os.pipe()
    words = [
        *(program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"),
        *(
            "--host-resolver-rules=MAP desk.example 127.0.0.1",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
        ),
        *("--remote-debugging-pipe", f"--user-data-dir={folder}", "about:blank"),
    ]

    # Chromium reads from its descriptor 3 and writes to 4; what they are made from is none of these.
    given = [fcntl.fcntl(each, fcntl.F_DUPFD, 100) for each in (asks[0], answers[1])]
    shell = ["bash", "-c", f'exec "$@" 3<&{given[0]} 4>&{given[1]}', "bash", *words]
    with subprocess.Popen(shell, pass_fds=given, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        for each in given:
            os.close(each)
        os.close(asks[0])
        os.close(answers[1])
        try:
            yield Tab(answers[0], asks[1])
        finally:
            # Its children outlive it for a moment, and would write into a folder that is being removed.
            family = psutil.Process(process.pid).children(recursive=True)
            process.terminate()
            process.wait(PATIENCE)
            for each in family:
                with suppress(psutil.NoSuchProcess):
                    each.kill()
            psutil.wait_procs(family, PATIENCE)
            os.close(asks[1])
            os.close(answers[0])
