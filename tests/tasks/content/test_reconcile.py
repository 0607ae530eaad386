"""Requests and their jobs agree after each commit of the pipeline; a job that is lost comes back as it was."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bellwork.db.content.pipelines import REQUESTS
from bellwork.db.content.queries import Generation
from bellwork.db.content.tables import RequestStatus
from bellwork.db.engine import transaction
from bellwork.db.ledger import ChangedBy
from bellwork.db.pipelines import Healing, compare, misfit, unindexed
from bellwork.tasks.content.pipeline import resume_generation, resume_request
from bellwork.tasks.content.sweeps import retry_failed
from bellwork.workers.testing import drain, enqueued, run_due, run_inline
from tests.tasks.content.lesson import AMBIGUOUS, NEWTON_TOPIC, age, ask, change, insert, read

if TYPE_CHECKING:
    from bellwork.db.pipelines import Found
    from tests.tasks.content.conftest import Studio

KNOWN = {"topic_id": NEWTON_TOPIC, "interest_id": "int_basketball"}
STATUSES = [stage.status for stage in REQUESTS.stages]
MENDED = Healing(ChangedBy("a test", "a test"), retry=False)


def now(**more: Any) -> Found:
    """Compare, with whatever is there this moment."""
    return compare(REQUESTS, age=0, **more)


def keys() -> list[tuple[Any, ...]]:
    """What says of the jobs whose they are."""
    return [(job["actor"], job["args"], job["unique_key"]) for job in enqueued()]


def test_they_agree_after_each_step(studio: Studio) -> None:
    """Of four requests: two for the same, one that is asked back, one whose film fails; and when it is tried again."""
    del studio
    for _ in range(2):
        ask(**KNOWN)
    ask(AMBIGUOUS)
    ask(topic_id="topic_phys_pendulum")
    steps = 0
    while jobs := [job["id"] for job in enqueued() if job["queue"] != "mail"]:
        assert {} == dict(now().wrong)
        change("UPDATE bellwork.jobs SET run_at = now()")
        run_due(jobs[:1])
        steps += 1

    assert steps > 8
    assert {} == dict(now().wrong)


@pytest.mark.usefixtures("school")
def test_a_job_that_is_lost_comes_back_as_the_pipeline_sends_it() -> None:
    """From each status, the same for twins; a second run makes none, and none is left over when they have moved on."""
    for status in STATUSES:
        key = KNOWN | {"style": f" {status}" if status.startswith("gen") or status == "fast_path_ready" else "plain"}
        for _ in range(2):
            request_id = insert(status=status, **key)
            if status in {"nlu_processing", "cache_check"}:
                resume_request(RequestStatus(status), request_id)
            else:
                resume_generation(RequestStatus(status), Generation(**key))
    sent = keys()
    change("DELETE FROM bellwork.jobs")
    lost = now(healing=MENDED)

    assert {"no job": 12} == dict(lost.wrong) == dict(lost.mended)
    assert sorted(map(repr, sent)) == sorted(map(repr, keys()))
    assert {} == dict(now(healing=MENDED).wrong)
    change("UPDATE {content}.content_requests SET status = 'failed'")
    assert {"idle job": len(sent)} == dict(now(healing=MENDED).mended)
    assert [] == keys()


def test_who_waits_for_no_job_is_left_alone(studio: Studio) -> None:
    """A film that was given up, a question back, a failure; and one that is taken up again has its job."""
    del studio
    given_up = ask(topic_id="topic_phys_pendulum")
    drain(later=True)
    insert(status="needs_clarification", **KNOWN)
    failure = {"failure": {"stage": "cache_check", "retryable": True}, "history": [{"status": "failed", "at": ""}]}
    failed = insert(status="failed", metadata=failure, **KNOWN)
    insert(status="generating_script")
    age(failed, 60)
    run_inline(retry_failed)
    found = now()

    assert "fast_path_ready" == read(given_up)["status"]
    assert {"no job": 1} == dict(found.wrong), "the topic of the last one was deleted: nothing could be sent"
    assert "nor what one would be given" in found.examples[0].said
    assert {} == dict(now(healing=MENDED).mended)


@pytest.mark.usefixtures("school")
def test_its_description_fits_and_an_index_serves_it() -> None:
    """In the document's own table."""
    with transaction() as conn:
        assert (None, None) == (misfit(conn, REQUESTS), unindexed(conn, REQUESTS))
