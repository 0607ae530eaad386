"""Everybody is 300 ms away from PostgreSQL: slower, and nothing else."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

from tests.faults import invariants
from tests.faults.ground import PATIENCE, jobs, rows
from tests.faults.orders import ask, assert_once, is_done
from tests.faults.site import site_behind_proxies
from tests.helpers import eventually

if TYPE_CHECKING:
    from pathlib import Path

#: For how many seconds everybody is far away: more than two leases of 3.5 s.
FAR = 8.0
_REGISTERED = "SELECT count(*) FROM bellwork.workers"
_LEFT = "SELECT extract(epoch FROM expires_at - now()) FROM bellwork.workers"


def least_left_for(seconds: float) -> float:
    """Look at the leases for so long; returns how many seconds were left of the one that was nearest to its end."""
    began = time.monotonic()
    seen: list[float] = []

    def look() -> bool:
        seen.extend(float(left) for (left,) in rows(_LEFT))
        return time.monotonic() - began > seconds

    eventually(look, PATIENCE)
    return min(seen)


def test_n1_nobody_is_taken_for_dead_300_ms_away(ground: Path) -> None:
    """A job of more than two leases stays where it is, and requests are answered, a little later.

    From the moment on when the workers are registered: their siblings have not beaten yet, nor even connected.
    """
    with site_behind_proxies(ground) as site:
        eventually(lambda: rows(_REGISTERED) == [(2,)], PATIENCE)
        for way in site.ways:
            way.delay(0.3)
        for number in range(5):
            ask(f"far-request-{number}")
        left = least_left_for(FAR / 2)
        held = site.hold_everywhere("far")
        left = min(left, least_left_for(FAR))
        sys.stdout.write(f"N1 300 ms away: {left:.2f} s of a lease left at the least\n")
        for way in site.ways:
            way.heal()
        for name in held:
            site.let_go(name)
        eventually(lambda: all(jobs(name, "done") for name in held), PATIENCE)

        assert left > 0
        assert [(1, 0)] * 2 == [(job.attempt, job.crashes) for name in held for job in jobs(name)]
        eventually(lambda: is_done("far-request-%", 5), PATIENCE)
        assert_once("far-request-%", 5)
        invariants.check()
