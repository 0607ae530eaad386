"""Who is to be told of an intervention: its trainer when it is his, the owner of its course when it is escalated.

A row of `notices` says that somebody was told, and is written in the transaction that posts the letter: of each row and
kind there is one, whoever looks how often.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Connection

#: Kinds of notices.
ASSIGNED, ESCALATED = "assigned", "escalated"
_TO_TELL = {
    ASSIGNED: ("assigned_trainer_id", "i.status = 'pending'"),
    ESCALATED: ("escalated_to", "i.status = 'escalated'"),
}
# Whoever takes a person's rows has all of them: so whether they are a digest is decided once.
_TAKE = """
WITH waiting AS (
    SELECT i.id, i.[person] AS person FROM {support}.student_interventions i
    WHERE i.deleted_at IS NULL AND [state] AND i.[person] IS NOT NULL
      AND NOT EXISTS (SELECT FROM {support}.notices n WHERE n.intervention_id = i.id AND n.kind = :kind)
    ORDER BY i.[person], i.id LIMIT :most
)
INSERT INTO {support}.notices (intervention_id, kind, person_id)
SELECT w.id, :kind, w.person FROM waiting w ORDER BY w.id
ON CONFLICT DO NOTHING RETURNING intervention_id, person_id
"""
_KEYS = """
UPDATE {support}.notices n SET letter_key = k.key
FROM unnest(CAST(:rows AS uuid[]), CAST(:keys AS text[])) AS k(id, key)
WHERE n.intervention_id = k.id AND n.kind = :kind
"""
_ROWS = """
SELECT i.id, i.risk_level, i.risk_reasons, i.notes, i.intervention_type, i.assigned_at, i.escalation_reason,
       coalesce(s.name, 'a student') AS student, coalesce(k.title, 'a course') AS course
FROM {support}.notices n JOIN {support}.student_interventions i ON i.id = n.intervention_id
JOIN {support}.user_profiles s ON s.id = i.student_id JOIN {support}.courses k ON k.id = i.course_id
WHERE n.letter_key = :key AND n.kind = :kind AND i.deleted_at IS NULL AND [state] AND i.[person] = n.person_id
ORDER BY i.risk_level = 'high' DESC, i.created_at, i.id
"""
_ADDRESS = """
SELECT coalesce(t.email, u.email) AS email, coalesce(t.name, u.name) AS name
FROM {support}.user_profiles u LEFT JOIN {support}.trainers t ON t.id = u.id WHERE u.id = :person
"""


class Waiting(NamedTuple):
    """Rows of which a person was not told before."""

    person: UUID
    rows: tuple[UUID, ...]


class Reader(NamedTuple):
    """A trainer or an owner as a letter's reader."""

    email: str | None
    name: str | None


class ToldRow(NamedTuple):
    """An intervention as a letter tells of it; `figures` are the words of its notes."""

    id: UUID
    level: str
    reasons: Sequence[str]
    figures: str | None
    type: str | None
    assigned_at: object
    escalation_reason: str | None
    student: str
    course: str


def take_untold(conn: Connection, kind: str, most: int = 500) -> list[Waiting]:
    """Take the rows whose person was not told yet, in the caller's transaction, which posts the letters."""
    found: dict[UUID, list[UUID]] = {}
    for row, person in conn.execute(sql(_filled(_TAKE, kind)), {"kind": kind, "most": most}):
        found.setdefault(person, []).append(row)
    return [Waiting(person, tuple(sorted(rows))) for person, rows in sorted(found.items())]


def note_keys(conn: Connection, kind: str, keys: dict[UUID, str]) -> None:
    """Keep by which letter somebody is told of each row."""
    if keys:
        conn.execute(sql(_KEYS), {"rows": list(keys), "keys": list(keys.values()), "kind": kind})


def told_rows(conn: Connection, kind: str, key: str) -> list[ToldRow]:
    """Return the rows that a letter is about, of those that still stand as they did; the grave ones first."""
    return [ToldRow(*row) for row in conn.execute(sql(_filled(_ROWS, kind)), {"kind": kind, "key": key})]


def reader(conn: Connection, person: str) -> Reader | None:
    """Return a trainer or an owner as a reader, by the trainer's own address where there is one."""
    row = conn.execute(sql(_ADDRESS), {"person": person}).one_or_none()
    return Reader(*row) if row else None


def _filled(statement: str, kind: str) -> str:
    person, state = _TO_TELL[kind]
    return statement.replace("[person]", person).replace("[state]", state)
