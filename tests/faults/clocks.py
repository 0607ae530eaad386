"""Clocks that are wrong: a fleet's, by its Python, and a PostgreSQL's, by Debian's libfaketime."""

from __future__ import annotations

import os
from contextlib import contextmanager
from pathlib import Path
from shutil import rmtree
from tempfile import mkdtemp
from typing import TYPE_CHECKING

import pytest

from bellwork.ops import embedded
from tests.faults.own_valkey import environment
from tests.faults.processes import ROOT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.faults.processes import Kept

# A process reads this before anything else. The monotonic clock stays right, as it does where NTP is wrong.
_WRONG_CLOCK = """
from datetime import UTC, datetime, timedelta

import time_machine

time_machine.travel(datetime.now(UTC) + timedelta(seconds={seconds}), tick=True).start()
"""
_FAKE_SERVERS = """
from bellwork.ops.embedded import process

right = process.environment
process.environment = lambda: {{**right(), **{variables}}}
"""


def skew(kept: Kept, seconds: float) -> None:
    """Let a process, before it is started, and its children believe in a time that is so many seconds ahead."""
    folder = kept.folder / f"clock{seconds:+g}"
    folder.mkdir(exist_ok=True)
    (folder / "sitecustomize.py").write_text(_WRONG_CLOCK.format(seconds=seconds))
    kept.env["PYTHONPATH"] = f"{folder}{os.pathsep}{kept.env['PYTHONPATH']}"


@contextmanager
def servers_with_a_clock() -> Iterator[Callable[[int], None]]:
    """Run a stack of one's own, named by the environment; what it yields sets its clock so many seconds ahead."""
    library = next(Path("/usr/lib").glob("*/faketime/libfaketime.so.1"), None)
    if library is None:
        pytest.skip("needs Debian's package faketime, to set PostgreSQL's clock")
    # PostgreSQL may run as another user, who has to read the clock.
    place = Path(mkdtemp(prefix="bellwork-clock-"))
    place.chmod(0o755)
    clock = place / "clock"

    def set_ahead(seconds: int) -> None:
        (place / "next").write_text(f"{seconds:+d}\n")
        (place / "next").rename(clock)

    set_ahead(0)
    variables = {
        "LD_PRELOAD": str(library),
        "FAKETIME_TIMESTAMP_FILE": str(clock),
        "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        "FAKETIME_DISABLE_SHM": "1",
    }
    (place / "sitecustomize.py").write_text(_FAKE_SERVERS.format(variables=variables))
    try:
        with environment(PYTHONPATH=f"{place}{os.pathsep}{ROOT}"):
            stack = embedded.start(place / "state", durable=False)
        with stack, environment(DATABASE_URL=stack.database_url, REDIS_URL=stack.redis_url):
            yield set_ahead
    finally:
        rmtree(place)
