"""A message keeps its id on its way through the ledger, and its sender learns which job it is."""

from __future__ import annotations

import dramatiq
import pytest
from dramatiq.middleware import CurrentMessage
from dramatiq.results import Results
from dramatiq.results.backends import StubBackend

from bellwork.db.engine import transaction
from bellwork.workers import broker
from bellwork.workers.testing import drain
from tests.workers import look
from tests.workers.process import working

ids: list[str] = []


@dramatiq.actor(actor_name="t.has_id", queue_name="t.has_id")
def have_id(x: int = 0) -> int:
    """Note which message this is, and return something."""
    message = CurrentMessage.get_current_message()
    ids.append(message.message_id if message else "")
    return x + 1


@dramatiq.actor(actor_name="t.has_id_short", queue_name="t.has_id_short", lane="short", max_retries=0)
def have_id_short(x: int = 0) -> int:
    """Return something, or fail."""
    return 10 // x


def test_the_worker_sees_the_senders_message_id(database: str) -> None:
    """Also after a retry; what SQL has enqueued is named by the job's id."""
    del database
    ids.clear()
    message = have_id.send()
    look.execute("SELECT bellwork.enqueue('t.has_id', '{}', 't.has_id')")
    drain("t.has_id")

    [first, second] = look.jobs("t.has_id")
    assert [message.message_id, str(second["id"])] == ids
    assert first["id"] == message.options["job_id"]


def test_the_sender_learns_the_job_and_whether_it_is_new(database: str) -> None:
    """job_id is told at the commit: the job's id, or None where an unfinished job has the key."""
    del database
    with transaction():
        sent = [
            have_id.send(1),
            have_id.send_with_options(args=(2,), unique_key="k"),
            have_id.send_with_options(args=(3,), unique_key="k"),
            have_id.send(4),
        ]
        before = [message.options.get("job_id") for message in sent]
    later = have_id.send_with_options(unique_key="k")

    by_argument = {job["args"].get("x"): job["id"] for job in look.jobs("t.has_id")}
    assert [None] * 4 == before
    assert [by_argument[1], by_argument[2], None, by_argument[4]] == [message.options["job_id"] for message in sent]
    assert (True, None) == ("job_id" in later.options, later.options["job_id"])


def test_results_are_found_by_the_senders_message(database: str) -> None:
    """Dramatiq's Results stores where get_result looks: successes and failures, in both lanes."""
    del database
    results = Results(backend=StubBackend(), store_results=True)
    broker.add_middleware(results)
    try:
        sent = [have_id.send(1), have_id_short.send(5), have_id_short.send(0)]
        drain("t.has_id", "t.has_id_short")
        found = []
        for message in sent:
            try:
                found.append(message.get_result(backend=results.backend))
            except dramatiq.results.ResultFailure as failure:
                found.append(failure.orig_exc_type)
    finally:
        broker.middleware.remove(results)

    assert [2, 2, "ZeroDivisionError"] == found


def test_who_waits_for_the_result_of_a_job_that_is_buried_unrun_is_told(database: str) -> None:
    """A job whose process died too often fails for Results as well, with the reason that the ledger has."""
    del database
    results = Results(backend=StubBackend(), store_results=True)
    broker.add_middleware(results)
    try:
        message = have_id.send(1)
        look.execute("UPDATE bellwork.jobs SET crashes = 50")
        with working("t.has_id"), pytest.raises(dramatiq.results.ResultFailure, match="died 50 times"):
            message.get_result(backend=results.backend, block=True, timeout=20_000)
    finally:
        broker.middleware.remove(results)
