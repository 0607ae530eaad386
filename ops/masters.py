"""Masters of one worker process each, kept running by one process without threads: what `bellwork worker` is.

Dramatiq's master stops all of its workers when one of them is killed. With one process each, no other is stopped,
and what the killed one ran goes on elsewhere at once. Output is not touched: each master writes where this one writes.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bellwork.ops.parent import adopt_orphans, die_with, how_it_ended

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import FrameType

#: Seconds before a master that ended soon is started again; each time twice as long, up to the second number.
SOONEST, LATEST = 0.5, 30.0
#: One that lived so long (seconds) has booted and worked, and is started again at once.
GOOD_LIFE = 10.0
#: Dramatiq's exit code for what no restart mends: refused options, or work that cannot be imported.
HOPELESS = 2
#: Where no master has ever lived a good life, so many ends of each with an error are enough.
BOOTS = 3
#: Seconds between two looks at the children and at what was heard.
GLANCE = 0.1
_HEARD = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


@dataclass
class Master:
    """One master that is kept running."""

    number: int
    process: subprocess.Popen[bytes] | None = None
    started_at: float = 0.0
    due_at: float = 0.0
    delay: float = 0.0
    proven: bool = False
    failed: int = 0


@dataclass
class Masters:
    """Keeps `count` processes of one command running until it is told to stop; `run` may be called once."""

    command: Sequence[str]
    count: int
    code: int = 0
    stopping: bool = False
    _heard: list[int] = field(default_factory=list)

    def run(self) -> int:
        """Run until SIGTERM or SIGINT and the last child's end; returns the first exit code of a child that is not 0.

        Both mean SIGTERM to every master: what runs is finished first. Sent once more they are passed on once more,
        which ends at once; SIGHUP is passed on, and starts the workers anew. Children of a master that was killed
        become ours (Linux) and are waited for; should this process be killed, its masters get SIGTERM.
        """
        self.masters = [Master(number + 1) for number in range(self.count)]
        before = [signal.signal(number, self._hear) for number in _HEARD]
        adopt_orphans()
        try:
            while self._tend():
                time.sleep(GLANCE)
        finally:
            for number, handler in zip(_HEARD, before, strict=True):
                signal.signal(number, handler)
        return self.code

    def _hear(self, number: int, frame: FrameType | None) -> None:
        del frame
        self._heard.append(number)

    def _tend(self) -> bool:
        """Start what is due, pass on what was heard, note who ended; False when all is over."""
        now = time.monotonic()
        for master in self.masters:
            if master.process is None and not self.stopping and now >= master.due_at:
                self._start(master)
        while self._heard:
            number = self._heard.pop(0)
            self.stopping = self.stopping or number != signal.SIGHUP
            self._tell(signal.SIGHUP if number == signal.SIGHUP else signal.SIGTERM)
        return self._reap() or not self.stopping

    def _start(self, master: Master) -> None:
        master.started_at = time.monotonic()
        master.process = subprocess.Popen(
            list(self.command),
            stdin=subprocess.DEVNULL,
            preexec_fn=die_with(os.getpid()),  # noqa: PLW1509 - it calls the kernel and nothing else
        )

    def _tell(self, number: signal.Signals) -> None:
        for master in self.masters:
            if master.process is not None:
                master.process.send_signal(number)

    def _reap(self) -> bool:
        """Take note of every child that ended, adopted ones among them; False when none is left."""
        try:
            while ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT):
                if not self._note_end(ended.si_pid):
                    os.waitpid(ended.si_pid, 0)
        except ChildProcessError:
            return False
        return True

    def _note_end(self, pid: int) -> bool:
        """Take note of a master's end; False if the pid is not one of theirs."""
        for master in self.masters:
            if master.process is not None and master.process.pid == pid:
                code, master.process = master.process.wait(), None
                self._judge(master, code)
                return True
        return False

    def _judge(self, master: Master, code: int) -> None:
        """Decide when a master that ended is started again, if ever."""
        lived = time.monotonic() - master.started_at
        master.proven = master.proven or lived >= GOOD_LIFE
        master.failed += code != 0
        ending = f"worker {master.number} ended after {lived:.0f} s, {how_it_ended(code)}"
        if self.stopping:
            self.code = self.code or (code if code >= 0 else 128 - code)
            return
        if code > 0 and self._is_hopeless(code):
            _say(f"{ending}; so would it again")
            self.code, self.stopping = code, True
            self._tell(signal.SIGTERM)
            return
        master.delay = 0.0 if lived >= GOOD_LIFE else min(max(SOONEST, master.delay * 2), LATEST)
        master.due_at = time.monotonic() + master.delay
        _say(f"{ending}; it starts again {f'in {master.delay:g} s' if master.delay else 'at once'}")

    def _is_hopeless(self, code: int) -> bool:
        if any(master.proven for master in self.masters):
            return False
        return code == HOPELESS or all(master.failed >= BOOTS for master in self.masters)


def _say(line: str) -> None:
    sys.stderr.write(f"bellwork: {line}\n")
    sys.stderr.flush()
