"""kill -9 of the workers that decide about accounts: each student has one account, one place and one letter."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bellwork.db.content.seed import load_samples
from bellwork.db.engine import transaction
from bellwork.tasks.content.accounts.decide import decide_account_request
from bellwork.tasks.content.accounts.expire import expire_account_requests
from tests.faults import failpoints, invariants
from tests.faults.ground import PATIENCE, rows
from tests.faults.processes import Cluster
from tests.helpers import eventually
from tests.tasks.content.accounts import HEAD, ask_for
from tests.tasks.mail.office import Office, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Where workers die: in the transaction of a decision, and before and after its commit.
KILLS = ("account_decided", "before_commit", "after_commit")
_UNFINISHED = "SELECT FROM bellwork.jobs WHERE actor LIKE 'content.%account%' OR actor LIKE 'mail.%'"
_DONE = """
SELECT r.status::text, (SELECT count(*) FROM content.users u WHERE u.email = r.email) AS users,
       (SELECT count(*) FROM content.class_students s WHERE s.student_id = r.created_user_id) AS places,
       (SELECT array_agg(d.outcome ORDER BY d.id) FROM content.account_decisions d WHERE d.request_id = r.id) AS said
FROM content.student_account_requests r WHERE r.id = ANY(:ids) ORDER BY r.id
"""
_LETTERS = "SELECT count(*) FROM bellwork.letters WHERE state = 'sent' AND key LIKE 'content:account:%'"


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    """A real mail server."""
    with opened() as office:
        office.is_pipelined = True
        yield office


@pytest.fixture(scope="module")
def cluster(ground: Path, office: Office) -> Iterator[Cluster]:
    """Two masters and a scheduler that write to it."""
    with transaction() as conn:
        load_samples(conn)
    settings = {"SMTP_URL": office.url, "LEASE": "2", "BEAT": "0.5", "STORAGE_URL": f"file://{ground}/storage"}
    with Cluster(ground, systems="content", modules="", processes=1, scheduler=True, settings=settings) as cluster:
        yield cluster


def test_a_decision_survives_the_death_of_its_workers(cluster: Cluster, office: Office, ground: Path) -> None:
    """Every decision is delivered three times, and counts once; so does the end of the thirty days."""
    approved = [ask_for() for _ in range(6)]
    denied = [ask_for() for _ in range(3)]
    old = [ask_for(age="31 days") for _ in range(3)]
    eventually(cluster.is_up, PATIENCE)
    for point in KILLS:
        failpoints.order(ground, point, "kill9", "" if point == "account_decided" else "content-fast")
    for _ in range(3):
        for ids, said in ((approved, "approved"), (denied, "denied")):
            for request_id in ids:
                decide_account_request.send(request_id=request_id, decision=said, reviewer=HEAD, notes="so")
        expire_account_requests.send()
    eventually(lambda: all(failpoints.taken(ground, point) for point in KILLS), 2 * PATIENCE)
    eventually(lambda: not rows(_UNFINISHED) and rows(_LETTERS)[0].count == 18, 3 * PATIENCE)
    readers = sorted(str(each["To"]) for each in office.messages if "account" in str(each["Subject"]))

    assert [("approved", 1, 1, ["approved", "repeated"])] * 6 == [tuple(row) for row in rows(_DONE, ids=approved)]
    assert [("denied", 0, 0, ["denied", "repeated"])] * 3 == [tuple(row) for row in rows(_DONE, ids=denied)]
    assert [("denied", 0, 0, ["expired"])] * 3 == [tuple(row) for row in rows(_DONE, ids=old)]
    assert 18 == len(readers)
    assert 7 == len(set(readers))
    invariants.check()
