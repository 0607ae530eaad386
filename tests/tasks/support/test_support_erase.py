"""A person of support is erased: name, address, inputs and words go, rows stay under their ids and end."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from bellwork.db.engine import transaction
from bellwork.db.support import erase
from tests.db.catalog import rows
from tests.tasks.support import school

pytestmark = pytest.mark.usefixtures("empty")
#: A word that only this student's own texts have.
MARK = "Zebedee"


def test_nothing_that_is_said_of_a_student_stays() -> None:
    """No row of any table holds it any more, the open row ends and its flag goes; twice is as once."""
    enrollment, other = school.enroll(days=20), school.enroll(days=20)
    school.attempts(enrollment, *[False] * 3)
    school.completed(enrollment)
    school.escalated(enrollment, 5)
    school.detect()
    [[student]] = school.ask("SELECT user_id FROM support.student_enrollments WHERE id = :id", id=enrollment)
    school.change(
        "UPDATE support.user_profiles SET name = :m, email = :m || '@example.org' WHERE id = :id", m=MARK, id=student
    )
    school.change(
        "UPDATE support.student_interventions SET trainer_notes = :m, resolution_notes = :m, notes = :m,"
        " risk_reasons = risk_reasons || CAST(:m AS text) WHERE enrollment_id = :id",
        m=MARK,
        id=enrollment,
    )
    with transaction() as conn:
        known = erase.names(conn, str(student))
        first, second = (erase.erase(conn, str(student)) for _ in range(2))
        left = json.dumps(rows(conn, "support"), default=str)
    row = school.row(enrollment)

    assert {str(enrollment), str(row["id"])} == set(known)
    assert MARK not in left
    assert [3, 1, 5] == [
        first.deleted[f"support.{each}"] for each in ("quiz_attempts", "topic_completions", "escalations")
    ]
    assert not any([*second.deleted.values(), *second.masked.values()])
    assert ("resolved", {}, ["erased"]) == (row["status"], row["figures"], row["risk_reasons"])
    assert not school.flags(enrollment)["is_at_risk"]
    assert [] == school.detect(enrollment, at=datetime.now(UTC))
    assert school.flags(other)["is_at_risk"]
    assert "pending" == school.row(other)["status"]


def test_a_trainer_leaves_without_name_and_address() -> None:
    """What was assigned to him stays assigned to his id."""
    enrollment = school.enroll(days=20)
    school.detect()
    [trainer] = school.put("user_profiles", {"name": MARK})
    school.put("trainers", {"id": trainer, "name": MARK, "email": f"{MARK}@example.org"})
    school.change("UPDATE support.student_interventions SET assigned_trainer_id = :id, assigned_at = now()", id=trainer)
    with transaction() as conn:
        erase.erase(conn, str(trainer))
        left = json.dumps(rows(conn, "support"), default=str)

    assert MARK not in left
    assert trainer == school.row(enrollment)["assigned_trainer_id"]


def test_who_is_nobody_is_nobody() -> None:
    """An id that nobody has, or that is none."""
    for subject in (str(uuid4()), "student_1", ""):
        with transaction() as conn:
            known, erased = erase.names(conn, subject), erase.erase(conn, subject)

        assert [] == known
        assert not any([*erased.deleted.values(), *erased.masked.values()])
