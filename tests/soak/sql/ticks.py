"""What the soak does to the calendar and to old partitions, and the laws that have to hold for both afterwards."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: A partition's worth of rows, older than anything is kept.
_MONTH = """
CREATE TABLE {content}.%(name)s PARTITION OF {content}.audit_logs FOR VALUES FROM ('%(starts)s') TO ('%(ends)s');
INSERT INTO {content}.audit_logs (action, resource_type, metadata, created_at)
SELECT 'soak.' || n, 'row', jsonb_build_object('n', n), '%(starts)s'::timestamptz + n * interval '1 minute'
FROM generate_series(1, %(rows)s) n
"""
_COUNT = "SELECT count(*) FROM {content}.%(name)s"
# All of an entry's minutes, also those before it was known, are owed at once; the next deploy knows better again.
_OWE = text("""
UPDATE bellwork.entries SET missed = 'all', most = 10000, window_hours = 8784, next_tick = least(next_tick, (
    SELECT min(tick) FROM bellwork.ticks WHERE entry = :key)) - make_interval(mins => :minutes)
WHERE key = :key AND retired_at IS NULL RETURNING next_tick
""")
_DUE_NOW = text("UPDATE bellwork.entries SET next_tick = now() WHERE key = :key AND retired_at IS NULL")
_OVERDUE = text("SELECT count(*) FROM bellwork.entries WHERE retired_at IS NULL AND next_tick < now() - interval '5 s'")
_OUTCOMES = text("SELECT outcome, count(*) AS ticks FROM bellwork.ticks GROUP BY outcome")
_FOUND = """
WITH every_job AS (
    SELECT id, unique_key FROM bellwork.jobs UNION ALL SELECT id, unique_key FROM bellwork.finished_jobs)
SELECT culprit FROM ({}) found (culprit)
"""
_LAWS = {
    "jobs that two ticks call theirs": """
        SELECT CAST(job_id AS text) FROM bellwork.ticks WHERE job_id IS NOT NULL GROUP BY job_id HAVING count(*) > 1
    """,
    "ticks that ran and have no job": """
        SELECT entry || ' at ' || tick FROM bellwork.ticks t
        WHERE outcome = 'enqueued' AND NOT EXISTS (SELECT FROM every_job j WHERE j.id = t.job_id)
    """,
    "jobs of an entry that no tick enqueued": """
        SELECT CAST(j.id AS text)
        FROM every_job j JOIN bellwork.entries e ON 'entry:' || e.key = split_part(j.unique_key, '@', 1)
        WHERE NOT EXISTS (SELECT FROM bellwork.ticks t WHERE t.job_id = j.id)
    """,
    "entries with minutes that left no row": """
        SELECT e.key FROM bellwork.entries e JOIN bellwork.ticks t ON t.entry = e.key
        WHERE e.cron = '* * * * *' AND e.set_cron IS NULL AND e.retired_at IS NULL
        GROUP BY e.key HAVING count(*) <> extract(epoch FROM e.next_tick - min(t.tick)) / 60
    """,
}


def lay_out_month(conn: Connection, name: str, starts: str, ends: str, rows: int) -> None:
    """Make a partition of content.audit_logs with so many rows; the dates are ours, and so is the name."""
    conn.execute(sql(_MONTH % {"name": name, "starts": starts, "ends": ends, "rows": rows}))


def count_rows(conn: Connection, name: str) -> int:
    """Count the rows of such a partition, attached or not; 0 where it is gone."""
    if conn.execute(sql("SELECT to_regclass('{content}.' || :name)"), {"name": name}).scalar() is None:
        return 0
    return int(conn.execute(sql(_COUNT % {"name": name})).scalar_one())


def owe(conn: Connection, key: str, minutes: int) -> bool:
    """Let a minutely entry owe so many more ticks of the past, and have all of them run; False if it has none yet."""
    return bool(conn.execute(_OWE, {"key": key, "minutes": minutes}).all())


def let_be_due(conn: Connection, key: str) -> bool:
    """Let an entry be due now; False if there is none of this key."""
    return bool(conn.execute(_DUE_NOW, {"key": key}).rowcount)


def overdue(conn: Connection) -> int:
    """Count the entries that nobody decides."""
    return int(conn.execute(_OVERDUE).scalar_one())


def count_ticks(conn: Connection) -> dict[str, int]:
    """Count the ticks by what became of them."""
    return {row.outcome: row.ticks for row in conn.execute(_OUTCOMES)}


def broken(conn: Connection) -> dict[str, list[str]]:
    """Name who breaks which law of the calendar; nothing where all is well. Call it while no entry is overdue."""
    found = {words: list(conn.execute(text(_FOUND.format(law))).scalars()) for words, law in _LAWS.items()}
    return {words: culprits for words, culprits in found.items() if culprits}
