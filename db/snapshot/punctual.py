"""How the calendar keeps its times: how late each entry's last tick was, what was missed, what went well last."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from psycopg import Connection as Driver

#: The newest ticks of an entry that are looked through for one whose job is done.
_LOOKED = 10

# Partitions of days to come hold nothing, and are left out for it.
_ENTRIES = b"""
SELECT e.key,
       (SELECT greatest(extract(epoch FROM t.decided_at - t.tick), 0)::float8 FROM bellwork.ticks t
        WHERE t.entry = e.key AND t.tick <= now() ORDER BY t.tick DESC LIMIT 1),
       (SELECT count(*) FROM bellwork.ticks t WHERE t.entry = e.key AND t.tick <= now()
            AND t.tick > now() - interval '1 hour' AND t.outcome = 'missed'),
       (SELECT max(extract(epoch FROM done.at))::float8 FROM (
            SELECT t.job_id, t.decided_at FROM bellwork.ticks t
            WHERE t.entry = e.key AND t.tick <= now() ORDER BY t.tick DESC LIMIT %s) AS last,
        LATERAL (SELECT f.finished_at AS at FROM bellwork.finished_jobs f
            WHERE f.id = last.job_id AND f.state = 'done' AND f.finished_at >= last.decided_at - interval '1 minute'
                AND f.finished_at < now() + interval '1 hour'
            LIMIT 1) AS done)
FROM bellwork.entries e WHERE e.retired_at IS NULL ORDER BY e.key
"""


def look_at_calendar(driver: Driver[Any], before: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return each entry's `lateness`, `missed` and `succeeded_at`.

    Those are by how many seconds its last tick was decided late, how many ticks of the last hour were missed, and when
    a job of it was done last, in seconds since 1970; a success that `before` knows of stays known when its job is gone.
    """
    found = {}
    for key, late, missed, done in driver.execute(_ENTRIES, (_LOOKED,)).fetchall():
        known = (done, before.get(key, {}).get("succeeded_at"))
        found[key] = {"lateness": late, "missed": missed, "succeeded_at": max(filter(None, known), default=None)}
    return found
