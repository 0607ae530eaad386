"""What becomes of the open row of an enrollment, whatever the rules say next, and of its enrollment's flags."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from sqlalchemy.exc import IntegrityError

from bellwork.db.engine import transaction
from bellwork.db.machine import IllegalMove
from bellwork.db.support import care, detection
from bellwork.db.support.tables import INTERVENTIONS, InterventionStatus
from tests.tasks.support import office, school

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.usefixtures("empty")
DAY = timedelta(days=1)
LATER = school.NOW + DAY
OPEN = ("pending", "in_progress", "escalated")


def silent(**columns: Any) -> UUID:
    """Enroll a student who is inactive, and detect that."""
    enrollment = school.enroll(days=20, **columns)
    school.detect(enrollment)
    return enrollment


def set_row(enrollment: UUID, changes: str, **values: Any) -> None:
    """Change the row of an enrollment as a platform's own code does."""
    school.change(
        f"UPDATE support.student_interventions SET {changes} WHERE enrollment_id = :of",  # noqa: S608 - the test's
        of=enrollment,
        **values,
    )


def active(enrollment: UUID) -> None:
    """Let the student complete a topic now."""
    school.completed(enrollment, timedelta())


def test_a_found_student_has_a_row_a_flag_and_a_decision() -> None:
    """The type follows the level, and the enrollment says what the row says."""
    enrollment = silent()
    row, flags = school.row(enrollment), school.flags(enrollment)

    assert ("medium", ["inactive"], "pending") == (row["risk_level"], row["risk_reasons"], row["status"])
    assert ("trainer_notification", "medium") == (row["intervention_type"], row["detected_level"])
    assert school.NOW == row["created_at"] == flags["at_risk_since"]
    assert (True, "medium", ["inactive"]) == (flags["is_at_risk"], flags["risk_level"], flags["risk_reasons"])
    assert 20 == row["figures"]["days_enrolled"]
    assert [("opened", "no topic completed since 2026-11-10 12:00 UTC")] == school.decisions(enrollment)


def test_the_same_again_writes_nothing() -> None:
    """Neither rows nor locks: nobody of whom nothing changes is even named, though figures move on."""
    enrollment = silent()
    before = school.row(enrollment)
    with transaction() as conn:
        assert [] == detection.list_due(conn, LATER)
        assert [] == detection.detect(conn, [enrollment], LATER)

    assert before == school.row(enrollment)


def test_a_changed_level_is_written_to_the_open_row() -> None:
    """With its figures, the type of the level, and the moment at which it rose; the flag keeps its beginning."""
    enrollment = silent()
    school.escalated(enrollment, 5, timedelta())
    school.detect(at=LATER)
    row, flags = school.row(enrollment), school.flags(enrollment)

    assert ("high", ["inactive", "ai_escalations"]) == (row["risk_level"], row["risk_reasons"])
    assert ("one_on_one_scheduled", LATER) == (row["intervention_type"], row["raised_at"])
    assert "5 questions escalated in 7 days" in row["notes"]
    assert 1 == row["notes"].count("Detected: ")
    assert (school.NOW, "high") == (flags["at_risk_since"], flags["risk_level"])
    kind, why = school.decisions(enrollment)[1]
    assert ("changed", True) == (kind, why.endswith("(before: medium, inactive)"))


def test_another_reason_of_the_same_level_changes_the_row() -> None:
    """The set of reasons counts; the level did not rise."""
    enrollment = silent()
    active(enrollment)
    school.attempts(enrollment, *[False] * 3)
    school.detect()
    row = school.row(enrollment)

    assert ("medium", ["quiz_failures"], None) == (row["risk_level"], row["risk_reasons"], row["raised_at"])


def test_a_level_falls_with_its_reasons() -> None:
    """The type follows it down."""
    enrollment = silent()
    school.escalated(enrollment, 5)
    school.detect()
    active(enrollment)
    school.detect()
    row = school.row(enrollment)

    assert ("medium", ["ai_escalations"]) == (row["risk_level"], row["risk_reasons"])
    assert "trainer_notification" == row["intervention_type"]


def test_a_chosen_type_stays() -> None:
    """Detection does not take back what a person decided to do."""
    enrollment = silent()
    set_row(enrollment, "intervention_type = 'deadline_extended'")
    school.escalated(enrollment, 5)
    school.detect()

    assert "deadline_extended" == school.row(enrollment)["intervention_type"]


def test_a_pending_row_is_resolved_where_no_reason_is_left() -> None:
    """The student improved, and the flag goes."""
    enrollment = silent()
    active(enrollment)
    school.detect(at=LATER)
    row = school.row(enrollment)

    assert ("resolved", "student_improved", LATER) == (row["status"], row["outcome"], row["resolved_at"])
    assert row["resolution_notes"]
    assert {"is_at_risk": False, "at_risk_since": None, "risk_level": None, "risk_reasons": []} == school.flags(
        enrollment
    )


@pytest.mark.parametrize("status", ["in_progress", "escalated"])
def test_a_row_that_a_person_works_on_is_only_noted(status: str) -> None:
    """Once; it keeps its flag, and is as before where a reason comes back."""
    enrollment = silent()
    set_row(enrollment, "status = :status", status=status)
    active(enrollment)
    for _ in range(2):
        school.detect(at=LATER)
    noted = school.row(enrollment)
    school.detect(at=school.NOW + 8 * DAY)
    back = school.row(enrollment)

    assert (status, LATER, ["inactive"]) == (noted["status"], noted["cleared_at"], noted["risk_reasons"])
    assert (status, None) == (back["status"], back["cleared_at"])
    assert school.flags(enrollment)["is_at_risk"]
    assert ["opened", "cleared", "returned"] == [kind for kind, _ in school.decisions(enrollment)]


def test_an_improved_student_who_falls_behind_again_has_a_second_row() -> None:
    """The first one is history; the flag begins anew."""
    enrollment = silent()
    active(enrollment)
    school.detect()
    school.detect(at=school.NOW + 8 * DAY)

    assert ["resolved", "pending"] == [row["status"] for row in school.rows(enrollment)]
    assert school.NOW + 8 * DAY == school.flags(enrollment)["at_risk_since"]


@pytest.mark.parametrize(("after", "status"), [(14 * DAY - timedelta(microseconds=1), None), (14 * DAY, "pending")])
def test_a_dismissed_false_positive_is_not_raised_again_for_fourteen_days(after: timedelta, status: str | None) -> None:
    """What was held back is decided once, with its reason."""
    enrollment = silent()
    set_row(enrollment, "status = 'dismissed', outcome = 'false_positive', dismissed_at = :at", at=school.NOW)
    for _ in range(2):
        school.detect(at=school.NOW + after)
    kinds = [kind for kind, _ in school.decisions(enrollment)]

    assert [status] * bool(status) == [row["status"] for row in school.rows(enrollment)[1:]]
    assert ["opened", "opened" if status else "held_back"] == kinds
    assert (status is not None) == school.flags(enrollment)["is_at_risk"]


def test_a_false_positive_is_held_back_in_whichever_way_it_was_ended() -> None:
    """Resolved as one, it is not raised again either; resolved otherwise it is."""
    held, again = silent(), silent()
    for enrollment, outcome in ((held, "false_positive"), (again, "student_improved")):
        set_row(
            enrollment, "status = 'resolved', resolved_at = :at, outcome = :outcome", at=school.NOW, outcome=outcome
        )
    school.detect(at=LATER)

    assert [1, 2] == [len(school.rows(each)) for each in (held, again)]
    assert "held_back" == school.decisions(held)[-1][0]


def test_a_dismissed_one_is_raised_again_where_the_level_rises() -> None:
    """Dismissed as medium, it is high now."""
    enrollment = silent()
    set_row(enrollment, "status = 'dismissed', outcome = 'false_positive'")
    school.escalated(enrollment, 5)
    school.detect(at=LATER)

    assert [("medium", "dismissed"), ("high", "pending")] == [
        (row["risk_level"], row["status"]) for row in school.rows(enrollment)
    ]


def test_a_trigger_notes_when_a_row_was_dismissed_and_written() -> None:
    """Whoever does it, in whatever language."""
    enrollment = silent()
    before = school.row(enrollment)
    set_row(enrollment, "status = 'dismissed', outcome = 'false_positive'")
    row = school.row(enrollment)

    assert row["dismissed_at"] == row["updated_at"] != before["updated_at"]


STOPS: dict[str, tuple[dict[str, Any], str]] = {
    "excluded": ({"course": {"title": "Pilot", "excluded": True}}, "its course is excluded"),
    "ended": ({"ends_at": school.NOW}, "the enrollment ended at 2026-11-30 12:00 UTC"),
    "paused": ({"paused_from": school.NOW}, "the enrollment is paused since 2026-11-30 12:00 UTC"),
    "paused until": (
        {"paused_from": school.NOW - DAY, "paused_until": school.NOW + DAY},
        "the enrollment is paused since 2026-11-29 12:00 UTC",
    ),
}


@pytest.mark.parametrize("stop", STOPS)
def test_an_excluded_course_a_pause_and_an_end_stop_it(stop: str) -> None:
    """It is decided once that nothing is done, and why."""
    columns, why = STOPS[stop]
    enrollment = school.enroll(days=20, **columns)
    for _ in range(2):
        school.detect()

    assert [] == school.rows(enrollment)
    assert [("held_back", why)] == school.decisions(enrollment)


@pytest.mark.parametrize(
    "columns",
    [
        {"ends_at": school.NOW + timedelta(microseconds=1)},
        {"paused_from": school.NOW + DAY},
        {"paused_from": school.NOW - 2 * DAY, "paused_until": school.NOW},
    ],
)
def test_before_and_after_them_it_goes_on(columns: dict[str, Any]) -> None:
    """To the microsecond."""
    assert "pending" == school.row(silent(**columns))["status"]


@pytest.mark.parametrize("status", ["completed", "dropped", "waiting"])
def test_only_active_enrollments_are_looked_at(status: str) -> None:
    """Another word is another matter, and leaves no decision."""
    enrollment = silent(status=status)

    assert ([], []) == (school.rows(enrollment), school.decisions(enrollment))


def test_an_open_row_of_a_paused_student_is_left_as_it_is() -> None:
    """What would have changed is held back."""
    enrollment = silent()
    school.change("UPDATE support.student_enrollments SET paused_from = :at", at=school.NOW)
    active(enrollment)
    school.detect()

    assert "pending" == school.row(enrollment)["status"]
    assert "held_back" == school.decisions(enrollment)[-1][0]


def test_a_level_that_a_trainer_set_stands_until_the_rules_say_another() -> None:
    """Low is none that they say; another set of reasons does not bring their level back."""
    enrollment = silent()
    set_row(enrollment, "risk_level = 'low'")
    active(enrollment)
    school.attempts(enrollment, *[False] * 3)
    school.detect()
    kept = school.row(enrollment)
    school.attempts(enrollment, *[False] * 2)
    school.detect()
    risen = school.row(enrollment)

    assert ("low", "medium", ["quiz_failures"]) == (kept["risk_level"], kept["detected_level"], kept["risk_reasons"])
    assert ("high", "high") == (risen["risk_level"], risen["detected_level"])


def test_a_row_that_a_person_opened_is_taken_up_and_not_resolved() -> None:
    """Its own reason, level and words stay beside what the rules say."""
    enrollment = school.enroll(days=20)
    [student, course] = school.ask("SELECT user_id, course_id FROM support.student_enrollments")[0]
    own = {"student_id": student, "course_id": course, "enrollment_id": enrollment, "risk_level": "high"}
    school.put("student_interventions", own | {"risk_reasons": ["asked for help"], "notes": "Called on Monday."})
    school.detect()
    found = school.row(enrollment)
    active(enrollment)
    school.detect()
    cleared = school.row(enrollment)

    assert ("high", ["inactive", "asked for help"]) == (found["risk_level"], found["risk_reasons"])
    assert found["notes"].startswith("Called on Monday.\nDetected: no topic completed since")
    assert "pending" == cleared["status"]
    assert cleared["cleared_at"]


def test_an_adopted_row_that_breaks_a_check_is_left_alone_and_stops_nobody() -> None:
    """The decision says so; all others are written."""
    enrollment, other = silent(), school.enroll(days=20)
    with transaction() as conn:
        conn.exec_driver_sql(
            "ALTER TABLE support.student_interventions DROP CONSTRAINT student_interventions_resolved_check"
        )
        conn.exec_driver_sql("UPDATE support.student_interventions SET resolved_at = now()")
        conn.exec_driver_sql(
            "ALTER TABLE support.student_interventions ADD CONSTRAINT student_interventions_resolved_check"
            " CHECK ((status = 'resolved') = (resolved_at IS NOT NULL)) NOT VALID"
        )
    school.escalated(enrollment, 5)
    school.detect()

    assert "medium" == school.row(enrollment)["risk_level"]
    assert "breaks one" in school.decisions(enrollment)[-1][1]
    assert "pending" == school.row(other)["status"]


@pytest.mark.parametrize(
    ("check", "broken_by"),
    [
        ("risk_level", "risk_level = 'banana'"),
        ("risk_reasons", "risk_reasons = '{}'"),
        ("outcome", "outcome = 'ineffective'"),
    ],
)
def test_an_adopted_row_that_breaks_a_check_stops_no_duty(check: str, broken_by: str) -> None:
    """Detection would end it, others would assign, escalate or settle it: all of them write other rows alone."""
    [course] = school.put("courses", {"title": "Algebra"})
    office.trainer(course)
    (broken, _), (other, _), (ended, _) = (office.intervention(course, hours=100) for _ in range(3))
    name = f"student_interventions_{check}_check"
    [(rule,)] = school.ask(
        "SELECT regexp_replace(pg_get_constraintdef(oid), ' NOT VALID$', '') || ' NOT VALID' FROM pg_constraint"
        " WHERE conname = :name",
        name=name,
    )
    with transaction() as conn:
        conn.exec_driver_sql(f"ALTER TABLE support.student_interventions DROP CONSTRAINT {name}")
        conn.exec_driver_sql(
            f"UPDATE support.student_interventions SET {broken_by} WHERE enrollment_id IN ('{broken}', '{ended}')"  # noqa: S608
        )
        conn.exec_driver_sql(f"ALTER TABLE support.student_interventions ADD CONSTRAINT {name} {rule}")
    school.change("UPDATE support.student_enrollments SET status = 'completed' WHERE id = :id", id=ended)
    before = [school.row(each) for each in (broken, ended)]
    with transaction() as conn:
        done = [care.settle_ended(conn), care.assign(conn)]
        conn.exec_driver_sql(
            "UPDATE support.student_interventions SET assigned_at = created_at WHERE assigned_at > created_at"
        )
        done.append(care.escalate(conn, care.Limits()))
    school.detect(broken, at=datetime.now(UTC))

    assert [0, 1, 1] == done
    assert before == [school.row(each) for each in (broken, ended)]
    assert "escalated" == school.row(other)["status"]


@pytest.mark.parametrize(("before", "after"), list(product(InterventionStatus, repeat=2)))
def test_every_pair_of_states_is_legal_or_refused(before: InterventionStatus, after: InterventionStatus) -> None:
    """What is drawn may be, everything else says where the row could have gone."""
    drawn = """pending>in_progress pending>escalated pending>resolved pending>dismissed in_progress>escalated
        in_progress>resolved in_progress>dismissed escalated>resolved escalated>dismissed"""
    if f"{before}>{after}" in drawn.split():
        INTERVENTIONS.check(before, after)
    else:
        with pytest.raises(IllegalMove, match=f"student_interventions cannot go from '{before}' to '{after}'"):
            INTERVENTIONS.check(before, after)


@pytest.mark.parametrize(("before", "after"), list(product(InterventionStatus, repeat=2)))
def test_flags_are_those_of_an_open_row(before: InterventionStatus, after: InterventionStatus) -> None:
    """Whichever way a platform's own code moves it."""
    enrollment = silent()
    for status in (before, after):
        at = school.NOW if status == "resolved" else None
        set_row(enrollment, "status = :status, resolved_at = CAST(:at AS timestamptz)", status=status, at=at)

        assert (status in OPEN) == school.flags(enrollment)["is_at_risk"]


@pytest.mark.parametrize(("status", "reason"), list(product(InterventionStatus, [True, False])))
def test_detection_moves_no_row_where_it_may_not_go(status: InterventionStatus, reason: bool) -> None:
    """From no state it goes on but from pending, to resolved."""
    enrollment = silent()
    at = school.NOW if status == "resolved" else None
    set_row(enrollment, "status = :status, resolved_at = CAST(:at AS timestamptz)", status=status, at=at)
    if not reason:
        active(enrollment)
    school.detect(at=LATER)
    after = school.rows(enrollment)[0]["status"]

    assert after == ("resolved" if status == "pending" and not reason else status)


def test_a_deleted_row_is_not_open() -> None:
    """Its flag goes, and the next detection opens another one."""
    enrollment = silent()
    set_row(enrollment, "deleted_at = now()")
    flagged = school.flags(enrollment)["is_at_risk"]
    school.detect()

    assert not flagged
    assert 2 == len(school.rows(enrollment))
    school.change("DELETE FROM support.decisions")
    school.change("DELETE FROM support.student_interventions")
    assert not school.flags(enrollment)["is_at_risk"]


WRONG = [
    "risk_level = 'banana'",
    "status = 'completed'",
    "outcome = 'ineffective'",
    "intervention_type = 'call'",
    "risk_reasons = '{}'",
    "risk_reasons = '{NULL}'",
    "status = 'resolved'",
    "resolved_at = now()",
    "status = 'dismissed', resolved_at = now()",
    "assigned_at = now()",
    "assigned_trainer_id = student_id",
]


@pytest.mark.parametrize("change", WRONG)
def test_the_table_refuses_what_no_row_may_say(change: str) -> None:
    """Value sets, and what belongs together."""
    enrollment = silent()
    with pytest.raises(IntegrityError, match="violates check constraint"):
        set_row(enrollment, change)


def test_an_enrollment_has_one_open_row() -> None:
    """A second one is refused by the index, whoever writes it."""
    silent()
    columns = "student_id, enrollment_id, course_id, risk_level, risk_reasons, status"
    with pytest.raises(IntegrityError, match="ux_student_interventions_open"):
        school.change(
            f"INSERT INTO support.student_interventions ({columns})"  # noqa: S608 - the columns above
            " SELECT student_id, enrollment_id, course_id, 'low', '{x}', 'escalated' FROM support.student_interventions"
        )


def test_enrollments_that_are_not_there_are_passed_over() -> None:
    """Nothing is written of nobody."""
    assert [] == school.detect(uuid4())
