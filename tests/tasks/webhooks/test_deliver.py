"""An event goes to every endpoint that wants it, once it is committed, signed, and as often as its receiver fails."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import DBAPIError
from standardwebhooks.webhooks import Webhook, WebhookVerificationError

from bellwork.db.engine import transaction
from bellwork.db.ledger import ChangedBy
from bellwork.db.webhooks import Due, acts, emit
from bellwork.db.webhooks.endpoints import new_secret
from bellwork.tasks.courses.deliver_webhook import deliver_webhook
from bellwork.tasks.webhooks import verdict
from bellwork.workers.testing import drain, enqueued, run_inline
from tests.tasks.webhooks.conftest import HOUR
from tests.tasks.webhooks.told import DONE, added, deliveries, do, endpoint_row, one, told

if TYPE_CHECKING:
    from typing import Any

    from tests.tasks.webhooks.receiver import Receiver

WHO = ChangedBy("ann", "she said so")


def test_an_event_is_told_to_each_endpoint_that_wants_it(receiver: Receiver) -> None:
    """It is signed as Standard Webhooks says: its own library reads it, and refuses it by another endpoint's secret."""
    one_, first = added(receiver.url("/all"))
    two, second = added(receiver.url("/done"), DONE)
    added(receiver.url("/other"), "course.published")
    assert told(enrollment_id=7, course_id="c_1") == 2
    drain()
    calls = {call.path: call for call in receiver.calls}

    assert {"/all", "/done"} == set(calls)
    said = calls["/all"].verified(first)
    assert {"type", "timestamp", "data"} == set(said)
    assert (DONE, {"enrollment_id": 7, "course_id": "c_1"}) == (said["type"], said["data"])
    assert calls["/all"].event == calls["/done"].event
    with pytest.raises(WebhookVerificationError):
        calls["/all"].verified(second)
    assert [("delivered", 1, 204)] * 2 == [(d["state"], d["tries"], d["status"]) for d in deliveries()]
    assert {one_, two} == {d["endpoint"] for d in deliveries()}
    assert not enqueued()


def test_what_is_rolled_back_is_never_told(receiver: Receiver) -> None:
    """Neither delivery nor job is there."""
    added(receiver.url())

    def fail() -> None:
        with transaction() as conn:
            emit(conn, DONE, {"enrollment_id": 7})
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    drain()

    assert ([], [], []) == (receiver.calls, deliveries(), enqueued())


def test_each_delivery_has_a_job_that_is_committed_with_it(receiver: Receiver) -> None:
    """One for an event and an endpoint, on the queue `webhooks`; a disabled endpoint's delivery waits without one."""
    one_, _ = added(receiver.url())
    two, _ = added(receiver.url("/two"))
    with transaction() as conn:
        acts.disable(conn, two, WHO)
    told()
    [first, second] = deliveries()

    assert [({"delivery_id": first["id"]}, "webhooks")] == [(job["args"], job["queue"]) for job in enqueued()]
    assert (one_, two) == (first["endpoint"], second["endpoint"])


def test_an_event_with_a_key_is_told_once(receiver: Receiver) -> None:
    """Emitted again, of the same type and key, it is no new one; of another type it is."""
    added(receiver.url())
    counts = [told(key="7"), told(key="7"), told("enrollment.created", key="7"), told(), told()]
    drain()

    assert [1, 0, 1, 1, 1] == counts
    assert len(set(receiver.events())) == len(receiver.events()) == 4


@pytest.mark.parametrize(
    ("event_type", "ids", "words"),
    [
        ("Course Published", {"course_id": 1}, "small letters with dots"),
        ("published", {"course_id": 1}, "small letters with dots"),
        (DONE, {"user_id": 1}, "not of persons"),
        (DONE, {"learner_id": "u1"}, "not of persons"),
        (DONE, {"email": "ada@school.example"}, "not of persons"),
        (DONE, {"course_id": "ada@school.example"}, "not of persons"),
        (DONE, {"course_id": "Ada Byron"}, "not of persons"),
        (DONE, {"course_id": None}, "not of persons"),
        (DONE, {"course_id": True}, "not of persons"),
    ],
)
@pytest.mark.usefixtures("database")
def test_what_names_a_person_is_refused(event_type: str, ids: dict[str, Any], words: str) -> None:
    """Ids of things and types are told, and the refusal says so; nothing is written."""
    added("https://receiver.example/")
    with pytest.raises(DBAPIError, match=re.escape(words)), transaction() as conn:
        emit(conn, event_type, ids)

    assert not deliveries()


def test_the_schedule_is_that_of_standard_webhooks() -> None:
    """After 0 s, 5 s, 5 min, 30 min, 2 h, 5 h and twice 10 h; after the eighth failure the delivery is given up."""
    due = Due(1, 1, "msg_1", DONE, {}, datetime.now(UTC), 0, "https://receiver.example/", ())
    waits = [verdict.failed(replace(due, tries=tries), "it failed").wait for tries in range(8)]

    assert [5, 300, 1_800, 7_200, 18_000, 36_000, 36_000, None] == waits


def test_a_receiver_that_fails_is_called_eight_times(receiver: Receiver) -> None:
    """Each time by a job at that time, under the same id; then the delivery has failed."""
    endpoint, secret = added(receiver.url())
    receiver.order(500)
    told()
    waits = []
    for made in range(1, 9):
        drain("webhooks")
        [row] = deliveries()
        assert made == row["tries"] == len(receiver.calls)
        if row["state"] == "pending":
            waits.append((row["next_at"] - row["tried_at"]).total_seconds())
            [job] = enqueued("webhooks.deliver")
            assert (job["run_at"], "scheduled") == (row["next_at"], job["state"])
            do("UPDATE bellwork.webhook_deliveries SET next_at = now()")
            do("UPDATE bellwork.jobs SET run_at = now()")

    assert [HOUR] * 7 == waits
    assert ("failed", 500, "answered 500") == (row["state"], row["status"], row["said"])
    assert len(set(receiver.events())) == 1
    assert all(call.verified(secret) for call in receiver.calls)
    assert ("active", True) == (endpoint_row(endpoint)["state"], endpoint_row(endpoint)["failing_since"] is not None)
    assert not enqueued()


def test_a_success_ends_what_failed(receiver: Receiver) -> None:
    """The endpoint is not failing any more, and nothing is called again."""
    endpoint, _ = added(receiver.url())
    receiver.order(500, "cut", 200)
    told()
    for _ in range(3):
        drain("webhooks")
        do("UPDATE bellwork.webhook_deliveries SET next_at = now() WHERE state = 'pending'")
        do("UPDATE bellwork.jobs SET run_at = now()")

    assert [("delivered", 3, 200)] == [(d["state"], d["tries"], d["status"]) for d in deliveries()]
    assert endpoint_row(endpoint)["failing_since"] is None
    assert not enqueued()


@pytest.mark.parametrize(("asked", "seconds"), [("7200", 7_200), ("999999999", 86_400), ("1", 3_600)])
def test_a_receiver_that_asks_for_patience_gets_it(receiver: Receiver, asked: str, seconds: int) -> None:
    """Retry-After holds for the whole endpoint, a day at most; the schedule's pause is the shortest."""
    endpoint, _ = added(receiver.url())
    receiver.order(f"429 retry-after: {asked}")
    told(key="1")
    drain("webhooks")
    told(key="2")
    drain("webhooks")
    [first, second] = deliveries()

    assert seconds == (first["next_at"] - first["tried_at"]).total_seconds()
    assert (1, 0) == (first["tries"], second["tries"]) if asked != "1" else True
    assert endpoint_row(endpoint)["not_before"] is not None


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_a_failure_and_is_not_followed(receiver: Receiver, status: int) -> None:
    """Nothing is asked of the address that the receiver names, and the delivery says what to do."""
    added(receiver.url())
    receiver.order(f"{status} location: {receiver.url('/secret')}")
    told()
    drain("webhooks")
    [row] = deliveries()

    assert ["/hook"] == [call.path for call in receiver.calls]
    assert ("pending", status) == (row["state"], row["status"])
    assert "not followed" in row["said"]


def test_a_receiver_that_is_gone_is_told_nothing_more(receiver: Receiver) -> None:
    """410 disables the endpoint at once; what it would be told waits, and goes out when it is enabled."""
    endpoint, _ = added(receiver.url())
    receiver.order(410, 200)
    told(key="1")
    drain("webhooks")
    told(key="2")
    drain("webhooks")
    row = endpoint_row(endpoint)

    assert ("disabled", "it answered 410 (gone)") == (row["state"], row["why"])
    assert ["pending", "pending"] == [d["state"] for d in deliveries()]
    assert len(receiver.calls) == 1
    with transaction() as conn:
        assert acts.enable(conn, endpoint, WHO) == "disabled"
    drain("webhooks")
    assert ["delivered", "delivered"] == [d["state"] for d in deliveries()]
    assert len(receiver.calls) == 3


def test_five_days_of_failure_disable_an_endpoint_and_are_told(receiver: Receiver) -> None:
    """A notice and a letter say so, once; four days do not. A success in between begins anew."""
    endpoint, _ = added(receiver.url("/hook?token=s3cret"), mail="ops@receiver.example")
    receiver.order(500, path="/hook?token=s3cret")
    states = []
    for days in (4, 6):
        do("UPDATE bellwork.webhook_endpoints SET failing_since = now() - make_interval(days => :days)", days=days)
        told(key=str(days))
        drain("webhooks")
        states.append(endpoint_row(endpoint)["state"])
    letter = one("SELECT recipient, subject, body FROM bellwork.letters")
    notice = one("SELECT recipient, kind, body FROM bellwork.notices")

    assert ["active", "disabled"] == states
    assert "it failed for 5 days; the last answer: answered 500" == endpoint_row(endpoint)["why"]
    assert ("ops@receiver.example", f"Webhook endpoint {endpoint} is disabled") == (
        letter["recipient"],
        letter["subject"],
    )
    assert ("operators", "webhooks.disabled", endpoint) == (
        notice["recipient"],
        notice["kind"],
        notice["body"]["endpoint"],
    )
    assert "s3cret" not in f"{letter}{notice}"
    assert ["pending", "pending"] == [d["state"] for d in deliveries()]


def test_two_secrets_sign_while_one_takes_the_others_place(receiver: Receiver) -> None:
    """The old one signs until its time is over; a second rotation ends it at once."""
    endpoint, old = added(receiver.url())
    new, newest = new_secret(), new_secret()
    with transaction() as conn:
        assert acts.rotate(conn, endpoint, new, 3600, WHO)
    told(key="1")
    drain("webhooks")
    do("UPDATE bellwork.webhook_secrets SET until = now() WHERE until IS NOT NULL")
    told(key="2")
    drain("webhooks")
    with transaction() as conn:
        acts.rotate(conn, endpoint, newest, 3600, WHO)
    told(key="3")
    drain("webhooks")
    who_signed = [
        "".join(name for name, secret in (("o", old), ("n", new), ("x", newest)) if _signed(call, secret))
        for call in receiver.calls
    ]

    assert ["on", "n", "nx"] == who_signed


def _signed(call: Any, secret: str) -> bool:
    try:
        Webhook(secret).verify(call.body, call.headers)
    except WebhookVerificationError:
        return False
    return True


def test_replay_tells_again_what_failed_or_was_told(receiver: Receiver) -> None:
    """Failed ones unless told otherwise; the receiver knows them by the ids of their events."""
    endpoint, _ = added(receiver.url())
    told(key="1")
    told(key="2")
    drain("webhooks")
    [failed, sent] = [d["id"] for d in deliveries()]
    do("UPDATE bellwork.webhook_deliveries SET state = 'failed' WHERE id = :id", id=failed)
    with transaction() as conn:
        assert [failed] == acts.replay(conn, endpoint, WHO, ("failed",), (), 100)
        assert [sent] == acts.replay(conn, endpoint, WHO, (), (sent,), 100)
        assert acts.replay(conn, endpoint + 1, WHO, ("failed",), (), 100) is None
    drain("webhooks")
    events = receiver.events()

    assert (4, 2) == (len(events), len(set(events)))
    assert ["delivered"] * 2 == [d["state"] for d in deliveries()]


def test_a_delivery_is_made_by_the_courses_name_too(receiver: Receiver) -> None:
    """`courses.deliver_webhook`, thrice: the receiver is told once, as by the actor that all systems have."""
    _, secret = added(receiver.url("/all"))
    told()
    do("DELETE FROM bellwork.jobs")
    for _ in range(3):
        assert run_inline(deliver_webhook, delivery_id=deliveries()[0]["id"])["state"] == "done"
    drain()

    assert [DONE] == [call.verified(secret)["type"] for call in receiver.calls]
