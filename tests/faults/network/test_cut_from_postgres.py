"""Workers cut off from PostgreSQL: others take over, and nobody writes twice."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.faults import invariants
from tests.faults.ground import PATIENCE, RECOVERY, effects, jobs, notes, rows
from tests.faults.site import BACK, site_behind_proxies
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.faults.site import Site

#: For how many seconds all leases have been over when the fleet comes back.
SILENCE = 3.0
LONG = [
    pytest.param(trouble, seconds, marks=[pytest.mark.soak, pytest.mark.timeout(seconds + 120)])
    for trouble in ("refuse", "black_hole", "mute")
    for seconds in (30, 120)
]
_LEFT = "SELECT extract(epoch FROM expires_at - now()) FROM bellwork.workers"


@pytest.fixture(scope="module")
def one_site(ground: Path) -> Iterator[Site]:
    """The fleet, each process with a way of its own."""
    with site_behind_proxies(ground) as site:
        yield site


@pytest.fixture
def site(one_site: Site) -> Iterator[Site]:
    """The fleet, whole, whatever the test before did to it."""
    eventually(one_site.cluster.is_up, PATIENCE)
    yield one_site
    for way in one_site.ways:
        way.heal()


@pytest.mark.parametrize(("trouble", "seconds"), [("refuse", 5), ("mute", 5), *LONG])
def test_n1_a_worker_cut_off_is_replaced_and_comes_back(trouble: str, seconds: int, site: Site) -> None:
    """Its job runs elsewhere within a few seconds and once; healed, the same process works again within 5 s.

    Refused, unanswered (its requests arrive) or unheard; half a minute and more is for soaks.
    """
    master, way = site.cluster.masters[0], site.ways[0]
    held = site.hold_on(master, f"{trouble}-{seconds}")
    getattr(way, trouble)()
    cut = time.monotonic()
    eventually(lambda: len(notes(site.folder, "start", held)) == 2, RECOVERY)
    elsewhere = time.monotonic() - cut
    site.let_go(held)
    eventually(lambda: jobs(held, "done"), PATIENCE)
    eventually(lambda: time.monotonic() - cut > seconds, seconds + 1)
    way.heal()
    back = site.await_work_of(notes(site.folder, "start", held)[0].pid, f"after-{trouble}-{seconds}")
    sys.stdout.write(f"N1 {trouble} for {seconds} s: elsewhere after {elsewhere:.2f} s, back after {back:.2f} s\n")

    assert [(2, 0)] == [(job.attempt, job.crashes) for job in jobs(held)]
    assert [held] == effects(held)
    assert [1] * 3 == [kept.starts for kept in site.cluster.kept]
    invariants.check()


def test_n3_a_fleet_that_was_silent_is_not_declared_dead(site: Site) -> None:
    """All leases ran out while nobody reached PostgreSQL: afterwards nobody rescues before everybody could beat."""
    held = site.hold_everywhere("silent")
    for way in site.ways:
        way.refuse()
    eventually(lambda: all(left < -SILENCE for (left,) in rows(_LEFT)), PATIENCE)
    for way in site.ways:
        way.heal()
    eventually(lambda: all(left > 0 for (left,) in rows(_LEFT)), BACK)
    for name in held:
        site.let_go(name)
    eventually(lambda: all(jobs(name, "done") for name in held), PATIENCE)

    assert [(1, 0)] * 2 == [(job.attempt, job.crashes) for name in held for job in jobs(name)]
    assert sorted(held) == [effect for name in held for effect in effects(name)]
    assert 2 == len(rows(_LEFT))
    invariants.check()
