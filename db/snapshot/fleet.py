"""The threads and leases of all workers at one moment, and how far their hosts' clocks are from PostgreSQL's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from psycopg import Connection as Driver

# A lease of which less than a third is left was not renewed when it should have been. Workers of a release that did not
# say how many threads they have, or for how long they renew, count as having none, and as renewed just now.
_FLEET = b"""
SELECT count(*) FILTER (WHERE lives), count(*) FILTER (WHERE NOT lives),
       coalesce(sum(threads) FILTER (WHERE lives), 0)::bigint,
       coalesce(sum(least(threads, running)) FILTER (WHERE lives), 0)::bigint,
       coalesce(sum(running) FILTER (WHERE lives), 0)::bigint,
       coalesce(sum(running) FILTER (WHERE lives AND left_of < lease / 3), 0)::bigint,
       coalesce(max(lease - left_of) FILTER (WHERE lives), 0)::float8
FROM (SELECT expires_at > now() AS lives, coalesce(threads, 0) AS threads, coalesce(r.running, 0) AS running, lease,
             extract(epoch FROM expires_at - now())::float8 AS left_of
      FROM bellwork.workers w LEFT JOIN (
          SELECT worker_id, count(*) AS running FROM bellwork.jobs WHERE state = 'running' GROUP BY worker_id
      ) r ON r.worker_id = w.id) AS fleet
"""
_CLOCKS = b"""
SELECT host, (array_agg(clock_ahead ORDER BY abs(clock_ahead) DESC))[1] FROM bellwork.workers
WHERE expires_at > now() AND clock_ahead IS NOT NULL GROUP BY host ORDER BY host
"""


def look_at_fleet(driver: Driver[Any]) -> dict[str, Any]:
    """Return live and silent workers, threads, how many of them have a job, leases, and the longest since a beat.

    Leases are counted in jobs. `expiring`: less than a third of their lease is left, so two beats or so were missed.
    """
    row = driver.execute(_FLEET).fetchone() or (0,) * 7
    names = ("alive", "silent", "slots", "busy", "leases", "expiring", "beat_age")
    return dict(zip(names, row, strict=True))


def clocks_ahead(driver: Driver[Any]) -> dict[str, float]:
    """Return of each host with live workers by how many seconds its clock is ahead, the farthest of its workers'."""
    return dict(driver.execute(_CLOCKS).fetchall())
