"""A person of courses is erased: name, address and words go, what was earned stays under a pseudonym."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING
from uuid import uuid4

from bellwork.db.courses import erase
from bellwork.db.courses.seed import add, seed_course
from bellwork.db.notices import notify
from bellwork.db.sql import sql
from bellwork.db.vocabulary.erasure import Erased
from tests.db.catalog import rows

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: A word that only this learner's own texts have.
MARK = "Zebedee"


def test_nothing_that_a_person_wrote_or_is_called_stays(conn: Connection) -> None:
    """No row of any table holds it any more; certificate, enrollment and score are there; twice is as once."""
    seeded = seed_course(conn)
    learner, attempt = seeded.learner, uuid4()
    conn.execute(
        sql("UPDATE {courses}.users SET first_name = :m, bio = 'I, ' || :b, email = :e WHERE id = :id"),
        {"m": MARK, "b": MARK, "e": f"{MARK}@example.org", "id": learner},
    )
    add(conn, "user_preferences", user_id=learner)
    add(conn, "ai_interactions", user_id=learner, interaction_type="query", input_text=MARK, output_text=MARK)
    add(conn, "video_bookmarks", user_id=learner, video_id=seeded.videos["video"], position_seconds=3, note=MARK)
    add(conn, "learning_events", user_id=learner, event_type="note.written", event_data={"text": MARK})
    add(conn, "assessment_attempts", id=attempt, user_id=learner, assessment_id=seeded.assessments["quiz"], score=3)
    question = conn.execute(sql("SELECT id FROM {courses}.questions LIMIT 1")).scalar_one()
    add(conn, "answers", attempt_id=attempt, question_id=question, response=MARK)
    session = {"lab_id": seeded.labs["lab"], "user_id": learner, "status": "failed"}
    add(conn, "lab_sessions", **session, validation_result={"said": MARK})
    paper = {"certificate_number": "LC-2026-000001", "title": "Python", "pdf_url": f"certificates/{MARK}.pdf"}
    certificate = add(conn, "certificates", user_id=learner, course_id=seeded.course, **paper)
    notify(conn, str(learner), "courses.t", MARK, {"text": MARK})

    assert {str(seeded.enrollment), str(attempt), str(certificate)} < set(erase.names(conn, str(learner)))
    first, second = (erase.erase(conn, str(learner)) for _ in range(2))
    left = json.dumps([rows(conn, schema) for schema in ("courses", "bellwork")], default=str)

    assert MARK not in left
    assert [f"certificates/{MARK}.pdf"] == first.files
    assert 1 == first.masked["courses.certificates"]
    assert not any([*second.deleted.values(), *second.masked.values(), *second.files])
    assert "LC-2026-000001" in left


def test_who_is_nobody_is_nobody(conn: Connection) -> None:
    """An id that no user has, or that is none."""
    for subject in (str(uuid4()), "user_1", ""):
        assert ([], Erased()) == (erase.names(conn, subject), erase.erase(conn, subject))
