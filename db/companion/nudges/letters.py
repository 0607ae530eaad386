"""The letter of a nudge: what it says and whom it is for, asked right before it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from datetime import date, datetime

    from sqlalchemy import Connection

    from bellwork.db.companion.nudges.rules import Kind, Reason

#: What stands before a nudge's id in the key of its letter; select.sql writes the same.
KEY = "companion.nudge:"
_READ = """
SELECT n.user_id, n.type, n.message, coalesce(n.suggestions_made, '{}') AS offers, u.email, k.day,
       CAST(coalesce(k.slot, 1) AS int) AS slot,
       EXISTS (SELECT FROM {companion}.goals g
               WHERE g.student_id = n.user_id AND g.status = 'completed' AND g.completed_at >= n.sent_at) AS reached
FROM {companion}.nudges n
JOIN {companion}.users u ON u.id = n.user_id
LEFT JOIN {companion}.nudge_keys k ON k.nudge_id = n.id
WHERE n.id = :nudge
"""
_HOLD = """
INSERT INTO {companion}.nudge_suppressions (user_id, type, day, reason, next_at)
VALUES (:user, :type, :day, :reason, :next_at) ON CONFLICT DO NOTHING
"""
_OPT_OUT = """
UPDATE {companion}.users SET profile = o.profile || jsonb_build_object('preferences', o.wishes || '{"nudges": false}')
FROM (SELECT id, CASE jsonb_typeof(profile) WHEN 'object' THEN profile ELSE '{}' END AS profile,
             CASE jsonb_typeof(profile -> 'preferences') WHEN 'object' THEN profile -> 'preferences' ELSE '{}' END
                 AS wishes
      FROM {companion}.users WHERE id = :user FOR NO KEY UPDATE) AS o
WHERE users.id = o.id AND users.profile #>> '{preferences,nudges}' IS DISTINCT FROM 'false'
"""


class NudgeLetter(NamedTuple):
    """A nudge that is to go by mail; `reached` tells that its learner reached a goal since."""

    user_id: UUID
    kind: Kind
    message: str
    offers: list[str]
    email: str
    day: date | None
    slot: int
    reached: bool


def nudge_of(key: str) -> UUID:
    """Return the nudge that a letter's key names."""
    return UUID(key.removeprefix(KEY))


def read_letter(conn: Connection, nudge_id: UUID) -> NudgeLetter | None:
    """Return what a nudge says, and to whom; None where it, or its learner, is gone."""
    row = conn.execute(sql(_READ), {"nudge": nudge_id}).one_or_none()
    return NudgeLetter(*row) if row else None


def note_held(
    conn: Connection, letter: NudgeLetter, day: date, reason: Reason, next_at: datetime | None = None
) -> None:
    """Record why a letter did not go, once a day and reason."""
    asked = {"user": letter.user_id, "type": letter.kind, "day": day, "reason": reason, "next_at": next_at}
    conn.execute(sql(_HOLD), asked)


def opt_out(conn: Connection, user_id: UUID) -> None:
    """Let a learner have no nudges any more; what else the profile holds stays."""
    conn.execute(sql(_OPT_OUT), {"user": user_id})
