"""Two releases side by side: what only the next one knows waits, what an older one sent runs, and nothing gets lost."""

from __future__ import annotations

import json
import sys
import time
from typing import TYPE_CHECKING, Any

from bellwork.db import ledger
from bellwork.db.engine import transaction
from tests.faults import actors, invariants, newcomer
from tests.faults.ground import PATIENCE, effects, jobs, rows
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from pathlib import Path

CROWD = 1_000
_ENQUEUE = "SELECT bellwork.enqueue(:actor, CAST(:args AS jsonb), queue => :queue)"
_CANCEL = "SELECT bellwork.cancel(:id, 'nobody will ever know it again')"
_WAITING = "SELECT id FROM bellwork.jobs WHERE args ->> 'name' = :name"
OLD, NEW = "tests.faults.actors,tests.faults.painting", "tests.faults.newcomer,tests.faults.painting_next"


def test_q1_jobs_of_the_next_release_wait_for_it(ground: Path) -> None:
    """A thousand urgent ones hold up nobody; uncounted, named for the operator, they run when their worker comes."""
    with Cluster(ground, masters=1, processes=1, modules=OLD, scheduler=True):
        _enqueue("faults.newcomer", name="by-name")
        with transaction():
            for number in range(CROWD):
                newcomer.newcomer.send_with_options(kwargs={"name": f"new-{number}"}, priority=-10)
        began = time.monotonic()
        for number in range(20):
            actors.nap.send(name=f"old-{number}")
        eventually(lambda: len(jobs("old-%", "done")) == 20, PATIENCE)
        sys.stdout.write(f"20 jobs past {CROWD} unknown ones: {time.monotonic() - began:.2f} s\n")
        waiting = jobs("new-%") + jobs("by-name")
        assert [("available", 0)] * (CROWD + 1) == [(job.state, job.attempt) for job in waiting]
        # A worker of another test that was killed counts until its lease has run out.
        eventually(lambda: _unknown("faults.newcomer") == CROWD + 1, PATIENCE)

        began = time.monotonic()
        with Cluster(ground, masters=1, processes=1, modules=NEW, threads=8):
            eventually(lambda: jobs("by-name", "done") and len(jobs("new-%", "done")) == CROWD, 2 * PATIENCE)
        sys.stdout.write(f"all done {time.monotonic() - began:.2f} s after the new worker was started\n")
    assert {(0, 0)} == {(job.retries, job.crashes) for job in jobs("new-%") + jobs("by-name")}
    assert CROWD + 1 == len(effects("new-%") + effects("by-name"))
    invariants.check()


def test_q2_a_kind_that_was_removed_waits_until_somebody_decides(ground: Path) -> None:
    """Known yesterday, unknown today: not dead, not deleted, named for the operator, who cancels or renames it."""
    with Cluster(ground, masters=1, processes=1, modules=NEW):
        _enqueue("faults.newcomer", name="while-known")
        eventually(lambda: jobs("while-known", "done"), PATIENCE)
    for name in ("given-up", "kept"):
        _enqueue("faults.newcomer", name=name)
    with Cluster(ground, masters=1, processes=1, modules=OLD, scheduler=True):
        actors.nap.send(name="after-removal")
        eventually(lambda: jobs("after-removal", "done"), PATIENCE)
        eventually(lambda: _unknown("faults.newcomer") == 2, PATIENCE)
        [(given_up,)] = rows(_WAITING, name="given-up")
        rows(_CANCEL, id=given_up)
        assert [("cancelled", 0)] == [(job.state, job.attempt) for job in jobs("given-up")]
        assert [("available", 0)] == [(job.state, job.attempt) for job in jobs("kept")]

        with transaction() as conn:
            assert 1 == len(ledger.rename(conn, "faults.newcomer", actors.nap.actor_name, "the test", 100))
        eventually(lambda: jobs("kept", "done"), PATIENCE)
    assert [("done", 1)] == [(job.state, job.attempt) for job in jobs("kept")]
    invariants.check()


def test_q3_arguments_of_other_releases_run_or_say_why_not(ground: Path) -> None:
    """Fewer than today's are filled up; those of the next release and garbage are dead at once, and can be put back."""
    with Cluster(ground, masters=1, processes=1, modules=OLD):
        began = time.monotonic()
        _enqueue("faults.paint", name="older")
        _enqueue("faults.paint", name="newer", colour="red")
        _enqueue("faults.paint", name="garbage", coats=1, **{"": None})
        eventually(lambda: jobs("older", "done") and jobs("newer", "dead") and jobs("garbage", "dead"), PATIENCE)
        sys.stdout.write(f"judged after {time.monotonic() - began:.2f} s\n")
    [newer], [garbage] = jobs("newer"), jobs("garbage")
    assert "do not fit faults.paint: got an unexpected keyword argument 'colour'" in newer.reason
    assert "do not fit faults.paint" in garbage.reason
    assert (0, 0) == (newer.retries, garbage.retries)
    assert ["older:1"] == effects("older:%")

    with Cluster(ground, masters=1, processes=1, modules=NEW):
        _put_back("newer")
        eventually(lambda: jobs("newer", "done"), PATIENCE)
    assert ["newer:1:red"] == effects("newer:%")
    invariants.check()


def _enqueue(actor: str, **args: Any) -> None:
    """Enqueue by SQL, as an API of whatever release does; a kind that nobody knows yet has no queue of its own."""
    rows(_ENQUEUE, actor=actor, args=json.dumps(args), queue=None)


def _unknown(actor: str) -> int:
    """Count, in whatever queues, the jobs that an operator is told of."""
    with transaction() as conn:
        return sum(row["waiting"] for row in ledger.unknown_actors(conn) if row["actor"] == actor)


def _put_back(name: str) -> None:
    dead = rows("SELECT id FROM bellwork.finished_jobs WHERE args ->> 'name' = :name", name=name)
    with transaction() as conn:
        ledger.retry_finished(conn, [row.id for row in dead])
