"""A kind of job that kills process after process is held back for a while; everything else goes on.

Counted are only crashes of jobs that ran alone in their process, after earlier crashes: no other job caused those.
Now and then one job of the kind is tried (`probe`); if its process lives on, the kind is free again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.engine import psycopg_of
from bellwork.db.queries.limits import CRASHED_JOBS, CRASHED_MINUTES
from bellwork.db.settings import settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

QUARANTINED = (
    b"SELECT actor FROM bellwork.crashes WHERE at > now() - interval '%d minutes' GROUP BY actor HAVING count(*) >= %d"
    % (CRASHED_MINUTES, CRASHED_JOBS)
)
_RECORD = b"""
INSERT INTO bellwork.crashes (actor, job_id) SELECT actor, id FROM bellwork.jobs WHERE id = ANY(%s) AND crashes > %s
ON CONFLICT (actor, job_id) DO UPDATE SET at = now()
"""
_EXPIRE = b"DELETE FROM bellwork.crashes WHERE at < now() - interval '%d minutes'" % CRASHED_MINUTES
_UNPROBED = b"DELETE FROM bellwork.probes p WHERE NOT EXISTS (SELECT FROM bellwork.crashes c WHERE c.actor = p.actor)"


def suspicious_from() -> int:
    """Return how many crashes make a job a suspect, which runs alone in its process: half of BELLWORK_MAX_CRASHES."""
    return max(1, settings().max_crashes // 2)


def record_crashes(conn: Connection, jobs: Sequence[int]) -> None:
    """Record a crash of those jobs that were suspects before; each of `jobs` was alone in a process that died."""
    psycopg_of(conn).execute(_EXPIRE)
    psycopg_of(conn).execute(_UNPROBED)
    psycopg_of(conn).execute(_RECORD, (list(jobs), suspicious_from()))


def quarantined(conn: Connection) -> list[str]:
    """List the actors whose jobs are not claimed now; each is free again when its crashes are ten minutes old."""
    return [row[0] for row in psycopg_of(conn).execute(QUARANTINED).fetchall()]
