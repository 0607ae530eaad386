"""However many sweep by a rule at once, each row goes once; whoever dies in the middle loses nothing."""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import transaction
from bellwork.db.retention import Holder, SweepLeaseLost, acquire_lease, renew_lease
from bellwork.tasks.upkeep.sweeping.run import HeldElsewhere
from tests.faults import failpoints
from tests.ops.command import bellwork
from tests.tasks.content.retention.old import (
    FEEDBACK,
    REQUESTS,
    TOKENS,
    add_requests,
    ask,
    change,
    deleted,
    parcels,
    run,
)

if TYPE_CHECKING:
    from pathlib import Path

KEY = REQUESTS.key
#: Where a run is killed, and how many rows have gone by then.
POINTS = ("retention_parcel_begun", "retention_parcel_stored", "retention_parcel_verified", "retention_batch")


@pytest.mark.parametrize("point", POINTS)
def test_a1_a_run_that_was_killed_is_gone_on_with(point: str, district: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed before and after the upload, after the check, in a batch: no row lost or taken twice, no file astray."""
    add_requests(700, 100)
    failpoints.order(district, point, "kill9")
    monkeypatch.setenv("FAILPOINTS", str(failpoints.place(district)))
    killed = bellwork("retention", "run", KEY, cwd=district)
    between = deleted()
    with pytest.raises(HeldElsewhere):
        run()
    change("UPDATE bellwork.retention SET held_until = now()")
    run()

    assert -9 == killed.returncode, killed.stderr
    assert set() == between
    assert 700 == len(deleted())
    assert [700] == ask("SELECT sum(removed) FROM bellwork.retention_parcels")
    files = list((district / "storage").rglob("*.parquet"))
    assert 1 == len(files) == len([state for state, *_ in parcels() if state == "done"])


@pytest.mark.usefixtures("district")
@pytest.mark.parametrize("rule", [REQUESTS, FEEDBACK, TOKENS], ids=lambda rule: rule.key)
def test_two_at_once_are_one(rule: object) -> None:
    """Of four that begin together one sweeps at a time; the others are told by whom, and every row goes once."""
    add_requests(600, 800)
    change(
        "INSERT INTO {content}.feedback (id, student_id, content_id, feedback_type, created_at)"
        " SELECT 'f' || n, 'user_student', 'content_1', 'rating_only', now() - interval '3 years'"
        " FROM generate_series(1, 300) n"
    )

    def one(number: int) -> int:
        try:
            return run(rule, holder=Holder(f"sweeper {number}")).rows
        except HeldElsewhere:
            return 0

    with ThreadPoolExecutor(4) as pool:
        taken = list(pool.map(one, range(4)))
    assert {REQUESTS.key: 600, FEEDBACK.key: 300, TOKENS.key: 0}[getattr(rule, "key", "")] == sum(taken)
    assert {"done"} >= {state for state, *_ in parcels()}


@pytest.mark.usefixtures("database")
def test_a_later_attempt_of_the_same_job_takes_over_at_once() -> None:
    """The attempt before is dead, or has lost its lease of the job; coming back, it can write nothing."""
    dead, rescued = Holder("job 7", 1), Holder("job 7", 2)
    with transaction() as conn:
        first = acquire_lease(conn, KEY, dead)
        other = acquire_lease(conn, KEY, Holder("job 8", 5))
        second = acquire_lease(conn, KEY, rescued)
    with transaction() as conn:
        renew_lease(conn, second)
    with (
        pytest.raises(SweepLeaseLost, match="job 7 no longer holds the rule"),
        transaction() as conn,
    ):
        renew_lease(conn, first)

    assert (None, None) == (first.seconds, second.seconds)
    assert other.seconds is not None
    assert 290 < other.seconds <= 300


def test_a_zombie_leaves_no_file_behind(district: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its hold lost while the file was on its way, it takes the file with it, which nobody would look for."""
    add_requests(3, 100)
    packing = sys.modules["bellwork.tasks.upkeep.sweeping.parcel"]
    store = packing._store

    def slow(*asked: object) -> object:
        change("UPDATE bellwork.retention SET held_by = 'somebody else'")
        return store(*asked)

    monkeypatch.setattr(packing, "_store", slow)
    with pytest.raises(SweepLeaseLost):
        run()

    assert [] == list((district / "storage").rglob("*.parquet"))
    assert set() == deleted()


@pytest.mark.usefixtures("district")
def test_a_zombie_takes_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever comes back after somebody else went on writes nothing, in the very batch in which it finds out."""
    add_requests(3, 100)
    sweeping = sys.modules["bellwork.tasks.upkeep.sweeping.parcel"]
    listed = sweeping._listed

    def slow(*asked: object) -> object:
        change("UPDATE bellwork.retention SET held_by = 'somebody else'")
        return listed(*asked)

    monkeypatch.setattr(sweeping, "_listed", slow)
    with pytest.raises(SweepLeaseLost):
        run()

    assert set() == deleted()
    assert ["somebody else"] == ask("SELECT held_by FROM bellwork.retention")
