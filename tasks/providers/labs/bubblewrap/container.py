"""One lab on this host: its folder, its pid 1, and its end."""

from __future__ import annotations

import json
import os
import select
import shutil
import signal
import time
import zlib
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from bellwork.tasks.providers.labs.bubblewrap.sandbox import is_ready
from bellwork.tasks.providers.labs.limits import Limits

if TYPE_CHECKING:
    from collections.abc import Iterator

_PATIENCE = 5.0


@dataclass(frozen=True)
class First:
    """Pid 1 of a lab as this host knows it, and the number of its pid namespace."""

    pid: int
    namespace: int


class Container:
    """The folder of a lab, which holds what its maker noted before and bwrap while it was made.

    order   the lab's limits and variables, and its user id on this host
    info    bwrap's own word on pid 1 and its namespaces, written by bwrap itself, whoever of us may be dead by then
    started when pid 1 began, in ticks since the boot: with it a process that has got its number is told apart for ever
    """

    def __init__(self, folder: Path) -> None:
        self.folder, self.id = folder, folder.name
        #: The name of its control groups: two places on one machine have groups of their own.
        self.group = f"{zlib.crc32(bytes(folder.parent)):08x}-{self.id}"

    def note(self, limits: Limits, environment: dict[str, str], uid: int) -> None:
        """Write down what is about to be made."""
        (self.folder / "order").write_text(json.dumps({"limits": vars(limits), "environment": environment, "uid": uid}))

    def noted(self) -> tuple[Limits, dict[str, str], int] | None:
        """Return the limits, the variables and the user id; None where nothing was written."""
        try:
            order = json.loads((self.folder / "order").read_text())
        except (OSError, ValueError):
            return None
        return Limits(**order["limits"]), order["environment"], order["uid"]

    def first(self) -> First | None:
        """Return pid 1 where it lives; None where the lab was not begun or is dead."""
        with self._handle() as (first, _):
            return first

    def is_ready(self) -> bool:
        """Say whether pid 1 lives and has set the lab up."""
        first = self.first()
        try:
            return first is not None and is_ready(Path(f"/proc/{first.pid}/cmdline").read_bytes())
        except OSError:
            return False

    def trouble(self) -> str:
        """Return what was said while the lab was begun, where it came to nothing."""
        try:
            return (self.folder / "said").read_text("utf-8", "replace").strip()[-300:]
        except OSError:
            return ""

    def was_begun(self) -> bool:
        """Say whether there was a pid 1."""
        return self._told() is not None

    def kill(self) -> bool:
        """Kill pid 1, and with it every process of its namespace; False where it would not die in 5 s."""
        with self._handle() as (first, handle):
            if first is None:
                return True
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(handle, signal.SIGKILL)
            ready, _, _ = select.select([handle], [], [], _PATIENCE)
            return bool(ready)

    def forget(self) -> None:
        """Remove the folder: the last trace of the lab."""
        shutil.rmtree(self.folder, ignore_errors=True)

    @property
    def age(self) -> float:
        """Return for how many seconds the folder has been there."""
        try:
            return max(0.0, time.time() - self.folder.stat().st_ctime)
        except FileNotFoundError:
            return 0.0

    @contextmanager
    def _handle(self) -> Iterator[tuple[First | None, int]]:
        """Hold on to pid 1, so that its number cannot become another's meanwhile; None where it is not there."""
        first = self._told()
        try:
            handle = os.pidfd_open(first.pid) if first else -1
        except OSError:
            handle = -1
        if first is None or handle < 0:
            yield None, -1
            return
        try:
            yield (first if self._is_ours(first) else None), handle
        finally:
            os.close(handle)

    def _told(self) -> First | None:
        """Return what bwrap has said of pid 1; None where it has not, or not to the end."""
        try:
            told = json.loads((self.folder / "info").read_text())
            return First(told["child-pid"], told["pid-namespace"])
        except (OSError, ValueError, KeyError):
            return None

    def _is_ours(self, first: First) -> bool:
        started = self.folder / "started"
        try:
            if Path(f"/proc/{first.pid}/ns/pid").stat().st_ino != first.namespace:
                return False
            ticks = Path(f"/proc/{first.pid}/stat").read_text().rpartition(")")[2].split()[19]
            if not started.exists():
                started.write_text(ticks)
            return started.read_text() in {ticks, ""}
        except OSError:
            return False
