"""Child processes that are kept running: started, restarted with patience, heard, and stopped without losing work.

A single thread does it all: the owner of a `Processes` calls `tend()` often. Children die with their parent (Linux).
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, TYPE_CHECKING, cast

import bellwork
from bellwork.ops.parent import die_with, how_it_ended

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    #: Told the process's name and one line that it wrote, or that is said about it.
    Sink = Callable[[str, str], None]

#: Seconds before the first restart; each further one waits twice as long, up to the second number.
SOONEST, LATEST = 0.5, 30.0
#: A child that lived this long starts with a clean record.
GOOD_LIFE = 60.0
#: Seconds a child may take to finish what it runs before it is killed: the grace time of a draining worker.
GRACE = 30.0


@dataclass
class Child:
    """One process that is kept running."""

    name: str
    command: Sequence[str]
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    delay: float = SOONEST
    restarts: int = 0


@dataclass
class Stream:
    """What one run of a process writes, and the beginning of a line whose end has not come."""

    name: str
    file: IO[bytes]
    pending: bytes = field(default=b"", repr=False)


class Processes:
    """Children by name; `tend()` moves their lines to the sink and starts again whichever has exited.

    `latest` is the most seconds that a child which keeps on ending waits for its next start.
    """

    def __init__(
        self,
        commands: Mapping[str, Sequence[str]],
        environment: Mapping[str, str],
        sink: Sink,
        folder: Path | None = None,
        latest: float = LATEST,
    ) -> None:
        self._children = [Child(name, command) for name, command in commands.items()]
        self._latest = latest
        self._environment, self._sink, self._folder = with_our_code(environment), sink, folder
        self._streams = selectors.DefaultSelector()
        self._orphaned: set[int] = set()

    @property
    def restarts(self) -> dict[str, int]:
        """How often each child had to be started again."""
        return {child.name: child.restarts for child in self._children}

    @property
    def pids(self) -> dict[str, int]:
        """The process id of each child that runs."""
        return {child.name: child.process.pid for child in self._children if child.process}

    def start(self) -> None:
        """Start every child."""
        for child in self._children:
            self._start(child)

    def tend(self, seconds: float = 0.0) -> None:
        """Wait up to `seconds` for output, pass it on, and start again what has exited and has waited long enough."""
        self._hear(seconds)
        # The number of a group that is empty may soon be another program's.
        self._orphaned = {group for group in self._orphaned if _is_alive(group)}
        for child in self._children:
            if child.process and child.process.poll() is not None:
                self._note_end(child, child.process)
            if child.process is None and time.monotonic() >= child.due_at:
                child.restarts += 1
                self._start(child)

    def stop(self, grace: float = GRACE) -> None:
        """Ask all children to end, give them `grace` seconds together, then kill; harmless when repeated."""
        groups = self._orphaned | set(self.pids.values())
        running = [child.process for child in self._children if child.process]
        for process in running:
            process.terminate()
        deadline = time.monotonic() + grace
        while time.monotonic() < deadline and any(process.poll() is None for process in running):
            self._hear(0.05)
        if late := [child.name for child in self._children if child.process and child.process.poll() is None]:
            self._sink("bellwork", f"{', '.join(late)} did not end within {grace:g} s and is killed")
        for group in groups:
            _signal_group(group, signal.SIGKILL)
        for process in running:
            process.wait()
        self._close()

    def _start(self, child: Child) -> None:
        child.process = subprocess.Popen(
            list(child.command),
            env=self._environment,
            cwd=self._folder,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            preexec_fn=die_with(os.getpid()),  # noqa: PLW1509 - it calls the kernel and nothing else
        )
        child.started_at = time.monotonic()
        output = cast("IO[bytes]", child.process.stdout)
        os.set_blocking(output.fileno(), False)
        self._streams.register(output, selectors.EVENT_READ, Stream(child.name, output))

    def _hear(self, seconds: float) -> None:
        if not self._streams.get_map():
            time.sleep(seconds)
            return
        for key, _ in self._streams.select(seconds):
            if not self._read(key.data):
                self._streams.unregister(key.fileobj)
                key.data.file.close()

    def _read(self, stream: Stream) -> bool:
        """Pass on the whole lines that have come; False at the end of the stream."""
        try:
            chunk = os.read(stream.file.fileno(), 65536)
        except BlockingIOError:
            return True
        *lines, stream.pending = (stream.pending + chunk).split(b"\n")
        if not chunk and stream.pending:
            lines = [stream.pending]
        for line in lines:
            self._sink(stream.name, line.decode(errors="replace").rstrip("\r"))
        return bool(chunk)

    def _note_end(self, child: Child, process: subprocess.Popen[bytes]) -> None:
        """Say how a child ended, ask what it left behind to end too, and set the time of its next start."""
        lived = time.monotonic() - child.started_at
        child.delay = SOONEST if lived >= GOOD_LIFE or not child.restarts else min(child.delay * 2, self._latest)
        child.due_at = time.monotonic() + child.delay
        ending = f"{child.name} ended after {lived:.0f} s, {how_it_ended(process.returncode)}"
        self._sink("bellwork", f"{ending}; it starts again in {child.delay:g} s")
        if _signal_group(process.pid, signal.SIGTERM):
            self._orphaned.add(process.pid)
        child.process = None

    def _close(self) -> None:
        while self._streams.get_map():
            key = next(iter(self._streams.get_map().values()))
            self._read(key.data)
            self._streams.unregister(key.fileobj)
            key.data.file.close()
        for child in self._children:
            child.process = None
        self._orphaned.clear()


def _is_alive(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def _signal_group(group: int, number: signal.Signals) -> bool:
    """Signal whatever is left of a child's own process group; False where nothing is."""
    try:
        os.killpg(group, number)
    except (ProcessLookupError, PermissionError):
        return False
    return True


def with_our_code(environment: Mapping[str, str]) -> dict[str, str]:
    """Let the children find these packages, installed or not, from whatever directory they run in."""
    path = os.pathsep.join(filter(None, [str(Path(bellwork.__file__).parents[1]), environment.get("PYTHONPATH")]))
    return {**environment, "PYTHONPATH": path, "PYTHONUNBUFFERED": "1"}
