"""Which events had their effect already: each counts once, however often, late or at once it is delivered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

#: Days before today (UTC) of which events are told apart; the partition of a day is dropped some days later.
BACK = 7
_SEE = text("""
INSERT INTO bellwork.seen_events (source, event_id, day)
SELECT :source, :event_id, date_trunc('day', CAST(:at AS timestamptz), 'UTC')
WHERE CAST(:at AS timestamptz) >= date_trunc('day', now(), 'UTC') - :back * interval '1 day'
  AND CAST(:at AS timestamptz) < date_trunc('day', now(), 'UTC') + interval '2 days'
ON CONFLICT DO NOTHING RETURNING true
""")


def first_seen(conn: Connection, source: str, event_id: str, at: datetime) -> bool:
    """Tell whether this event is here for the first time; the answer commits or vanishes with the caller's transaction.

    `source` names who sends it ('courses.progress'), `at`, aware, when it says that it happened: a second delivery says
    the same. False for one that was here, and for one from more than BACK days ago or from after tomorrow (UTC), of
    which nobody can tell: let it change nothing but what may be done twice. An open transaction that sees the same
    event is waited for.
    """
    asked = {"source": source, "event_id": event_id, "at": at, "back": BACK}
    return bool(conn.execute(_SEE, asked).scalar())
