"""Sums up the seconds that are over into minutes, each minute once, whichever scheduler does it."""

from __future__ import annotations

from bellwork.db.engine import psycopg_of, transaction

# All seconds before the latest snapshot are written, for each snapshot waits for the one before. An hour back at most:
# what is older is not in the ring any more. A minute that is to come was written before the clock was set back.
_TURN = b"""
SELECT greatest(CASE WHEN minutes_until <= at THEN minutes_until END, date_trunc('minute', at - interval '58 minutes')),
       date_trunc('minute', at)
FROM bellwork.snapshot WHERE seen IS NOT NULL FOR UPDATE SKIP LOCKED
"""
# The places of a minute stand together in the ring, for each queue. The greatest of what stood there, the sum of what
# happened, and the last quantiles, which are of about a minute.
_SUM_UP = b"""
INSERT INTO bellwork.queue_minutes (
    queue, at, seconds, ready, oldest_ready_seconds, scheduled, running, retrying, workers, enqueued, done, dead,
    cancelled, failed, wait_p50, wait_p95, run_p50, run_p95)
SELECT s.queue, m.at, sum(s.seconds), max(s.ready), max(s.oldest_ready_seconds), max(s.scheduled), max(s.running),
       max(s.retrying), min(s.workers), sum(s.enqueued), sum(s.done), sum(s.dead), sum(s.cancelled), sum(s.failed),
       (array_agg(s.wait_p50 ORDER BY s.at DESC))[1], (array_agg(s.wait_p95 ORDER BY s.at DESC))[1],
       (array_agg(s.run_p50 ORDER BY s.at DESC))[1], (array_agg(s.run_p95 ORDER BY s.at DESC))[1]
FROM generate_series(%(since)s::timestamptz, %(until)s::timestamptz - interval '1 minute', interval '1 minute') AS m(at)
CROSS JOIN bellwork.queue_figures f
JOIN bellwork.queue_seconds s ON s.queue = f.queue
    AND s.place BETWEEN extract(epoch FROM m.at)::bigint %% 3600 AND extract(epoch FROM m.at)::bigint %% 3600 + 59
    AND s.at >= m.at AND s.at < m.at + interval '1 minute'
GROUP BY s.queue, m.at
ON CONFLICT DO NOTHING
"""
_DONE = b"UPDATE bellwork.snapshot SET minutes_until = %(until)s"


def sum_up() -> int:
    """Write the minutes that are over and not written yet; returns how many rows those are."""
    with transaction() as conn:
        driver = psycopg_of(conn)
        turn = driver.execute(_TURN).fetchone()
        if turn is None or turn[0] >= turn[1]:
            return 0
        asked = {"since": turn[0], "until": turn[1]}
        written = driver.execute(_SUM_UP, asked).rowcount
        driver.execute(_DONE, asked)
    return written
