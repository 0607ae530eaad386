"""The ground that is moved: what faults do to the database, what is asked of it meanwhile, and changes to be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from bellwork.db.engine import DatabaseError, transaction

if TYPE_CHECKING:
    import psycopg
    from sqlalchemy import Connection

#: Exit code of a child that was given the answer of another process.
FOREIGN = 7
_TABLES = """
CREATE TABLE bellwork_soak.changes (order_id text PRIMARY KEY);
CREATE TABLE bellwork_soak.seen (changes bigint NOT NULL);
INSERT INTO bellwork_soak.seen VALUES (0);
"""
#: What a database of another product may ask of each of its sessions.
DEFAULTS = {
    "datestyle": "German",
    "intervalstyle": "sql_standard",
    "standard_conforming_strings": "off",
    "bytea_output": "escape",
    "extra_float_digits": "0",
    "timezone": "America/New_York",
    "default_transaction_isolation": "serializable",
}
_TAKE_KEY = """
INSERT INTO bellwork.jobs (actor, args, queue, unique_key)
SELECT actor, args, 'nowhere', coalesce((SELECT unique_key FROM bellwork.jobs j WHERE j.actor = e.actor
    AND unique_key IS NOT NULL LIMIT 1), 'entry:' || key) FROM bellwork.entries e WHERE key = %s
ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL DO NOTHING
"""
_TODAY = """
SELECT c.relname FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
WHERE inhparent = 'bellwork.finished_jobs'::regclass AND pg_get_expr(c.relpartbound, c.oid)
      LIKE 'FOR VALUES FROM (''' || to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD') || '%'
"""
_PRIORITY = """
SELECT atttypid::regtype::text FROM pg_attribute WHERE attrelid = 'bellwork.jobs'::regclass AND attname = 'priority'
"""


def create(conn: Connection) -> None:
    """Create the tables."""
    conn.execute(text(_TABLES))


def change_defaults(conn: Connection) -> None:
    """Let the database ask other things of its sessions than we do."""
    name = conn.execute(text("SELECT quote_ident(current_database())")).scalar_one()
    for setting, value in DEFAULTS.items():
        conn.exec_driver_sql(f"ALTER DATABASE {name} SET {setting} = '{value}'")


def echo(word: str, times: int) -> bool:
    """Ask PostgreSQL for words back; True where an answer was not ours. Lost connections are no answer at all."""
    for number in range(times):
        asked = f"{word} {number}"
        try:
            with transaction() as conn:
                if conn.execute(text("SELECT CAST(:asked AS text)"), {"asked": asked}).scalar_one() != asked:
                    return True
        except DatabaseError:
            pass
    return False


def note_change(conn: Connection, order: str) -> None:
    """Note that something changed."""
    conn.execute(text("INSERT INTO bellwork_soak.changes VALUES (:order) ON CONFLICT DO NOTHING"), {"order": order})


def count_changes(conn: Connection) -> None:
    """Write down how many changes there are."""
    conn.execute(text("UPDATE bellwork_soak.seen SET changes = (SELECT count(*) FROM bellwork_soak.changes)"))


def unseen_changes(conn: Connection) -> int:
    """Count the changes that no recompute has seen."""
    asked = "SELECT (SELECT count(*) FROM bellwork_soak.changes) - (SELECT changes FROM bellwork_soak.seen)"
    return int(conn.execute(text(asked)).scalar_one())


def unfinished_recomputes(conn: Connection) -> int:
    """Count the recomputes that have not ended."""
    return int(conn.execute(text("SELECT count(*) FROM bellwork.jobs WHERE actor LIKE 'soak_seen.%'")).scalar_one())


def take_key(caller: psycopg.Connection, key: str) -> None:
    """Enqueue a job under the key of an entry, in the caller's transaction."""
    caller.execute(_TAKE_KEY, (key,))


def migrate_priority(conn: Connection) -> str:
    """Change the type of a column that every claim returns, there or back; returns the new type."""
    new = "integer" if conn.execute(text(_PRIORITY)).scalar_one() != "integer" else "bellwork.job_priority"
    conn.exec_driver_sql(f"ALTER TABLE bellwork.jobs ALTER priority TYPE {new}")
    return new


def set_today_aside(conn: Connection) -> str | None:
    """Detach today's partition of the history, and keep its rows under another name; None where there is none."""
    partition = conn.execute(text(_TODAY)).scalar_one_or_none()
    if partition is None:
        return None
    number = conn.execute(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'bellwork_soak'")).scalar_one()
    conn.exec_driver_sql(f"ALTER TABLE bellwork.finished_jobs DETACH PARTITION bellwork.{partition}")
    conn.exec_driver_sql(f"ALTER TABLE bellwork.{partition} SET SCHEMA bellwork_soak")
    conn.exec_driver_sql(f"ALTER TABLE bellwork_soak.{partition} RENAME TO aside_{number}")
    return str(partition)


def bring_back(conn: Connection) -> int:
    """Put the rows that were set aside into the history again; returns how many."""
    asked = "SELECT tablename FROM pg_tables WHERE schemaname = 'bellwork_soak' AND tablename LIKE 'aside%'"
    moved = 0
    for table in conn.execute(text(asked)).scalars().all():
        moved += conn.exec_driver_sql(
            f"WITH old AS (DELETE FROM bellwork_soak.{table} RETURNING *) INSERT INTO bellwork.finished_jobs TABLE old"  # noqa: S608
        ).rowcount
        conn.exec_driver_sql(f"DROP TABLE bellwork_soak.{table}")
    return moved


def letters_due(conn: Connection) -> set[str]:
    """List the orders whose letter must have been sent."""
    asked = "SELECT id FROM bellwork_soak.orders WHERE kind = 'letter' AND status = 'done'"
    return set(conn.execute(text(asked)).scalars())
