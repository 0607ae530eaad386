"""Processes of Python that begin with the libraries of others imported: a start takes 0.07 s of CPU, not 0.6.

What is ours is imported anew by each, and signals, exit codes, memory and logs are what they are elsewhere. The program
that forks is a child of the test process, and ends with it.
"""

from __future__ import annotations

import atexit
import json
import os
import runpy
import selectors
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from functools import cache
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ROOT = Path(__file__).parents[2]
LIBRARIES = (
    *("sqlalchemy.dialects.postgresql.psycopg", "psycopg_pool", "redis", "dramatiq.cli", "dramatiq.middleware"),
    *("pydantic_settings", "structlog", "rich.console", "rich.traceback", "alembic.config", "alembic.migration"),
    *("alembic.script", "apscheduler.triggers.cron", "cronsim", "tenacity", "psutil", "httpx", "jinja2", "obstore"),
)
_NUMBER = 4
#: A command, its folder and its environment are shorter.
_LONGEST = 2**20


class Forked:
    """A process that was forked; it answers as a `subprocess.Popen` does."""

    def __init__(self, line: int) -> None:
        # A file descriptor: a socket that is garbage together with this object warns before it can be closed.
        self._line = line
        self.pid = _number(line)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit code, negative for a signal; None while it runs."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Return the exit code as soon as there is one; TimeoutExpired after so many seconds."""
        code = self._ended(timeout)
        if code is None:
            raise subprocess.TimeoutExpired(f"process {self.pid}", timeout or 0)
        return code

    def send_signal(self, number: int) -> None:
        """Send a signal, unless it has ended."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        """Ask it to end."""
        self.send_signal(signal.SIGTERM)

    def kill(self) -> None:
        """End it."""
        self.send_signal(signal.SIGKILL)

    def _ended(self, timeout: float | None) -> int | None:
        if self.returncode is None:
            with selectors.DefaultSelector() as selector:
                selector.register(self._line, selectors.EVENT_READ)
                if not selector.select(timeout):
                    return None
            # What is told stays to be read: another thread may wait, too.
            self.returncode = _number(self._line, socket.MSG_PEEK)
        return self.returncode

    def __del__(self) -> None:
        os.close(self._line)


def fits(command: Sequence[str], env: Mapping[str, str]) -> bool:
    """Tell whether a command is a module or a program, run by this Python with nothing before it."""
    return command[0] == sys.executable and command[1] in {"-m", "-c"} and "LD_PRELOAD" not in env


def start(command: Sequence[str], folder: Path, env: Mapping[str, str], log: int) -> Forked:
    """Run a command that fits, in a session of its own; what it says goes to the file descriptor `log`."""
    ours, theirs = socket.socketpair()
    with theirs:
        asked = json.dumps([list(command[1:]), str(folder), dict(env)]).encode()
        socket.send_fds(_server(), [asked], [theirs.fileno(), log])
    return Forked(ours.detach())


@cache
def _server() -> socket.socket:
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with theirs:
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _LONGEST)
        command = [sys.executable, "-m", "tests.faults.preloaded", str(theirs.fileno())]
        env = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        process = subprocess.Popen(command, cwd=ROOT, env=env, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL)
    atexit.register(_end, process, ours)
    return ours


def _end(process: subprocess.Popen[bytes], line: socket.socket) -> None:
    line.close()
    process.wait()


def _number(line: int, flags: int = 0) -> int:
    with socket.socket(fileno=os.dup(line)) as opened:
        told = opened.recv(_NUMBER, socket.MSG_WAITALL | flags)
    if len(told) < _NUMBER:
        raise ConnectionError("the process that forks is gone")
    return int.from_bytes(told, "little", signed=True)


def _serve(control: socket.socket) -> list[str]:
    """Fork for each command that comes; returns only in a process that was forked, with what it is to run."""
    selector = selectors.DefaultSelector()
    selector.register(control, selectors.EVENT_READ, None)
    while True:
        for key, _ in selector.select():
            if key.data is not None:
                selector.unregister(key.fd)
                _tell(*key.data)
                os.close(key.fd)
                continue
            asked, given, _, _ = socket.recv_fds(control, _LONGEST, 2)
            if not asked:
                sys.exit()
            line, log = given
            if (pid := os.fork()) == 0:
                selector.close()
                control.close()
                words, folder, env = json.loads(asked)
                return _become(words, folder, env, line, log)
            os.close(log)
            selector.register(os.pidfd_open(pid), selectors.EVENT_READ, (pid, line))


def _tell(pid: int, line: int) -> None:
    """Take leave of a process that has ended, and tell its exit code."""
    code = os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])
    with socket.socket(fileno=line) as told:
        told.send(code.to_bytes(_NUMBER, "little", signed=True))


def _become(words: list[str], folder: str, env: dict[str, str], line: int, log: int) -> list[str]:
    os.setsid()
    os.dup2(log, 1)
    os.dup2(log, 2)
    os.close(log)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(env)
    time.tzset()
    with socket.socket(fileno=line) as told:
        told.send(os.getpid().to_bytes(_NUMBER, "little", signed=True))
    return words


def _run(words: list[str]) -> None:
    """Run what Python is told to on its command line, in this folder and environment."""
    for name in [name for name in sys.modules if name.partition(".")[0] == "tests"]:
        del sys.modules[name]  # it may have another release's
    given = [place for place in os.environ.get("PYTHONPATH", "").split(os.pathsep) if place]
    sys.path[:1] = [str(Path.cwd()), *given]
    with suppress(ImportError):
        import_module("sitecustomize")  # a clock that is wrong
    kind, what, *_ = words
    sys.argv = words[1:] if kind == "-m" else words[:1] + words[2:]
    if kind == "-m":
        runpy.run_module(what, run_name="__main__", alter_sys=True)
    else:
        exec(compile(what, "<string>", "exec"), {"__name__": "__main__"})  # noqa: S102 - a test's own program


if __name__ == "__main__":
    for library in LIBRARIES:
        import_module(library)
    _run(_serve(socket.socket(fileno=int(sys.argv[1]))))
