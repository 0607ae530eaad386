"""A database of the release before: what was sent stays sent, and what waits is sent once, whoever does it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bellwork.db import migrate
from bellwork.tasks.content.old_names import notify_ready
from bellwork.workers.testing import drain, enqueued, run_inline
from tests.tasks.content.lesson import NEWTON_TOPIC, change, insert, read
from tests.tasks.mail.waiting import Postman, sent_later, states, watched

if TYPE_CHECKING:
    from pathlib import Path

#: How a notice of the release before stands, and what has to become of it.
BEFORE = {"sent": "sent", "unknown": "unknown", "refused": "refused", "sending": "unknown", None: "sent"}


@pytest.fixture
def postman(school: Path, monkeypatch: pytest.MonkeyPatch) -> Postman:
    """A school of the release before, and a postman that is watched."""
    del school
    migrate.downgrade("0001", "content")
    return watched(monkeypatch)


def asked(state: str | None) -> str:
    """Insert a request whose notice stands so; its job waits, as one that was put back does."""
    metadata = {"notices": {"fast": state}} if state else {}
    return insert(status="fast_path_ready", topic_id=NEWTON_TOPIC, interest_id="int_basketball", metadata=metadata)


def test_nothing_is_sent_twice_across_the_upgrade(postman: Postman) -> None:
    """However its notice stood, and though its job runs again: one letter, for the one who had none yet."""
    requests = {state: asked(state) for state in BEFORE}
    migrate.upgrade()
    for request_id in requests.values():
        for _ in range(2):
            run_inline(notify_ready, request_id=request_id, kind="fast")
            drain()
    sent_later()

    assert [f"content:{requests[None]}:fast"] == [letter.key for letter in postman.letters]
    assert BEFORE == {state: read(request_id)["metadata"]["notices"]["fast"] for state, request_id in requests.items()}


def test_what_stands_is_carried_over(postman: Postman) -> None:
    """Each notice and each letter about a contract is a letter of the ledger, settled, with its key."""
    requests = {state: asked(state) for state in BEFORE}
    change(
        "INSERT INTO bellwork.contract_notices (organization_id, contract_end, step, recipient_id, state) VALUES"
        " ('org_mnps', '2027-06-30', 'ends_in_7_days', 'head', 'sent'),"
        " ('org_mnps', '2027-06-30', 'ends_in_3_days', 'head', 'waiting')"
    )
    migrate.upgrade()
    carried = {f"content:{requests[state]}:fast": state for state in ("sent", "unknown", "refused")}

    assert {**carried, "content:org_mnps:2027-06-30:ends_in_7_days:head": "sent"} == states()
    assert [] == postman.letters


def test_the_way_back_leaves_what_waits_to_the_release_before(postman: Postman) -> None:
    """Its notice is nobody's, and has the job that sends it."""
    waiting, sent = asked(None), asked("sent")
    migrate.upgrade()
    run_inline(notify_ready, request_id=waiting, kind="fast")
    migrate.downgrade("0001", "content")
    [job] = enqueued("content.notify_ready")

    assert {"request_id": waiting, "kind": "fast"} == job["args"]
    assert ({}, {"fast": "sent"}) == tuple(read(each)["metadata"]["notices"] for each in (waiting, sent))
    assert [] == postman.letters
    assert json.dumps(states()) == "{}"
