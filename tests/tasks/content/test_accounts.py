"""A request for an account is decided once; whatever comes twice, late or in between ends in a state that is kept."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from itertools import product
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.db.content.accounts import Decision, decide
from bellwork.db.engine import transaction
from bellwork.tasks.content.accounts.decide import decide_account_request
from bellwork.tasks.content.accounts.expire import expire_account_requests
from bellwork.workers.testing import drain, run_inline
from tests.tasks.content.accounts import (
    CLASS,
    HEAD,
    SCHOOL,
    TEACHER,
    accounts,
    ask_for,
    letters,
    outcomes,
    request,
    run,
)

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("school")
NOTES = {"approved": None, "denied": "she has an account in another school"}


def say(request_id: str, decision: str, **said: Any) -> dict[str, Any]:
    """Decide about a request by a job, and return how the job ended."""
    return run_inline(
        decide_account_request,
        **{"request_id": request_id, "decision": decision, "reviewer": HEAD, "notes": NOTES.get(decision), **said},
    )


def test_an_approval_makes_user_place_and_letters_in_one_commit() -> None:
    """The student is of the class's school, has no password, and is invited; address and names are trimmed."""
    asked = ask_for(email=" Nell.Byrne@Example.org ", first_name=" Nell ", student_id="S-2000")
    say(asked, "approved")
    [user] = accounts("nell.byrne@example.org")
    row = request(asked)

    assert ("nell.byrne@example.org", "!", "Nell", "Byrne", "student", SCHOOL, 10, "S-2000", CLASS) == (
        *(user["email"], user["password_hash"], user["first_name"], user["last_name"], user["role"], user["org_id"]),
        *(user["grade_level"], user["student_id"], user["class_id"]),
    )
    assert ("approved", HEAD, None, user["id"]) == (
        *(row["status"], row["reviewed_by"], row["review_notes"]),
        row["created_user_id"],
    )
    assert row["reviewed_at"] is not None
    assert [("approved", "approved")] == outcomes(asked)
    assert ["student", "teacher"] == letters(asked)


def test_a_denial_keeps_its_reason_and_tells_the_teacher() -> None:
    """No user, and no letter to a student who has no account."""
    asked = ask_for(email="nell@example.org")
    say(asked, "denied")
    row = request(asked)

    assert ("denied", HEAD, NOTES["denied"]) == (row["status"], row["reviewed_by"], row["review_notes"])
    assert ([], ["teacher"], [("denied", "denied")]) == (accounts("nell@example.org"), letters(asked), outcomes(asked))


@pytest.mark.parametrize(("first", "second"), list(product(["approved", "denied"], repeat=2)))
def test_all_pairs_of_decisions_leave_the_first_one(first: str, second: str) -> None:
    """What comes second changes no row but the one that says so; each is delivered three times."""
    asked = ask_for(email="nell@example.org")
    say(asked, first)
    before = request(asked)
    for decision in (first, second, second, second):
        say(asked, decision, reviewer=TEACHER)
    said = [(first, first), (first, "repeated")] + ([(second, "too late")] if first != second else [])

    assert before == request(asked)
    assert said == outcomes(asked)
    assert (1 if first == "approved" else 0) == len(accounts("nell@example.org"))
    assert (["student", "teacher"] if first == "approved" else ["teacher"]) == letters(asked)


FAULTS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "an address": ("address taken", "SELECT 1", {"email": "AMARA.lindqvist@example.org"}),
    "an address of another school": (
        "address taken",
        "UPDATE {content}.users SET org_id = 'org_mnps', deleted_at = now() WHERE id = 'user_student_amara'",
        {"email": "amara.lindqvist@example.org"},
    ),
    "a full class": ("class full", "UPDATE {content}.classes SET metadata = '{\"capacity\": 6}'", {}),
    "a class without places": ("class full", 'UPDATE {content}.classes SET metadata = \'{"capacity": "0"}\'', {}),
    "a class that ended": ("class gone", "UPDATE {content}.classes SET is_active = false", {}),
    "a class that was deleted": ("class gone", "UPDATE {content}.classes SET deleted_at = now()", {}),
    "a school that left": (
        "class gone",
        "UPDATE {content}.organizations SET deleted_at = now() WHERE id = 'school_hillsboro_hs'",
        {},
    ),
    "grade 8": ("invalid", "SELECT 1", {"grade_level": 8}),
    "grade 13": ("invalid", "SELECT 1", {"grade_level": 13}),
    "no name": ("invalid", "SELECT 1", {"last_name": "  "}),
    "no address": ("invalid", "SELECT 1", {"email": "nell at home"}),
    "two addresses": ("invalid", "SELECT 1", {"email": "nell@example.org, head@example.org"}),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_an_approval_that_cannot_be_carried_out_denies_with_the_reason(fault: str) -> None:
    """Nobody is made a user, the teacher is told why, and it is kept who approved it."""
    outcome, statement, columns = FAULTS[fault]
    asked = ask_for(**columns)
    run(statement)
    users = run("SELECT count(*) AS n FROM {content}.users")
    say(asked, "approved", notes="welcome")
    row = request(asked)

    assert users == run("SELECT count(*) AS n FROM {content}.users")
    assert ("denied", HEAD, None) == (row["status"], row["reviewed_by"], row["created_user_id"])
    assert row["review_notes"].endswith("; welcome")
    assert ([("approved", outcome)], ["teacher"]) == (outcomes(asked), letters(asked))


@pytest.mark.parametrize("metadata", ["{}", '{"capacity": 7}', '{"capacity": "many"}', "[7]", '{"capacity": null}'])
def test_a_class_with_a_place_takes_the_student(metadata: str) -> None:
    """The seventh of seven; what is no number of places is no limit, and who has left takes none."""
    asked = ask_for()
    run("UPDATE {content}.classes SET metadata = CAST(:metadata AS jsonb)", metadata=metadata)
    say(asked, "approved")

    assert "approved" == request(asked)["status"]


@pytest.mark.parametrize("grade", [9, 12])
def test_the_grades_are_nine_to_twelve(grade: int) -> None:
    """Both ends are students'."""
    asked = ask_for(grade_level=grade)
    say(asked, "approved")

    assert "approved" == request(asked)["status"]


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "nobody's request": (
        {"request_id": "sreq_0"},
        "there is no request 'sreq_0' for an account; its class may have been deleted",
    ),
    "no word": ({"decision": "maybe"}, "decision is 'maybe'; give one of 'approve', 'deny', 'approved', 'denied'"),
    "no reason": ({"decision": "denied", "notes": " "}, "is denied without a reason; give it in notes"),
    "nobody": ({"reviewer": "user_nobody"}, "'user_nobody' decides about no account: there is no such user"),
    "a student": ({"reviewer": "user_student_amara"}, "'user_student_amara' decides about no account"),
}


@pytest.mark.parametrize("said", BAD)
def test_a_decision_that_is_none_is_dead_and_changes_nothing(said: str) -> None:
    """Its reason says what is, and the request still waits."""
    given, reason = BAD[said]
    asked = ask_for()
    job = say(**{"request_id": asked, "decision": "approved", **given})

    assert "dead" == job["state"]
    assert reason in job["reason"]
    assert ("pending", [], []) == (request(asked)["status"], outcomes(asked), letters(asked))


def test_eight_who_decide_at_once_make_one_user() -> None:
    """Approvals and denials in parallel: one of them counts, and the others say that they came late."""
    asked = ask_for(email="nell@example.org")
    gate = threading.Barrier(8)

    def at_once(decision: Decision) -> str:
        gate.wait()
        with transaction() as conn:
            decided = decide(conn, asked, decision, reviewer=HEAD, notes="so", is_address=lambda _: True)
            assert decided
            return str(decided.outcome)

    with ThreadPoolExecutor(8) as pool:
        said = list(pool.map(at_once, [Decision.APPROVED, Decision.DENIED] * 4))
    status = request(asked)["status"]

    assert [status, *["repeated"] * 3, *["too late"] * 4] == sorted(said)
    assert (status == "approved") == bool(accounts("nell@example.org"))


def test_six_who_want_the_last_two_places_get_two() -> None:
    """Whoever waits for the class counts again what the one before has taken."""
    run("UPDATE {content}.classes SET metadata = '{\"capacity\": 8}'")
    asked = [ask_for() for _ in range(6)]
    gate = threading.Barrier(6)

    def at_once(request_id: str) -> None:
        gate.wait()
        with transaction() as conn:
            decide(conn, request_id, Decision.APPROVED, reviewer=HEAD, notes=None, is_address=lambda _: True)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(at_once, asked))
    said = sorted(outcome for each in asked for _, outcome in outcomes(each))

    assert ["approved"] * 2 + ["class full"] * 4 == said
    assert [{"n": 8}] == run("SELECT count(*) AS n FROM {content}.class_students")


def test_two_requests_for_one_address_make_one_user() -> None:
    """Of two classes, at once: the second one's address is taken meanwhile."""
    asked = [ask_for(email=email) for email in ("nell@example.org", "NELL@example.org")]
    gate = threading.Barrier(2)

    def at_once(request_id: str) -> None:
        gate.wait()
        with transaction() as conn:
            decide(conn, request_id, Decision.APPROVED, reviewer=HEAD, notes=None, is_address=lambda _: True)

    with ThreadPoolExecutor(2) as pool:
        list(pool.map(partial(at_once), asked))

    assert ["address taken", "approved"] == sorted(outcome for each in asked for _, outcome in outcomes(each))
    assert 1 == len(accounts("nell@example.org"))


@pytest.mark.parametrize(
    ("age", "status"), [("29 days 23:59", "pending"), ("30 days", "denied"), ("90 days", "denied")]
)
def test_what_nobody_decides_for_thirty_days_is_denied(age: str, status: str) -> None:
    """Without a reviewer, with the word `expired`, and a letter; run three times."""
    asked = ask_for(age=age)
    for _ in range(3):
        run_inline(expire_account_requests)
    row = request(asked)
    expired = status == "denied"

    assert (status, None, "expired" if expired else None) == (row["status"], row["reviewed_by"], row["review_notes"])
    assert ([("expired", "expired")] if expired else []) == outcomes(asked)
    assert (["teacher"] if expired else []) == letters(asked)


def test_what_expired_is_not_approved_any_more_and_what_was_decided_does_not_expire() -> None:
    """Both ways round, the first one counts."""
    expired, approved = ask_for(age="31 days"), ask_for(age="31 days")
    say(approved, "approved")
    run_inline(expire_account_requests)
    say(expired, "approved")

    assert (["denied", "approved"]) == [request(each)["status"] for each in (expired, approved)]
    assert [("expired", "expired"), ("approved", "too late")] == outcomes(expired)
    assert [("approved", "approved")] == outcomes(approved)


def test_many_expire_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Commit by commit, until none is left."""
    monkeypatch.setattr("bellwork.tasks.content.accounts.expire.MOST", 2)
    asked = [ask_for(age="40 days") for _ in range(5)]
    run_inline(expire_account_requests)
    drain("content-fast")

    assert {"denied"} == {request(each)["status"] for each in asked}
    assert [["teacher"]] * 5 == [letters(each) for each in asked]


def test_a_class_that_is_deleted_takes_its_requests_along(school: Path) -> None:
    """The decision that comes later says so, and makes nobody."""
    del school
    asked = ask_for(email="nell@example.org")
    run("DELETE FROM {content}.classes")

    assert "dead" == say(asked, "approved")["state"]
    assert [] == accounts("nell@example.org")
