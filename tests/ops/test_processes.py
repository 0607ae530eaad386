"""Children are started again when they end, are heard, and are stopped without losing work."""

from __future__ import annotations

import os
import signal
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from bellwork.ops import processes as module
from bellwork.ops.processes import Processes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

PATIENCE = 60.0
OBEDIENT = "import signal, sys; print('up', flush=True); signal.sigwait([signal.SIGTERM]); print('bye', flush=True)"
STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('up', flush=True); time.sleep(60)"
SIGNALS = "import signal; signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGTERM]); "


class Company:
    """Children of one test, and the lines that were heard of them."""

    def __init__(self, **scripts: str) -> None:
        self.heard: list[tuple[str, str]] = []
        commands = {name: [sys.executable, "-c", script] for name, script in scripts.items()}
        self.processes = Processes(commands, os.environ, lambda name, line: self.heard.append((name, line)))
        self.processes.start()

    def tend_until(self, fact: Callable[[], bool]) -> None:
        """Tend the children until a fact holds."""
        deadline = time.monotonic() + PATIENCE
        while not fact():
            assert time.monotonic() < deadline, self.heard
            self.processes.tend(0.02)

    def count(self, name: str, line: str) -> int:
        """Count how often a line was heard."""
        return self.heard.count((name, line))


@pytest.fixture
def company() -> Iterator[list[Company]]:
    """Stop whatever a test has started."""
    companies: list[Company] = []
    yield companies
    for each in companies:
        each.processes.stop(0)


@pytest.fixture(autouse=True)
def soon(monkeypatch: pytest.MonkeyPatch) -> None:
    """Start again at once."""
    monkeypatch.setattr(module, "SOONEST", 0.01)


def test_a_child_that_ends_is_started_again(company: list[Company]) -> None:
    """A crash is told with its exit code, and the child runs again; its neighbour never stopped."""
    ours = Company(brief="print('up'); raise SystemExit(3)", steady=SIGNALS + OBEDIENT)
    company.append(ours)
    ours.tend_until(lambda: ours.count("brief", "up") >= 3 and ours.count("steady", "up") == 1)

    assert any("exit code 3" in line for name, line in ours.heard if name == "bellwork")
    assert 0 == ours.processes.restarts["steady"]


def test_a_child_that_is_killed_is_started_again(company: list[Company]) -> None:
    """Kill -9 is told by its name."""
    ours = Company(steady=SIGNALS + OBEDIENT)
    company.append(ours)
    ours.tend_until(lambda: ours.count("steady", "up") == 1)
    os.kill(ours.processes.pids["steady"], signal.SIGKILL)
    ours.tend_until(lambda: ours.count("steady", "up") == 2)

    assert any("killed by SIGKILL" in line for _, line in ours.heard)


def test_stopping_lets_a_child_finish(company: list[Company]) -> None:
    """SIGTERM is obeyed, and its last words are heard."""
    ours = Company(steady=SIGNALS + OBEDIENT)
    company.append(ours)
    ours.tend_until(lambda: ours.count("steady", "up") == 1)
    ours.processes.stop(PATIENCE)

    assert 1 == ours.count("steady", "bye")


def test_a_child_that_will_not_stop_is_killed(company: list[Company]) -> None:
    """After the grace time nothing is left."""
    ours = Company(stubborn=STUBBORN)
    company.append(ours)
    ours.tend_until(lambda: ours.count("stubborn", "up") == 1)
    pid = ours.processes.pids["stubborn"]
    ours.processes.stop(0.1)

    assert not psutil.pid_exists(pid)
    assert any("is killed" in line for _, line in ours.heard)


def test_a_last_line_without_an_end_is_heard(company: list[Company]) -> None:
    """What a dying process wrote without a newline is not lost."""
    ours = Company(brief="import sys; sys.stdout.write('last word')")
    company.append(ours)

    ours.tend_until(lambda: ours.count("brief", "last word") >= 1)
