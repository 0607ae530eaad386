"""How the server stands: its connections, its oldest transaction, dead rows of busy tables, and who copies its log."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from psycopg.errors import ObjectNotInPrerequisiteState

if TYPE_CHECKING:
    from psycopg import Connection as Driver

#: The ledger's tables in which rows come, change and go all the time.
BUSY = ("jobs", "workers", "actors", "entries", "queue_figures", "actor_figures", "queue_seconds", "snapshot")

# What a session of another role does is seen by members of pg_read_all_stats (and pg_monitor) alone; that it is there,
# by everybody.
_SESSIONS = b"""
SELECT count(*) FILTER (WHERE backend_type = 'client backend'),
       current_setting('max_connections')::int - current_setting('superuser_reserved_connections')::int
           - coalesce(current_setting('reserved_connections', true), '0')::int,
       coalesce(extract(epoch FROM clock_timestamp() - min(xact_start)
           FILTER (WHERE backend_type = 'client backend' AND pid <> pg_backend_pid())), 0)::float8
FROM pg_stat_activity
"""
_TABLES = b"""
SELECT s.relname, s.n_live_tup, s.n_dead_tup, pg_table_size(s.relid)
FROM pg_stat_user_tables s WHERE s.schemaname = 'bellwork' AND s.relname = ANY(%s) ORDER BY 1
"""
_STANDBYS = b"""
SELECT application_name, greatest(coalesce(extract(epoch FROM replay_lag), 0), 0)::float8
FROM pg_stat_replication WHERE state IS NOT NULL ORDER BY 1
"""
_SLOTS = b"""
SELECT slot_name::text, pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)::float8
FROM pg_replication_slots WHERE restart_lsn IS NOT NULL ORDER BY 1
"""


def look_at_server(driver: Driver[Any]) -> dict[str, Any]:
    """Return connections used and allowed, the oldest transaction's seconds, busy tables, standbys and slots.

    The oldest transaction is the oldest that this role may see; of each standby it is the seconds that it is behind, as
    far as the role may see them, and of each slot the bytes of log that are kept for it.
    """
    used, most, oldest = driver.execute(_SESSIONS).fetchone() or (0, 0, 0.0)
    tables = {
        name: {"live": live, "dead": dead, "bytes": size}
        for name, live, dead, size in driver.execute(_TABLES, (list(BUSY),)).fetchall()
    }
    return {
        "connections": used,
        "connections_most": most,
        "oldest_transaction": oldest,
        "tables": tables,
        "standbys": dict(driver.execute(_STANDBYS).fetchall()),
        "slots": _slots(driver),
    }


def _slots(driver: Driver[Any]) -> dict[str, float]:
    """Return what is kept for each slot; on a standby, which writes no log, nothing is."""
    try:
        with driver.transaction():
            return dict(driver.execute(_SLOTS).fetchall())
    except ObjectNotInPrerequisiteState:
        return {}
