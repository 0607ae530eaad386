"""Runs programs in and beside labs, by inside.py."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from bellwork.tasks.providers.labs.bubblewrap.groups import find_groups
from bellwork.tasks.providers.labs.copied import TAR_ENDED, copied
from bellwork.tasks.providers.labs.judging import MOST_READ
from bellwork.tasks.providers.labs.protocol import LabError, LabGone, Run
from bellwork.tasks.providers.labs.surroundings import HOME, SYSTEM_PATH

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.tasks.providers.labs.bubblewrap.container import Container
    from bellwork.tasks.providers.labs.limits import Limits

_INSIDE = Path(__file__).with_name("inside.py")
_KILLED = 128 + 9


def rlimits(limits: Limits) -> dict[str, int]:
    """Return the limits of each process that stand in for the control groups which are missing here."""
    missing = find_groups().missing
    stand_in = {"memory": ("RLIMIT_AS", limits.memory), "pids": ("RLIMIT_NPROC", limits.pids)}
    return {"RLIMIT_CORE": 0, **dict(stand_in[name] for name in missing if name in stand_in)}


def order_for(container: Container, argv: list[str], **more: Any) -> dict[str, Any]:
    """Return what inside.py is told to run a program in a lab; raises LabGone."""
    first, noted = container.first(), container.noted()
    if first is None or noted is None:
        raise LabGone(f"no lab {container.id} runs on this host")
    limits, environment, uid = noted
    return {
        "pid": first.pid,
        "namespace": first.namespace,
        "uid": uid,
        "groups": [str(group) for group in find_groups().of(container.group)],
        "judge": False,
        "argv": argv,
        "environment": environment,
        "home": HOME,
        "seconds": 0.0,
        "rlimits": rlimits(limits),
        "port": 0,
        "terminal": -1,
        **more,
    }


def start(order: dict[str, Any], report: int, *fds: int, **streams: Any) -> subprocess.Popen[bytes]:
    """Start inside.py, which reports to a file descriptor and gets others; its order is in none of the host's lists."""
    with tempfile.TemporaryFile() as given:
        given.write(json.dumps({**order, "report": report}).encode())
        given.seek(0)
        argv = [sys.executable, "-I", "-S", str(_INSIDE), str(given.fileno())]
        passed = (given.fileno(), report, *fds)
        return subprocess.Popen(argv, pass_fds=passed, env={}, cwd="/", start_new_session=True, **streams)


@dataclass(frozen=True)
class _Wish:
    """A program for a judge to run, or a port to knock at."""

    argv: list[str]
    stdin: str
    seconds: float
    most: int = MOST_READ
    port: int = 0


class Beside:
    """A judge's sandbox beside a lab: judging.Sandbox. Each program has processes and a scratch folder of its own."""

    def __init__(self, container: Container, limits: Limits) -> None:
        self._container, self._limits = container, limits

    def run(self, argv: list[str], stdin: str, seconds: float) -> Run:
        """Run a program in the home for so many seconds; raises LabGone, or LabError where it cannot be started."""
        with tempfile.TemporaryFile() as taken:
            code, said = self._run(_Wish(argv, stdin, seconds), taken)
            taken.seek(0)
            return Run(code, taken.read(), said)

    def write(self, argv: list[str], path: Path, seconds: float, most: int) -> bool:
        """Run tar, whose output goes to a file; False where it failed, or wrote more than `most` bytes."""
        with path.open("wb") as taken:
            return self._run(_Wish(argv, "", seconds, most), taken)[0] in TAR_ENDED

    def answers(self, port: int, seconds: float) -> bool:
        """Say whether a port of the lab takes a connection."""
        with tempfile.TemporaryFile() as taken:
            return self._run(_Wish([], "", seconds, port=port), taken)[0] == 0

    def _run(self, wish: _Wish, taken: IO[bytes]) -> tuple[int | None, str]:
        """Run a program; its output is copied, its code returned, or None and why it was cut off."""
        with self._group() as groups, tempfile.TemporaryFile() as report, tempfile.TemporaryFile() as given:
            given.write(wish.stdin.encode("utf-8", "replace"))
            given.seek(0)
            more = {"judge": True, "groups": groups, "seconds": wish.seconds, "port": wish.port}
            order = order_for(self._container, wish.argv, **more)
            order["environment"] |= {"PATH": SYSTEM_PATH}
            process = start(order, report.fileno(), stdin=given, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
            said = copied(process, taken, wish.seconds, wish.most, process.terminate)
            report.seek(0)
            told = report.read().decode("utf-8", "replace")
        if said:
            return None, said
        if told.isdigit():
            killed = int(told) == _KILLED
            return None if killed else int(told), f"was killed: it has {self._limits.memory >> 20} MB" if killed else ""
        if self._container.first() is None:
            raise LabGone(f"lab {self._container.id} ended while it was judged")
        raise LabError(f"lab {self._container.id} could not be judged: {told or 'the judge was killed'}")

    @contextmanager
    def _group(self) -> Iterator[list[str]]:
        groups, name = find_groups(), f"{self._container.group}.judge-{secrets.token_hex(4)}"
        try:
            yield [str(group) for group in groups.make(name, self._limits)]
        finally:
            groups.end(name)
