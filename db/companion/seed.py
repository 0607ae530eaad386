"""A few learners for the demo: each for one thing that a nudge may meet; and how each stands."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, NamedTuple
from uuid import UUID, uuid4

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

_USER = """
INSERT INTO {companion}.users (id, cognito_sub, email, role, profile, created_at)
VALUES (:id, :id, :email, 'student', CAST(:profile AS jsonb), now() - interval '30 days')
"""
_SUBJECTS = """
WITH near AS (
    INSERT INTO {companion}.subjects (name) VALUES ('Geometry'), ('Pre-Calculus'), ('AP Calculus'), ('Physics')
    RETURNING id, name
)
INSERT INTO {companion}.subjects (name, related_subjects)
SELECT 'Algebra', array_agg(id ORDER BY array_position(ARRAY['Geometry', 'Pre-Calculus', 'AP Calculus'], name::text))
FROM near WHERE name <> 'Physics' RETURNING id
"""
_GOAL = """
INSERT INTO {companion}.goals (student_id, created_by, title, subject_id, status, completion_percentage, completed_at)
VALUES (:user, :user, :title, (SELECT id FROM {companion}.subjects WHERE name = 'Algebra' LIMIT 1), 'completed', 100,
        now())
"""
_NUDGE = """
INSERT INTO {companion}.nudges (user_id, type, channel, message) VALUES (:user, 'login', 'in_app', 'Welcome back!')
"""
_STANDING = """
SELECT u.id, u.profile #>> '{preferences,nudges}' IS NOT DISTINCT FROM 'false' AS out,
       coalesce((SELECT array_agg(n.type || ': ' || n.message ORDER BY n.sent_at, n.id)
                 FROM {companion}.nudges n JOIN {companion}.nudge_keys k ON k.nudge_id = n.id
                 WHERE n.user_id = u.id), '{}') AS nudges,
       coalesce((SELECT array_agg(s.type || ': ' || s.reason ORDER BY s.id)
                 FROM {companion}.nudge_suppressions s WHERE s.user_id = u.id), '{}') AS held,
       l.id AS letter, l.state, l.reason
FROM {companion}.users u
LEFT JOIN bellwork.letters l ON l.person = CAST(u.id AS text) AND l.system = 'companion'
WHERE u.id = ANY(CAST(:ids AS uuid[])) ORDER BY u.email, l.id
"""


class Standing(NamedTuple):
    """How a learner stands: whether he opted out, what he was given, what not and why, and his letter."""

    id: UUID
    out: bool
    nudges: list[str]
    held: list[str]
    letter: int | None
    state: str | None
    reason: str | None


def morning() -> str:
    """Name a time zone in which it is about nine o'clock in the morning now."""
    hours = (9 - datetime.now(UTC).hour + 12) % 24 - 12
    return f"Etc/GMT{-hours:+d}" if hours else "Etc/GMT"


def load_learners(conn: Connection, wishes: Mapping[str, Mapping[str, Any]]) -> dict[str, UUID]:
    """Insert subjects, and a learner for each name, who signed up a month ago and has had no session."""
    conn.execute(sql(_SUBJECTS))
    found = {name: uuid4() for name in wishes}
    for name, preferences in wishes.items():
        profile = json.dumps({"preferences": {"time_zone": morning(), **preferences}})
        row = {"id": found[name], "email": f"{name.lower()}.{found[name].hex[:6]}@example.org", "profile": profile}
        conn.execute(sql(_USER), row)
    return found


def reach_goal(conn: Connection, user_id: UUID, title: str) -> None:
    """Let a learner have reached a goal in algebra just now."""
    conn.execute(sql(_GOAL), {"user": user_id, "title": title})


def write_nudge(conn: Connection, user_id: UUID) -> None:
    """Write a nudge as another program would: without a key."""
    conn.execute(sql(_NUDGE), {"user": user_id})


def standing(conn: Connection, ids: list[UUID]) -> dict[UUID, Standing]:
    """Return how learners stand."""
    return {row.id: Standing(*row) for row in conn.execute(sql(_STANDING), {"ids": ids})}
