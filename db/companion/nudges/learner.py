"""What the rules look at, of one learner, and what was given and held back lately: for whoever asks why."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.companion.nudges.rules import FEW_SESSIONS, NEWS_FOR, UNOPENED_FOR, Learner, preferences_of
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

    from sqlalchemy import Connection

_READ = Path(__file__).with_name("learner.sql").read_text(encoding="utf-8")
_GIVEN = """
SELECT n.type, n.channel, n.sent_at, n.opened_at IS NOT NULL OR n.clicked_at IS NOT NULL AS opened,
       EXISTS (SELECT FROM {companion}.nudge_keys k WHERE k.nudge_id = n.id) AS ours, l.state, l.reason
FROM {companion}.nudges n LEFT JOIN bellwork.letters l ON l.key = 'companion.nudge:' || n.id
WHERE n.user_id = :user ORDER BY n.sent_at DESC NULLS LAST LIMIT :most
"""
_HELD = """
SELECT type, day, reason, next_at FROM {companion}.nudge_suppressions
WHERE user_id = :user ORDER BY id DESC LIMIT :most
"""


@dataclass(frozen=True)
class Known:
    """A user as he is `now`: `goals` are the moments at which those were reached that he was not congratulated on."""

    role: str
    learner: Learner
    now: datetime
    goals: tuple[datetime, ...]


class GivenNudge(NamedTuple):
    """A nudge of a learner; `ours` tells that it was not somebody else's program that wrote it.

    `letter` is what became of its letter, where it has one, and `why` the reason.
    """

    kind: str
    channel: str
    sent_at: datetime | None
    opened: bool
    ours: bool
    letter: str | None
    why: str | None


class HeldNudge(NamedTuple):
    """A nudge that was due on a day and did not go, and when it may, where that was known."""

    kind: str
    day: date
    reason: str
    next_at: datetime | None


def read_learner(conn: Connection, user_id: UUID, now: datetime | None = None) -> Known | None:
    """Return what the rules look at; None where there is no such user."""
    asked = {"user": user_id, "now": now, "few": FEW_SESSIONS, "unopened_for": UNOPENED_FOR, "news_for": NEWS_FOR}
    row = conn.execute(sql(_READ), asked).one_or_none()
    if row is None:
        return None
    learner = Learner(
        signed_up=row.created_at,
        sessions=row.sessions,
        preferences=preferences_of(row.profile),
        slots=row.taken,
        types=frozenset(row.types),
        others=row.others,
        spell=row.spell,
        unopened=row.unopened,
    )
    return Known(row.role, learner, row.at, tuple(row.goals))


def list_given(conn: Connection, user_id: UUID, most: int = 5) -> list[GivenNudge]:
    """List the latest nudges of a user, the newest first."""
    return [GivenNudge(*row) for row in conn.execute(sql(_GIVEN), {"user": user_id, "most": most})]


def list_held(conn: Connection, user_id: UUID, most: int = 5) -> list[HeldNudge]:
    """List the latest nudges of a user that did not go, the newest first."""
    return [HeldNudge(*row) for row in conn.execute(sql(_HELD), {"user": user_id, "most": most})]
