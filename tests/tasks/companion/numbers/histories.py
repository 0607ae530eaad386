"""Histories of learners as hypothesis makes them, and as rows."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from hypothesis import strategies as st

from bellwork.db.sql import sql
from tests.tasks.companion.numbers.oracle import Goal, History, Item

if TYPE_CHECKING:
    from sqlalchemy import Connection

ZONES = (
    None,
    "UTC",
    "America/New_York",
    "Pacific/Kiritimati",
    "Pacific/Pago_Pago",
    "Asia/Kathmandu",
    "Mars/Base",
    "EST5",
    5,
)
SUBJECTS = 2
_AGO = st.one_of(
    st.integers(0, 30).map(lambda days: 24.0 * days + 0.5),
    st.floats(0, 200, allow_nan=False).map(lambda hours: round(hours, 3)),
    st.sampled_from([-1.0, -48.0, 5_000.0]),
)
RATINGS = st.none() | st.sampled_from([400, 999, 1000, 1001, 1499, 1500, 2000])
_OF = st.none() | st.integers(0, SUBJECTS - 1)
GOALS = st.lists(
    st.builds(
        Goal,
        subject=_OF,
        kind=st.sampled_from([None, "General", "SAT", "ap"]),
        status=st.sampled_from(["active", "active", "active", "paused", "completed"]),
    ),
    max_size=3,
).map(tuple)


def _items(goals: int) -> st.SearchStrategy[tuple[Item, ...]]:
    tags = st.lists(st.integers(0, goals - 1), max_size=2, unique=True).map(tuple) if goals else st.just(())
    one = st.builds(
        Item,
        subject=_OF,
        hours=st.none() | _AGO,
        completed=st.sampled_from([True, True, True, False]),
        tags=st.just(()) | tags,
    )
    # Many at once, for the thresholds lie at 50, 75 and 100.
    many = st.lists(st.tuples(one, st.sampled_from([1, 1, 1, 5, 50, 75, 100])), max_size=8)
    return many.map(lambda found: tuple(item for item, times in found for _ in range(times)))


@st.composite
def histories(draw: st.DrawFn) -> History:
    """Draw a history that may be anything a learner did."""
    goals = draw(GOALS)
    return History(
        zone=draw(st.sampled_from(ZONES)),
        goals=goals,
        items=draw(_items(len(goals))),
        sessions=draw(st.lists(st.tuples(_OF, _AGO), max_size=14).map(tuple)),
        ratings=draw(st.dictionaries(st.integers(0, SUBJECTS - 1), RATINGS)),
        answers=draw(st.lists(st.sampled_from(["High", "Medium", "Low"]), max_size=12).map(tuple)),
        nudges=draw(st.lists(st.tuples(st.booleans(), st.booleans()), max_size=9).map(tuple)),
        overrides=draw(st.integers(0, 3)),
    )  # fmt: skip


def write(
    conn: Connection, history: History, subjects: list[UUID], tutor: UUID, now: datetime
) -> tuple[UUID, list[UUID]]:
    """Insert a learner with his history; returns his id and those of his goals."""
    student, goals = uuid4(), [uuid4() for _ in history.goals]
    profile: dict[str, Any] = {"preferences": {"time_zone": history.zone}} if history.zone is not None else {}

    def at(hours: float | None) -> datetime | None:
        return None if hours is None else now - timedelta(hours=hours)

    def of(subject: int | None) -> UUID | None:
        return None if subject is None else subjects[subject]

    _many(conn, "users", [{"id": student, "cognito_sub": str(student), "email": f"{student}@example.org",
                           "role": "student", "profile": json.dumps(profile)}])  # fmt: skip
    _many(conn, "goals", [{"id": goal_id, "student_id": student, "created_by": student, "title": "A goal",
                           "subject_id": of(goal.subject), "goal_type": goal.kind, "status": goal.status,
                           "completion_percentage": 100 if goal.status == "completed" else 0,
                           "created_at": now + timedelta(seconds=place)}
                          for place, (goal_id, goal) in enumerate(zip(goals, history.goals, strict=True))])  # fmt: skip
    _many(conn, "practice_assignments", [
        {"student_id": student, "source": "ai_generated", "ai_question_text": "?", "ai_answer_text": "!",
         "subject_id": of(item.subject), "completed": item.completed,
         "completed_at": at(item.hours) if item.completed else None,
         "goal_tags": [str(goals[tag]) for tag in item.tags] or None} for item in history.items])  # fmt: skip
    _many(conn, "sessions", [{"student_id": student, "tutor_id": tutor, "subject_id": of(subject),
                              "session_date": at(hours)} for subject, hours in history.sessions])  # fmt: skip
    _many(conn, "student_ratings", [{"student_id": student, "subject_id": of(subject), "rating": rating}
                                    for subject, rating in history.ratings.items()])  # fmt: skip
    _many(conn, "qa_interactions", [{"student_id": student, "query": "?", "answer": "!", "confidence": word}
                                    for word in history.answers])  # fmt: skip
    _many(conn, "nudges", [{"user_id": student, "type": "login", "channel": "in_app", "message": "Hello",
                            "opened_at": now if opened else None, "clicked_at": now if clicked else None}
                           for opened, clicked in history.nudges])  # fmt: skip
    _many(conn, "overrides", [{"tutor_id": tutor, "student_id": student, "override_type": "summary", "action": "x"}
                              for _ in range(history.overrides)])  # fmt: skip
    return student, goals


def _many(conn: Connection, table: str, rows: list[dict[str, Any]]) -> None:
    if rows:
        names = ", ".join(rows[0])
        places = ", ".join(f":{name}" for name in rows[0])
        conn.execute(sql(f"INSERT INTO {{companion}}.{table} ({names}) VALUES ({places})"), rows)  # noqa: S608 - a test's own names
