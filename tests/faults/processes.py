"""Real workers as a service manager keeps them: started, started again when they end, all gone at the end."""

from __future__ import annotations

import os
import resource
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Self, TypeAlias

from tests.faults import failpoints, preloaded
from tests.faults.ground import rows
from tests.faults.kin import runs
from tests.helpers import eventually

if TYPE_CHECKING:
    from types import TracebackType

    Process: TypeAlias = subprocess.Popen[bytes] | preloaded.Forked

ROOT = Path(__file__).parents[2]
_BOOT = 60.0
_GLANCE = 0.05


@dataclass
class Kept:
    """A process that is started again when it ends, unless it was told to."""

    command: list[str]
    folder: Path
    env: dict[str, str]
    log: Path
    starts: int = 0
    logged: int = 0
    wanted: bool = True
    process: Process = field(init=False)

    def start(self) -> None:
        """Start it, in a process group of its own, so that nothing of it can be left behind."""
        self.starts += 1
        with self.log.open("ab") as log:
            self.logged = log.tell()
            if preloaded.fits(self.command, self.env):
                self.process = preloaded.start(self.command, self.folder, self.env, log.fileno())
            else:
                self.process = subprocess.Popen(
                    self.command, cwd=self.folder, env=self.env, stdout=log, stderr=log, start_new_session=True
                )

    def heart_is_up(self) -> bool:
        """Tell whether the heartbeat of this start works, which is the last of a master's processes to come."""
        return "workers.heartbeat:run' is ready" in self.said()

    def said(self) -> str:
        """Return what was logged since the last start; a master that was told to starts anew by itself."""
        since = self.log.read_bytes()[self.logged :].decode(errors="replace")
        return since.rpartition("is booting up")[2]

    def stop(self, seconds: float = 30) -> int:
        """Stop it politely and for good; returns its exit code."""
        self.wanted = False
        self.process.terminate()
        return self.process.wait(seconds)

    def destroy(self) -> None:
        """Kill whatever is left of it."""
        self.wanted = False
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()


#: Each cluster logs into files of its own: two that share a folder must not read what the other one said.
_numbers = count()


class Cluster:
    """A few `dramatiq bellwork.workers.main` and perhaps a scheduler, for the length of a `with` block.

    `modules` and `systems` say what work there is; `settings` are environment variables; `options` go to the command
    line of dramatiq. Every process obeys what is ordered with tests.faults.failpoints.order(folder, ...). `package` is
    what stands before the floors' names.
    """

    alive: ClassVar[list[Cluster]] = []

    def __init__(  # noqa: PLR0913 - a test names what it needs, and nothing else
        self,
        folder: Path,
        *,
        package: str = "bellwork.",
        modules: str = "tests.faults.actors",
        systems: str = "none",
        masters: int = 2,
        processes: int = 2,
        threads: int = 4,
        scheduler: bool = False,
        options: tuple[str, ...] = (),
        settings: dict[str, str] | None = None,
    ) -> None:
        size = ["--processes", str(processes), "--threads", str(threads), *options]
        worker = [sys.executable, "-m", "dramatiq", f"{package}workers.main", *size]
        commands = [worker] * masters + [[sys.executable, "-m", f"{package}scheduler"]] * scheduler
        places = {"PYTHONPATH": str(ROOT), "FAULTS": str(folder), "FAILPOINTS": str(failpoints.place(folder))}
        given = {**places, "SYSTEMS": systems, "WORK_MODULES": modules, **(settings or {})}
        self.kept = [
            Kept(command, folder, {**os.environ, **given}, folder / f"log-{next(_numbers)}-{number}")
            for number, command in enumerate(commands)
        ]
        self.masters = self.kept[:masters]
        self.expected = masters * processes
        self._leaving = threading.Event()
        self._tender = threading.Thread(target=self._tend, daemon=True)

    def __enter__(self) -> Self:
        # A process that is made to crash must not write its memory to the disk.
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
        self.alive.append(self)
        for each in self.kept:
            each.start()
        self._tender.start()
        try:
            eventually(self.is_up, _BOOT)
            eventually(self._schedulers_run, _BOOT)
        except BaseException:
            sys.stdout.write(self.logs())
            self.__exit__(None, None, None)
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leaving.set()
        self._tender.join()
        for each in self.kept:
            each.destroy()
        self.alive.remove(self)

    def is_up(self) -> bool:
        """Tell whether every worker process is registered, and none of them a dead one that nobody missed yet."""
        pids = [each.process.pid for each in self.masters]
        found = rows("SELECT pid FROM bellwork.workers WHERE master_pid = ANY(:pids)", pids=pids)
        return [runs(worker.pid) for worker in found] == [True] * self.expected

    def is_whole(self) -> bool:
        """Tell whether every worker process is registered, and a heartbeat stands beside it."""
        return self.is_up() and all(each.heart_is_up() for each in self.masters)

    def _schedulers_run(self) -> bool:
        return all("scheduler runs" in each.log.read_text() for each in self.kept[len(self.masters) :])

    def logs(self) -> str:
        """Return the end of every log."""
        return "\n".join(f"--- {each.log.name}\n{each.log.read_text()[-6000:]}" for each in self.kept if each.starts)

    def _tend(self) -> None:
        while not self._leaving.wait(_GLANCE):
            for each in self.kept:
                if each.wanted and each.process.poll() is not None:
                    each.start()
