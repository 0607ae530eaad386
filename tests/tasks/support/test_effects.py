"""Whether it helped after 7 and 14 days; flags that equal open rows; counts, wrong rules, and explanations."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from bellwork.db.engine import transaction
from bellwork.db.support import care
from bellwork.db.support.concerns import concerns
from bellwork.db.support.erase import erase
from bellwork.tasks.support.care import check_effects, prove
from bellwork.workers.testing import run_inline
from tests.ops.desk import ask
from tests.tasks.support import office, school

pytestmark = pytest.mark.usefixtures("empty")


def began(days: float, failed: int = 4, before: int = 4, **columns: object) -> tuple[UUID, UUID]:
    """Put an intervention of so many days ago, made for `before` failed quizzes, and `failed` of them now."""
    level = "high" if before >= 5 else "medium"
    values: dict[str, Any] = {"risk_level": level, "detected_level": level, "figures": {"failed": before}, **columns}
    enrollment, row = office.intervention(hours=24 * days, **values)
    school.change("UPDATE support.student_enrollments SET enrolled_at = now() - interval '30 days'")
    [(now,)] = school.ask("SELECT now()")
    school.put("topic_completions", {"source_id": f"t-{row}", "enrollment_id": enrollment, "completed_at": now})
    if failed:
        attempts = [
            {
                "source_id": f"q-{row}-{number}",
                "enrollment_id": enrollment,
                "passed": number >= failed,
                "score": 80,
                "submitted_at": now - timedelta(hours=number + 1),
            }
            for number in range(8)
        ]
        school.put("quiz_attempts", *attempts)
    return enrollment, row


def checks() -> list[tuple[int, str]]:
    """Return what was found, by days."""
    return [tuple(row) for row in school.ask("SELECT days, verdict FROM support.effect_checks ORDER BY days")]


@pytest.mark.parametrize(
    ("days", "found"), [(6.99, []), (7.01, [7]), (13.99, [7]), (14.01, [7, 14]), (21.5, [14]), (28.5, [])]
)
def test_it_is_looked_after_seven_and_fourteen_days_once_each(days: float, found: list[int]) -> None:
    """A look that was missed is caught up for two weeks; again it writes nothing."""
    enrollment, _ = began(days)
    for _ in range(2):
        run_inline(check_effects)

    assert found == [at for at, _ in checks()]
    assert len(found) == len(school.decisions(enrollment))


@pytest.mark.parametrize(
    ("before", "failed", "verdict"),
    [(4, 0, "improved"), (5, 3, "improved"), (4, 3, "unchanged"), (4, 4, "unchanged"), (4, 5, "worse")],
)
@pytest.mark.parametrize("status", ["pending", "in_progress", "escalated", "resolved"])
def test_the_rules_are_held_against_what_the_row_was_made_for(
    before: int, failed: int, verdict: str, status: str
) -> None:
    """Less of a level or of reasons is better; what is no better after 14 days goes to the owner, whoever has it."""
    enrollment, _ = began(14.1, failed, before, status=status)
    run_inline(check_effects)
    row = school.row(enrollment)
    raised = verdict != "improved" and status in {"pending", "in_progress"}

    assert [(7, verdict), (14, verdict)] == checks()
    assert ("escalated" if raised else status) == row["status"]
    outcome = (
        "needs_escalation" if raised else "student_improved" if (status, verdict) == ("resolved", "improved") else None
    )
    assert outcome == row["outcome"]


@pytest.mark.parametrize(
    "why",
    [
        "support.student_enrollments SET paused_from = now()",
        "support.student_enrollments SET ends_at = now()",
        "support.courses SET excluded = true",
    ],
)
def test_what_is_paused_or_over_is_entered_and_goes_to_nobody(why: str) -> None:
    """It is looked at after 14 days as any other, and is not escalated."""
    enrollment, _ = began(14.1)
    school.change(f"UPDATE {why}")
    run_inline(check_effects)

    assert [(7, "unchanged"), (14, "unchanged")] == checks()
    assert ("pending", None) == (school.row(enrollment)["status"], school.row(enrollment)["outcome"])


def test_of_an_enrollment_that_ended_nothing_is_claimed() -> None:
    """Its outcome was decided when it ended; the look says that it ended."""
    enrollment, _ = began(8)
    school.change("UPDATE support.student_enrollments SET status = 'completed'")
    with transaction() as conn:
        care.settle_ended(conn)
    run_inline(check_effects)

    assert [(7, "ended")] == checks()
    assert "student_completed" == school.row(enrollment)["outcome"]


def test_flags_that_somebody_wrote_himself_are_mended_at_night_with_the_reason() -> None:
    """A flag without a row, a row without a flag, another level; those that are right are not touched."""
    wrong = [office.intervention()[0] for _ in range(2)]
    calm, right = school.enroll(), office.intervention()[0]
    school.change(
        "UPDATE support.student_enrollments SET is_at_risk = true, risk_level = 'low' WHERE id = :id", id=calm
    )
    school.change("UPDATE support.student_enrollments SET is_at_risk = false WHERE id = :id", id=wrong[0])
    school.change("UPDATE support.student_enrollments SET risk_level = 'high' WHERE id = :id", id=wrong[1])
    [before] = school.ask("SELECT xmin FROM support.student_enrollments WHERE id = :id", id=right)
    for _ in range(2):
        run_inline(prove)
    said = {each: school.decisions(each) for each in (calm, *wrong, right)}

    assert [False, True, True, True] == [school.flags(each)["is_at_risk"] for each in (calm, *wrong, right)]
    assert [before] == school.ask("SELECT xmin FROM support.student_enrollments WHERE id = :id", id=right)
    assert [("flags_mended", "the enrollment said at risk, low, and no intervention is open")] == said[calm]
    assert [("flags_mended", "the enrollment said not at risk, and an intervention is open, medium")] == said[wrong[0]]
    assert ([1, 0]) == [len(said[each]) for each in (wrong[1], right)]


def test_counts_are_those_of_the_rows_however_often_they_are_made() -> None:
    """By UTC day, course and level; what moves to another level leaves its cell; a day of before stays as it was."""
    [course] = school.put("courses", {"title": "Algebra"})
    [(now,)] = school.ask("SELECT now()")
    in_time = {"assigned_trainer_id": office.trainer(course), "assigned_at": now}
    office.intervention(course, hours=1, **in_time)
    office.intervention(course, hours=100, **in_time)
    office.intervention(course, status="dismissed", outcome="false_positive")
    _, moved = office.intervention(course, status="resolved", outcome="student_improved", risk_level="high")
    office.intervention(course, hours=24 * 70)
    for _ in range(2):
        with transaction() as conn:
            care.count_days(conn, None)
    school.change("UPDATE support.student_interventions SET risk_level = 'medium' WHERE id = :id", id=moved)
    with transaction() as conn:
        changed = [care.count_days(conn, None), care.count_days(conn, None)]
    sums = school.ask("""SELECT risk_level, sum(found), sum(assigned), sum(assigned_in_time), sum(resolved),
                         sum(improved), sum(false_positives) FROM support.risk_days GROUP BY 1""")
    rules = school.ask(
        "SELECT reason, sum(found), sum(decided), sum(false_positives) FROM support.rule_days GROUP BY 1"
    )

    assert [("medium", 4, 2, 1, 1, 1, 1)] == [tuple(row) for row in sums]
    assert [("quiz_failures", 4, 2, 1)] == [tuple(row) for row in rules]
    assert changed[0] > 0 == changed[1]


@pytest.mark.parametrize(("false", "right", "wolf"), [(6, 4, True), (5, 5, False), (5, 4, False), (0, 20, False)])
def test_a_rule_that_is_wrong_more_often_than_right_is_seen(false: int, right: int, wolf: bool) -> None:
    """From ten that somebody ended; status and `bellwork explain rule` say so."""
    for number in range(false + right):
        ended: dict[str, Any] = (
            {"status": "dismissed", "outcome": "false_positive"} if number < false else {"status": "resolved"}
        )
        office.intervention(risk_reasons=["inactive"], **ended)
    run_inline(prove)
    with transaction() as conn:
        told = [each.what for each in concerns(conn)]
    answer = json.loads(ask("explain", "rule", "inactive", "--json").out)
    [rule] = json.loads(ask("figures", "support", "rules", "--json").out)["rows"]
    [day] = json.loads(ask("figures", "support", "days", "--json").out)["rows"]

    assert (["The rule inactive is wrong too often"] if wolf else []) == told
    assert wolf == ("wrong too often" in answer["subject"])
    assert (false + right, round(right / (false + right), 4)) == (rule["ended"], float(rule["precision"]))
    assert (false + right, false) == (day["found"], day["false_positives"])
    assert f"{false + right:,} found in 60 days" in answer["reasons"][0]["said"]


def test_explain_says_of_a_student_what_each_rule_found_what_is_open_and_what_was_held_back() -> None:
    """Of each enrollment, with figures and the next step; the same by the id of the enrollment."""
    enrollment, row = began(3, failed=0)
    [(student,)] = school.ask("SELECT user_id FROM support.student_enrollments WHERE id = :id", id=enrollment)
    trainer = office.trainer()
    school.change(
        "UPDATE support.student_interventions SET assigned_trainer_id = :who, assigned_at = now()", who=trainer
    )
    opened = [each["said"] for each in json.loads(ask("explain", "student", str(student), "--json").out)["reasons"]]
    school.change("SELECT support.dismiss_intervention(:id, 'he was ill')", id=row)
    school.attempts(enrollment, *[False] * 4)
    school.change("UPDATE support.quiz_attempts SET submitted_at = now() - interval '1 hour'")
    school.detect(enrollment, at=datetime.now(UTC))
    answer = json.loads(ask("explain", "student", str(enrollment), "--json").out)
    held = [each["said"] for each in answer["reasons"]]

    assert any(f"intervention {row} is pending (medium, trainer_notification), Tess's since" in each for each in opened)
    assert "rule quiz_failures does not fire: 0 of the last 0 attempts failed (medium from 3, high from 5)" in opened
    assert any(each.startswith("rule inactive does not fire: last active") for each in opened)
    assert answer["subject"].endswith("not at risk in any of 1 enrollment")
    assert "rule quiz_failures fires: 4 of the last 4 attempts failed (medium from 3, high from 5)" in held
    assert any("held back: dismissed at" in each for each in held)


def test_explain_says_of_an_erased_student_that_he_is() -> None:
    """No rule looks at him, though his enrollment is active still."""
    _, row = began(3)
    [(student,)] = school.ask("SELECT student_id FROM support.student_interventions WHERE id = :id", id=row)
    with transaction() as conn:
        erase(conn, str(student))
    said = [each["said"] for each in json.loads(ask("explain", "student", str(student), "--json").out)["reasons"]]

    assert any(each.endswith("and its student was erased") for each in said)


def test_reasons_of_an_erased_student_are_no_rule() -> None:
    """The word that stands in their place is counted for no rule."""
    _, row = began(3)
    [(student,)] = school.ask("SELECT student_id FROM support.student_interventions WHERE id = :id", id=row)
    with transaction() as conn:
        erase(conn, str(student))
        care.count_days(conn, None)

    assert [] == school.ask("SELECT reason FROM support.rule_days")


@pytest.mark.parametrize(
    ("asked", "said"),
    [("nobody", "is no UUID"), (str(UUID(int=7)), "there is no student"), ("rule", "there is no rule")],
)
def test_what_cannot_be_explained_is_said(asked: str, said: str) -> None:
    """In one line, with code 1."""
    answer = ask("explain", *(("rule", "wolf") if asked == "rule" else ("student", asked)))

    assert (1, True) == (answer.code, said in answer.err)
