"""Kills the process that holds most of the held jobs, and waits until they have begun again elsewhere."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil

from tests.benchmarks import held
from tests.benchmarks.measure import GLANCE, wait_until

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.benchmarks.marks import Marks


def interrupt(marks: Marks, send: Callable[[], None], left: Callable[[], int], patience: float) -> float | None:
    """Return the seconds from SIGKILL until the last of the victim's jobs has begun again; None where patience ends."""
    marks.clear(2 * held.COUNT)
    send()
    wait_until(lambda: bool(held.begun(marks)), lambda: "not all of the jobs to be interrupted began")
    began = held.begun(marks)
    victim = Counter(pid for _, pid in began).most_common(1)[0][0]
    lost = [number for number, (_, pid) in enumerate(began) if pid == victim]
    seconds = _begun_again(marks, lost, _kill(victim), patience)
    held.let_go(marks)
    if seconds is not None:
        wait_until(lambda: left() == 0, lambda: "not all of the interrupted jobs ended")
    return seconds


def _kill(victim: int) -> float:
    killed = time.time()
    with suppress(psutil.NoSuchProcess):
        psutil.Process(victim).kill()
    return killed


def _begun_again(marks: Marks, lost: list[int], killed: float, patience: float) -> float | None:
    while time.time() < killed + patience:
        began = held.begun(marks)
        moments = [began[number][0] for number in lost if began]
        if moments and min(moments) > killed:
            return max(moments) - killed
        time.sleep(GLANCE)
    return None
