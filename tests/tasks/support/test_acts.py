"""What people do with interventions, by functions of SQL: every pair of states, and nothing half-done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import product
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bellwork.db.engine import engine, transaction
from bellwork.db.support import care
from bellwork.db.support.tables import INTERVENTIONS, InterventionStatus
from tests.tasks.support import office, school

if TYPE_CHECKING:
    from collections.abc import Callable
    from uuid import UUID

pytestmark = pytest.mark.usefixtures("empty")
_S = InterventionStatus


def _escalate(row: UUID) -> None:
    school.change(
        "UPDATE support.student_interventions SET created_at = now() - interval '9 days' WHERE id = :id", id=row
    )
    with transaction() as conn:
        care.escalate(conn, care.Limits())


def _complete(row: UUID) -> None:
    school.change(
        "UPDATE support.student_enrollments SET status = 'completed' WHERE id ="
        " (SELECT enrollment_id FROM support.student_interventions WHERE id = :id)",
        id=row,
    )
    with transaction() as conn:
        care.settle_ended(conn)


def _assign(row: UUID) -> None:
    del row
    with transaction() as conn:
        care.assign(conn)


def _detect(row: UUID) -> None:
    [(enrollment,)] = school.ask("SELECT enrollment_id FROM support.student_interventions WHERE id = :id", id=row)
    school.detect(enrollment, at=datetime.now(UTC))


def _ask(statement: str) -> Callable[[UUID], None]:
    return lambda row: school.change(f"SELECT support.{statement}", id=row)


#: What can be done to a row, and the states that it may lead to.
DEEDS: dict[str, tuple[Callable[[UUID], None], set[InterventionStatus]]] = {
    "assign": (_assign, set()),
    "contact": (_ask("note_contact(:id)"), {_S.IN_PROGRESS}),
    "snooze": (_ask("snooze(:id, now() + interval '1 day')"), set()),
    "resolve": (_ask("resolve_intervention(:id, 'student_improved')"), {_S.RESOLVED}),
    "dismiss": (_ask("dismiss_intervention(:id)"), {_S.DISMISSED}),
    "escalate": (_escalate, {_S.ESCALATED}),
    "complete": (_complete, {_S.RESOLVED}),
    "detect": (_detect, {_S.RESOLVED}),
}


@pytest.mark.parametrize(("deed", "status"), list(product(DEEDS, _S)))
def test_every_deed_in_every_state_leads_where_the_machine_allows(deed: str, status: InterventionStatus) -> None:
    """Or is refused with a reason, or leaves the row as it is; the flags follow in the same commit."""
    enrollment, row = office.intervention(status=status)
    do, targets = DEEDS[deed]
    refused = None
    try:
        do(row)
    except DBAPIError as error:
        refused = str(error.orig)
    now = _S(school.row(enrollment)["status"])

    assert now == status or (now in INTERVENTIONS.moves[status] and now in targets)
    if refused:
        assert now == status
        assert str(row) in refused
    assert (now in {_S.PENDING, _S.IN_PROGRESS, _S.ESCALATED}) == school.flags(enrollment)["is_at_risk"]
    assert (now == _S.RESOLVED) == (school.row(enrollment)["resolved_at"] is not None)


def test_contact_is_noted_once_and_words_are_kept() -> None:
    """Whoever makes contact first is its trainer where it has none, both columns at once; a word twice stands once."""
    enrollment, row = office.intervention()
    trainer = office.trainer()
    for _ in range(2):
        school.change("SELECT support.note_contact(:id, :who, 'called, no answer')", id=row, who=trainer)
    school.change("SELECT support.note_contact(:id, note => 'called again')", id=row)
    found = school.row(enrollment)

    assert ("in_progress", trainer, trainer) == (found["status"], found["assigned_trainer_id"], found["contacted_by"])
    assert found["assigned_at"] is not None
    assert "called, no answer\ncalled again" == found["trainer_notes"]
    assert ["contacted"] == [kind for kind, _ in school.decisions(enrollment)]


def test_a_short_word_after_a_longer_one_that_ends_with_it_is_kept() -> None:
    """Words are compared by whole lines, and where nothing is said nothing is written."""
    enrollment, row = office.intervention()
    school.change("SELECT support.note_contact(:id)", id=row)
    silent = school.row(enrollment)["trainer_notes"]
    for said in ("not well", "well", "well"):
        school.change("SELECT support.note_contact(:id, note => :said)", id=row, said=said)
    school.change("SELECT support.dismiss_intervention(:id)", id=row)
    found = school.row(enrollment)

    assert (None, "not well\nwell", None) == (silent, found["trainer_notes"], found["resolution_notes"])


@pytest.mark.parametrize(
    ("call", "said"),
    [
        ("note_contact(:id, (SELECT user_id FROM support.student_enrollments))", "is the student of intervention"),
        ("note_contact(gen_random_uuid())", "there is no intervention"),
        ("note_contact(NULL)", "there is no intervention NULL"),
        ("note_contact(:id, gen_random_uuid())", "there is nobody"),
        ("note_contact(:id, NULL, repeat('x', 4001))", "4000 are kept at most"),
        ("snooze(:id, now() - interval '1 second')", "give a moment of the next 30 days"),
        ("snooze(:id, now() + interval '31 days')", "give a moment of the next 30 days"),
        ("snooze(:id, 'infinity')", "give a moment of the next 30 days"),
        ("resolve_intervention(:id, 'completed')", "it is one of student_improved"),
        ("resolve_intervention(:id, 'ineffective')", "it is one of student_improved"),
        ("resolve_intervention(:id, NULL)", "outcome is NULL"),
    ],
)
def test_what_makes_no_sense_is_refused_and_changes_nothing(call: str, said: str) -> None:
    """With what was asked and what to do; the platform's own words completed and ineffective are such."""
    enrollment, row = office.intervention()
    before = school.row(enrollment)
    with pytest.raises(DBAPIError, match=said) as refused:
        school.change(f"SELECT support.{call}", **({"id": row} if ":id" in call else {}))

    assert "22023" == refused.value.orig.sqlstate  # type: ignore[union-attr]
    assert before == school.row(enrollment)


def test_updates_that_the_checks_refuse_leave_row_and_flags_as_they_are() -> None:
    """A status of the platform's, a trainer without a moment, resolved without one: 23514, and the flag stays."""
    enrollment, _ = office.intervention()
    trainer = office.trainer()
    for change in (
        "status = 'completed'",
        "status = 'resolved'",
        "status = 'dismissed', resolved_at = now()",
        f"assigned_trainer_id = '{trainer}'",
        "risk_reasons = '{}'",
        "outcome = 'ineffective'",
    ):
        with pytest.raises(DBAPIError) as refused:
            school.change("UPDATE support.student_interventions SET " + change)  # noqa: S608 - of the list above
        assert "23514" == refused.value.orig.sqlstate  # type: ignore[union-attr]

    assert ("pending", True) == (school.row(enrollment)["status"], school.flags(enrollment)["is_at_risk"])


def test_one_statement_writes_row_flag_and_decision_or_none() -> None:
    """The platform's three writes without a transaction: cut off before the end, nothing is left of it here."""
    enrollment, row = office.intervention()
    statement = text("SELECT support.resolve_intervention(:id, 'student_improved', 'all is well')")
    with engine().connect() as conn:
        conn.execute(statement, {"id": row})
        conn.rollback()

    assert ("pending", True, []) == (
        school.row(enrollment)["status"],
        school.flags(enrollment)["is_at_risk"],
        school.decisions(enrollment),
    )


def test_an_end_that_is_told_twice_is_the_same_end_and_another_one_is_refused() -> None:
    """True and then False; resolved as something else, or dismissed after that, is an error that names both."""
    enrollment, row = office.intervention()
    told = [
        school.ask("SELECT support.resolve_intervention(:id, 'student_improved', 'well')", id=row) for _ in range(2)
    ]
    for other in ("resolve_intervention(:id, 'false_positive')", "dismiss_intervention(:id)"):
        with pytest.raises(DBAPIError, match="is resolved already as student_improved"):
            school.change(f"SELECT support.{other}", id=row)

    assert [[(True,)], [(False,)]] == told
    assert "well" == school.row(enrollment)["resolution_notes"]


@pytest.mark.parametrize(("status", "outcome"), [("completed", "student_completed"), ("dropped", "student_dropped")])
@pytest.mark.parametrize("before", ["pending", "in_progress", "escalated"])
def test_an_enrollment_that_ends_decides_the_outcome_at_once(status: str, outcome: str, before: str) -> None:
    """A job of the commit that ends it resolves the open row, whoever had it; ended again it changes nothing."""
    enrollment, _ = office.intervention(status=before)
    for _ in range(2):
        school.change("UPDATE support.student_enrollments SET status = :status", status=status)
        office.drain_support()
    found = school.row(enrollment)

    assert ("resolved", outcome, False) == (found["status"], found["outcome"], school.flags(enrollment)["is_at_risk"])
    assert [("resolved", f"the enrollment was {status}")] == school.decisions(enrollment)


#: From, until, zone, and hours that count. In New York clocks go back on 1 November 2026 and forward on 14 March 2027,
#: Sundays both; in Cairo they went forward on Friday, 24 April 2026, at midnight.
WORKING: list[tuple[str, str, str | None, float]] = [
    ("2026-11-27 12:00+00", "2026-11-30 12:00+00", None, 72),
    ("2026-11-27 12:00+00", "2026-11-30 12:00+00", "UTC", 24),
    ("2026-11-27 23:00-05", "2026-11-30 01:00-05", "America/New_York", 2),
    ("2026-11-28 10:00+00", "2026-11-29 22:00+00", "UTC", 0),
    ("2026-10-30 12:00-04", "2026-11-02 12:00-05", "America/New_York", 24),
    ("2027-03-12 12:00-05", "2027-03-15 12:00-04", "America/New_York", 24),
    ("2026-04-23 12:00+02", "2026-04-24 12:00+03", "Africa/Cairo", 23),
    ("2026-11-30 12:00+00", "2026-11-30 12:00+00", "UTC", 0),
]


@pytest.mark.parametrize(("since", "until", "zone", "hours"), WORKING)
def test_only_days_from_monday_to_friday_count_in_a_zone(
    since: str, until: str, zone: str | None, hours: float
) -> None:
    """Whole days of the zone, with the hours that they have: 23 where the clock goes forward."""
    statement = "SELECT support.working_time(CAST(:since AS timestamptz), CAST(:until AS timestamptz), :zone)"
    [(found,)] = school.ask(statement, since=since, until=until, zone=zone)

    assert timedelta(hours=hours) == found
