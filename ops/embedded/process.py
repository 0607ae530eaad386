"""A server process that never outlives its supervisor: the kernel signals it when the supervisor dies (Linux)."""

from __future__ import annotations

import os
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from bellwork.db.private import private
from bellwork.ops.embedded.errors import EmbeddedError
from bellwork.ops.parent import die_with

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Sequence


def environment() -> dict[str, str]:
    """Return what a server may know of our environment: no PG* variable, no locale and no time zone of the user."""
    return {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}


def spawn(
    command: Sequence[str | Path], *, log: Path, keep: int, farewell: signal.Signals, **options: Any
) -> subprocess.Popen[bytes]:
    """Start a server that inherits the descriptor `keep` and gets the signal `farewell` if this process dies."""
    with open(log, "ab", opener=private) as output:
        return subprocess.Popen(
            [str(word) for word in command],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd="/",
            env=environment(),
            pass_fds=[keep],
            preexec_fn=die_with(os.getpid(), farewell),  # noqa: PLW1509 - the supervisor has one thread
            **options,
        )


def wait_until(ready: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, patience: float) -> None:
    """Wait until the server is ready; EmbeddedError with the end of its log if it dies or takes too long."""
    deadline = time.monotonic() + patience
    while not ready():
        if process.poll() is not None:
            raise EmbeddedError(f"{_name(process)} stopped while starting; the end of {log} says: {_tail(log)}")
        if time.monotonic() > deadline:
            raise EmbeddedError(f"{_name(process)} was not ready within {patience:g} s; see {log}: {_tail(log)}")
        time.sleep(0.005)


def stop(process: subprocess.Popen[bytes], signals: Sequence[tuple[signal.Signals, float]]) -> None:
    """Send each signal in turn, waiting its seconds for the process to end, and then kill."""
    for kind, patience in signals:
        process.send_signal(kind)
        try:
            process.wait(patience)
        except subprocess.TimeoutExpired:
            continue
        return
    process.kill()
    process.wait()


def _name(process: subprocess.Popen[bytes]) -> str:
    command = process.args
    return Path(command[0]).name if isinstance(command, list) else str(command)


def _tail(log: Path) -> str:
    return "\n".join(log.read_text(errors="replace").splitlines()[-8:])
