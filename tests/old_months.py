"""Old partitions to rotate: a month of audit trail, a day of job history, and what is in them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import text

from bellwork.db.content.rules import PARTITIONED
from bellwork.db.engine import transaction
from bellwork.db.own import HISTORY
from bellwork.db.partitions import Partition, read, sync_registry
from bellwork.db.sql import sql
from bellwork.tasks.upkeep.rotation import rotate

if TYPE_CHECKING:
    from bellwork.db.vocabulary import PartitionedTable

AUDIT = PARTITIONED[0]
MONTH, DAY = "audit_logs_2019_01", "finished_jobs_2020_02_03"
#: Values that a careless archive would change: NULL and empty, quotes, newlines, signs of CSV, an early instant.
_FILL = """
INSERT INTO {content}.audit_logs
    (user_id, user_role, action, resource_type, resource_id, ip_address, user_agent, metadata, created_at)
SELECT :user_id, CASE WHEN n % 3 = 0 THEN CAST('student' AS {content}.user_role) END, 'act.' || n,
       (ARRAY[NULL, '', 'NULL', '\\N'])[n % 4 + 1], (ARRAY['a,b', 'say "hi"', E'two\nlines', 'Grüße 😀'])[n % 4 + 1],
       CAST('10.0.0.' || n % 250 AS inet), CASE WHEN n % 5 > 0 THEN 'agent ' || n END,
       CASE WHEN n % 7 > 0 THEN jsonb_build_object('n', n, 'text', E'x\n"y"') END,
       timestamptz '2019-01-01 00:00:00+00' + n * interval '1.000001 seconds'
FROM generate_series(0, :rows - 1) AS n
"""


def old_month(rows: int = 200, user_id: str | None = None) -> Partition:
    """Give the audit trail a month that should have left, with rows in it."""
    with transaction() as conn:
        conn.execute(
            text(f"""CREATE TABLE content.{MONTH} PARTITION OF content.audit_logs
            FOR VALUES FROM ('2019-01-01 00:00:00+00') TO ('2019-02-01 00:00:00+00')""")
        )
        conn.execute(sql(_FILL), {"rows": rows, "user_id": user_id})
    return book(AUDIT, MONTH)


def forget_months() -> None:
    """Take the old month away, wherever it is, with its row in the registry; no other partition is touched."""
    with transaction() as conn:
        conn.execute(text(f"DROP TABLE IF EXISTS content.{MONTH}"))
        conn.execute(text("DELETE FROM bellwork.partitions"))


def old_day() -> Partition:
    """Give the job history a day that should have left, with a job in it."""
    with transaction() as conn:
        conn.execute(
            text(f"""CREATE TABLE bellwork.{DAY} PARTITION OF bellwork.finished_jobs
            FOR VALUES FROM ('2020-02-03 00:00:00+00') TO ('2020-02-04 00:00:00+00')""")
        )
        conn.execute(
            text("""INSERT INTO bellwork.finished_jobs (id, queue, actor, state, priority, run_at, args, options,
            attempt, retries, crashes, errors, created_at, finished_at)
            SELECT 1, 'q', 'a', 'done', 0, t, '{}', '{}', 1, 0, 0, '[]', t, t
            FROM (SELECT timestamptz '2020-02-03 12:00:00+00') AS moment(t)""")
        )
    return book(HISTORY, DAY)


def book(table: PartitionedTable, name: str) -> Partition:
    """Return the row of a partition, as the registry has it after a look at the catalogue."""
    with transaction() as conn:
        sync_registry(conn, table)
        found = read(conn, table, name)
    assert found, f"{name} is not in the registry"
    return found


def state(table: PartitionedTable, name: str) -> str:
    """Return how far a partition has come."""
    return book(table, name).state


def rows_of(relation: str) -> list[Any]:
    """Return every row of a relation as JSON, by id."""
    with transaction() as conn:
        found = conn.execute(text(f"SELECT to_jsonb(t) FROM {relation} t ORDER BY id"))  # noqa: S608 - a test's own name
        return list(found.scalars())


def exists(relation: str) -> bool:
    """Tell whether there is such a table."""
    with transaction() as conn:
        return bool(conn.execute(text("SELECT to_regclass(:name) IS NOT NULL"), {"name": relation}).scalar_one())


def in_parent(year: int = 2019) -> int:
    """Count what a query of the whole audit trail sees of a year."""
    with transaction() as conn:
        asked = "SELECT count(*) FROM content.audit_logs WHERE date_part('year', created_at AT TIME ZONE 'UTC') = :year"
        return int(conn.execute(text(asked), {"year": year}).scalar_one())


def archived(user_id: str | None = None) -> tuple[Partition, list[Any]]:
    """Let the old month leave; returns its row, and the rows it had."""
    old_month(user_id=user_id)
    before = rows_of(f"content.{MONTH}")
    rotate()
    return book(AUDIT, MONTH), before
