"""Inputs are noted once for a source id, whoever delivers them how often, and what is none is refused in words."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bellwork.db.engine import transaction
from bellwork.tasks.support.detection import detect_risk
from bellwork.workers.testing import drain, enqueued, run_due, run_inline
from tests.tasks.support import school

if TYPE_CHECKING:
    from sqlalchemy import Connection

pytestmark = pytest.mark.usefixtures("empty")
JOB = "support.detect_risk"
QUIZ = (
    "SELECT support.note_quiz_attempt(:source, :enrollment, :passed, CAST(:score AS numeric), CAST(:at AS timestamptz))"
)
TOPIC = "SELECT support.note_topic_completion(:source, :enrollment, CAST(:at AS timestamptz))"
QUESTION = "SELECT support.note_escalation(:source, :enrollment, CAST(:at AS timestamptz))"
NOBODYS = UUID("5b0d3c1e-8a6f-4c7e-9d2b-1f3e5a7c9b1d")
TABLES = {QUIZ: "quiz_attempts", TOPIC: "topic_completions", QUESTION: "escalations"}


def note(statement: str, enrollment: UUID | None, conn: Connection | None = None, **values: Any) -> bool:
    """Note an input as a caller does, in its transaction or one of its own; returns whether it was new."""
    asked = {"source": "event 1", "enrollment": enrollment, "at": datetime.now(UTC), "passed": False, "score": "40"}
    if conn is None:
        with transaction() as own:
            return bool(own.execute(text(statement), asked | values).scalar_one())
    return bool(conn.execute(text(statement), asked | values).scalar_one())


def noted(statement: str) -> int:
    """Count the rows of an input."""
    return int(school.ask(f"SELECT count(*) FROM support.{TABLES[statement]}")[0][0])  # noqa: S608 - a name above


@pytest.mark.parametrize("statement", TABLES, ids=TABLES.values())
def test_an_event_delivered_three_times_is_one_row_and_one_job(statement: str) -> None:
    """In one transaction or three; the first answer is true."""
    enrollment = school.enroll()
    with transaction() as conn:
        told = [note(statement, enrollment, conn) for _ in range(2)]
    told.append(note(statement, enrollment))

    assert [True, False, False] == told
    assert 1 == noted(statement)
    assert [{"enrollment_id": str(enrollment)}] == [job["args"] for job in enqueued(JOB)]


def test_events_coalesce_until_their_job_begins() -> None:
    """Of each enrollment one job waits, and what comes after its claim has another one."""
    one, other = school.enroll(), school.enroll()
    for number in range(5):
        note(QUESTION, one, source=f"one {number}")
        note(QUESTION, other, source=f"other {number}")
    waiting = [job["id"] for job in enqueued(JOB)]
    ran = run_due(waiting)
    note(QUESTION, one, source="one more")

    assert (2, 2, 1) == (len(waiting), ran, len(enqueued(JOB)))
    assert ["ai_escalations"] == school.row(one)["risk_reasons"] == school.row(other)["risk_reasons"]


def test_an_event_is_noted_with_its_caller_or_not_at_all() -> None:
    """Rolled back, neither the row nor the job is there."""
    enrollment = school.enroll()
    with transaction() as conn:
        new = note(QUIZ, enrollment, conn)
        conn.rollback()

    assert new
    assert (0, []) == (noted(QUIZ), enqueued(JOB))


def test_a_job_waits_for_the_event_that_joined_it() -> None:
    """An event that counts on a waiting job keeps it from running until the event is there; so none is lost."""
    enrollment = school.enroll()
    for number in range(4):
        note(QUESTION, enrollment, source=f"question {number}")
    [job] = enqueued(JOB)
    with transaction() as conn:
        note(QUESTION, enrollment, conn, source="question 5")
        with ThreadPoolExecutor(1) as worker:
            early = worker.submit(run_due, [job["id"]]).result(timeout=20)
    drain("support")

    assert 0 == early
    assert ["ai_escalations"] == school.row(enrollment)["risk_reasons"]


def test_callers_do_not_wait_for_each_other() -> None:
    """While one has not committed, another notes the same enrollment; each has its job."""
    enrollment = school.enroll()
    with transaction() as conn:
        note(QUESTION, enrollment, conn, source="question 1")
        with ThreadPoolExecutor(1) as other:
            assert other.submit(note, QUESTION, enrollment, source="question 2").result(timeout=20)

    assert 2 == len(enqueued(JOB)) == noted(QUESTION)


def test_eight_callers_and_two_hundred_events_at_once_are_one_open_row() -> None:
    """Each event comes three times, while all enrollments are looked at; rows are as if one came after the other."""
    enrollments = [school.enroll() for _ in range(4)]
    deliveries = [(QUIZ, enrollments[number % 4], f"quiz {number}") for number in range(100)]
    deliveries += [(QUESTION, enrollments[number % 4], f"question {number}") for number in range(100)]

    def deliver(share: int) -> None:
        for statement, enrollment, source in deliveries[share::4] * 3:
            note(statement, enrollment, source=source, score="40")

    def look(_: int) -> None:
        for _ in range(5):
            assert "done" == run_inline(detect_risk)["state"]

    with ThreadPoolExecutor(8) as pool:
        callers = [pool.submit(deliver, share % 4) for share in range(6)] + [pool.submit(look, n) for n in range(2)]
        for each in callers:
            each.result()
    drain("support")

    assert (100, 100) == (noted(QUIZ), noted(QUESTION))
    for enrollment in enrollments:
        row = school.row(enrollment)
        assert ("high", ["quiz_failures", "low_quiz_average", "ai_escalations"]) == (
            row["risk_level"],
            row["risk_reasons"],
        )
        assert "opened" == school.decisions(enrollment)[0][0]
        assert 1 == [kind for kind, _ in school.decisions(enrollment)].count("opened")
    assert [] == school.detect(at=datetime.now(UTC))


AHEAD = datetime.now(UTC) + timedelta(days=1)
HOSTILE = [
    (QUIZ, {"score": "NaN"}, "score is NaN"),
    (QUIZ, {"score": "Infinity"}, "score is Infinity"),
    (QUIZ, {"score": "101"}, "score is 101"),
    (QUIZ, {"score": "-0.01"}, "score is -0.01"),
    (QUIZ, {"passed": None}, "passed is NULL"),
    *((each, {"enrollment": NOBODYS}, "there is no enrollment") for each in TABLES),
    *((each, {"enrollment": None}, "there is no enrollment NULL") for each in TABLES),
    *((each, {"at": AHEAD}, "which lies ahead") for each in TABLES),
    *((each, {"at": None}, "at is NULL") for each in TABLES),
    *((each, {"at": "infinity"}, "at is infinity") for each in TABLES),
    *((each, {"at": "-infinity"}, "at is -infinity") for each in TABLES),
    *((each, {"at": "4713-01-01 BC"}, "before 1970") for each in TABLES),
    *((each, {"source": None}, "source_id is NULL") for each in TABLES),
    *((each, {"source": ""}, "source_id is ''") for each in TABLES),
    *((each, {"source": "   "}, "source_id is") for each in TABLES),
    *((each, {"source": "a\nb"}, "source_id is") for each in TABLES),
    *((each, {"source": "x" * 201}, "source_id is") for each in TABLES),
]


@pytest.mark.parametrize(
    ("statement", "wrong", "said"),
    HOSTILE,
    ids=[f"{TABLES[each]} {number}" for number, (each, _, _) in enumerate(HOSTILE)],
)
def test_what_is_no_event_is_refused_in_words(statement: str, wrong: dict[str, Any], said: str) -> None:
    """By its function's name, as a bad parameter; nothing is written and no job is there."""
    enrollment = wrong.get("enrollment", school.enroll())
    with pytest.raises(DBAPIError) as refused:
        note(statement, enrollment, **{name: value for name, value in wrong.items() if name != "enrollment"})

    assert said in str(refused.value)
    assert f"{statement.removeprefix('SELECT support.').partition('(')[0]}: " in str(refused.value)
    assert "22023" == getattr(refused.value.orig, "sqlstate", None)
    assert (0, []) == (noted(statement), enqueued(JOB))


@pytest.mark.parametrize("statement", TABLES, ids=TABLES.values())
def test_a_null_byte_is_refused(statement: str) -> None:
    """By the driver or the server: no text of PostgreSQL can have one."""
    enrollment = school.enroll()
    with pytest.raises((DBAPIError, ValueError)):
        note(statement, enrollment, source="a\0b")
    assert 0 == noted(statement)


def test_a_clock_that_is_a_little_ahead_is_now() -> None:
    """So its event counts at once."""
    enrollment = school.enroll()
    for number in range(5):
        note(QUESTION, enrollment, source=str(number), at=datetime.now(UTC) + timedelta(minutes=4))
    drain("support")

    assert ["ai_escalations"] == school.row(enrollment)["risk_reasons"]


def test_scores_are_kept_to_the_last_digit() -> None:
    """59.999999 is below 60, and is not rounded up to it."""
    enrollment = school.enroll()
    note(QUIZ, enrollment, passed=True, score="59.999999")
    drain("support")

    assert ["low_quiz_average"] == school.row(enrollment)["risk_reasons"]


def test_an_api_layer_notes_events_and_a_stranger_does_not() -> None:
    """The functions write with their owner's rights: who calls them may write nothing there himself."""
    enrollment = school.enroll()
    for role, allowed in (("bellwork_api", True), ("bellwork_worker", True), ("bellwork_ops", False)):
        with transaction() as conn:
            conn.execute(text(f"SET LOCAL ROLE {role}"))
            if allowed:
                note(QUIZ, enrollment, conn, source=role)
            else:
                with pytest.raises(DBAPIError, match="permission denied"):
                    note(QUIZ, enrollment, conn, source=role)
                conn.rollback()
    assert 2 == noted(QUIZ)


@pytest.mark.parametrize(("sent", "why"), [("x", "it is the UUID"), (str(NOBODYS), "there is no enrollment")])
def test_a_job_of_no_enrollment_is_dead_at_once(sent: str, why: str) -> None:
    """With the reason; the queue goes on."""
    ended = run_inline(detect_risk, enrollment_id=sent)

    assert "dead" == ended["state"]
    assert why in ended["errors"][0]["error"]
