"""What befalls attempts and processes, counted by its reason: a row each, which nobody else has to wait for.

A scheduler adds rows that are older than an hour to totals, so that the table stays short, and the last minutes can be
told apart from all that ever was.
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from bellwork.db.engine import psycopg_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection as Driver
    from sqlalchemy import Connection

    from bellwork.db.ledger.jobs import Held

Kind = Literal["reclaimed", "ended", "fenced"]
#: Every reason that is noted, by kind, so that a count begins at 0 and not with the first time.
#: `reclaimed`: jobs that were taken from a worker. `ended`: worker processes that ended otherwise than by a stop.
#: `fenced`: attempts that wanted to record their end and no longer held their job.
REASONS: dict[Kind, tuple[str, ...]] = {
    "reclaimed": ("silent", "died", "master died", "overran", "neighbour overran"),
    "ended": ("silent", "died", "master died", "killed"),
    "fenced": ("reclaimed", "finished", "cancelled"),
}
#: Minutes that are told apart from the totals.
RECENT = 10

_NOTE = b"INSERT INTO bellwork.occurrences (kind, reason, times) VALUES (%s, %s, %s)"
# A finish whose answer was lost finds its own deed when it is repeated: that is no other attempt's.
_NOTE_FENCED = b"""
INSERT INTO bellwork.occurrences (kind, reason, times)
SELECT 'fenced', reason, count(*) FROM (
    SELECT CASE WHEN f.id IS NULL THEN 'reclaimed' WHEN f.state = 'cancelled' THEN 'cancelled' ELSE 'finished' END
    FROM unnest(%s::int8[], %s::int4[]) AS asked(id, attempt)
    LEFT JOIN LATERAL (SELECT id, state, attempt FROM bellwork.finished_jobs WHERE id = asked.id LIMIT 1) f ON true
    WHERE (f.state = 'done' AND f.attempt = asked.attempt) IS NOT TRUE) AS found(reason)
GROUP BY reason
"""
_FOLD = b"""
WITH old AS (DELETE FROM bellwork.occurrences WHERE at < now() - interval '1 hour' RETURNING kind, reason, times)
INSERT INTO bellwork.occurrence_totals AS t (kind, reason, times)
SELECT kind, reason, sum(times) FROM old GROUP BY kind, reason ORDER BY kind, reason
ON CONFLICT (kind, reason) DO UPDATE SET times = t.times + excluded.times
"""
_COUNTS = b"""
SELECT kind, reason, sum(times)::bigint, coalesce(sum(times) FILTER (WHERE is_recent), 0)::bigint
FROM (SELECT kind, reason, times, false FROM bellwork.occurrence_totals
      UNION ALL SELECT kind, reason, times, at > now() - make_interval(mins => %s) FROM bellwork.occurrences
     ) AS counted(kind, reason, times, is_recent)
GROUP BY kind, reason
"""


class Count(NamedTuple):
    """How often something befell: ever since it is counted, and in the last RECENT minutes."""

    ever: int
    recently: int


def note(conn: Connection, kind: Kind, reason: str, times: int) -> None:
    """Note that something befell so many times, in the caller's transaction; none is not noted."""
    if times:
        psycopg_of(conn).execute(_NOTE, (kind, reason, times))


def note_fenced(conn: Connection, attempts: Sequence[Held]) -> None:
    """Note attempts that no longer held their job, by what became of it; what they did themselves is not noted."""
    asked = ([each.id for each in attempts], [each.attempt for each in attempts])
    psycopg_of(conn).execute(_NOTE_FENCED, asked)


def fold_occurrences(driver: Driver[Any]) -> None:
    """Add what is older than an hour to the totals."""
    driver.execute(_FOLD)


def occurrences(driver: Driver[Any]) -> dict[Kind, dict[str, Count]]:
    """Return how often each thing befell, by kind and reason; what never did is there, too."""
    found: dict[Kind, dict[str, Count]] = defaultdict(dict)
    for kind, reasons in REASONS.items():
        found[kind] = dict.fromkeys(reasons, Count(0, 0))
    for kind, reason, ever, recently in driver.execute(_COUNTS, (RECENT,)).fetchall():
        found[kind][reason] = Count(int(ever), int(recently))
    return dict(found)
