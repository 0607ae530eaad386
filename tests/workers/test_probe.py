"""A quarantined actor whose jobs are harmless works again by itself, in both lanes."""

from __future__ import annotations

import dramatiq
import pytest

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from bellwork.workers import broker
from tests.helpers import eventually
from tests.workers import look
from tests.workers.process import losing_an_answer, working

_QUARANTINE = """
INSERT INTO bellwork.crashes (actor, job_id, at) SELECT actor, id, now() - interval '20 seconds' FROM bellwork.jobs
"""


@dramatiq.actor(actor_name="t.probed", queue_name="t-probed")
def probed() -> None:
    """Do nothing."""


@dramatiq.actor(actor_name="t.probed_short", queue_name="t-probed-short", lane="short")
def probed_short() -> None:
    """Do nothing."""


@pytest.mark.parametrize("actor", [probed, probed_short])
def test_after_a_job_that_harmed_nobody_the_others_run(
    actor: dramatiq.Actor[[], None], redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Three jobs wait for a quarantined actor: one is tried, then the quarantine is over, and all are done."""
    del redis_url
    with transaction() as conn:
        ledger.enqueue(conn, [NewJob(actor.actor_name, queue=actor.queue_name)] * 3)
    look.execute(_QUARANTINE)
    monkeypatch.setattr(broker, "quarantined", {actor.actor_name})
    with working(actor.queue_name):
        eventually(lambda: ["done"] * 3 == look.states(), 20)

    with transaction() as conn:
        assert [] == ledger.quarantined(conn)
    assert {1} == {job["attempt"] for job in look.jobs()}


def test_a_probe_of_which_nobody_heard_is_handed_back(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its claim was committed, the answer was lost: the job does not stay running, nor the actor without a probe."""
    del redis_url
    with transaction() as conn:
        ledger.enqueue(conn, [NewJob("t.probed", queue="t-probed")] * 3)
    look.execute(_QUARANTINE)
    monkeypatch.setattr(broker, "quarantined", {"t.probed"})
    with losing_an_answer() as lost, working("t-probed"):
        eventually(lambda: lost and "running" not in look.states(), 20)
