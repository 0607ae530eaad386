"""Feedback whose job was never made: inserted by somebody who sent none, or of whose job nothing is left."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.content.effects.functions import KEPT_DAYS
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

#: Seconds in which whoever inserts feedback may send its job himself, in a transaction of its own.
PATIENCE = 60
# Of the last hours each time, of all days once an hour: most rows have had their effect long ago.
_LIST = """
SELECT f.id FROM {content}.feedback f
WHERE f.created_at <= now() - make_interval(secs => [patience])
  AND f.created_at > now() - CASE WHEN :all THEN make_interval(days => [kept]) ELSE interval '2 hours' END
  AND NOT EXISTS (SELECT FROM {content}.feedback_effects e WHERE e.feedback_id = f.id)
  AND NOT EXISTS (SELECT FROM bellwork.jobs j WHERE j.unique_key = 'content.apply_feedback:' || f.id)
ORDER BY f.created_at LIMIT :most
""".replace("[patience]", str(PATIENCE)).replace("[kept]", str(KEPT_DAYS))


def list_unapplied(conn: Connection, *, everything: bool, most: int = 1_000) -> Sequence[str]:
    """List the oldest feedback without an effect and without a job: of two hours, or of every day that still counts."""
    return conn.execute(sql(_LIST), {"all": everything, "most": most}).scalars().all()
