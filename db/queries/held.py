"""What keeps dead rows and WAL on a server: old snapshots, prepared transactions, and slots that nobody reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: Seconds after which a snapshot is old. After ten minutes at full speed a poll of the ledger took 194 ms
#: (workers/README.md).
OLD = 600.0
#: Bytes of WAL that an idle slot may keep: four segments, more than a consumer needs that merely reconnects.
MOST_WAL = 4 * 16 * 2**20
#: Transactions behind which a slot's xmin is old; a busy ledger makes that many in a minute or so.
_FAR = 100_000

_SNAPSHOTS = text("""
SELECT format('session %s of %s (%s) has been in one transaction for %s', pid, usename, coalesce(state, 'unknown'),
              date_trunc('second', clock_timestamp() - xact_start))
FROM pg_stat_activity
WHERE coalesce(backend_xmin, backend_xid) IS NOT NULL AND pid <> pg_backend_pid()
  AND backend_type IN ('client backend', 'walsender') AND xact_start < clock_timestamp() - make_interval(secs => :old)
UNION ALL
SELECT format('prepared transaction %s of %s waits since %s', left(gid, 60), owner, date_trunc('second', prepared))
FROM pg_prepared_xacts WHERE prepared < clock_timestamp() - make_interval(secs => :old)
UNION ALL
SELECT format('slot %s holds a snapshot %s transactions old', slot_name, age(xmin))
FROM pg_replication_slots WHERE age(xmin) > :far
ORDER BY 1
""")
_WAL = text("""
SELECT format('slot %s, which nobody reads, keeps %s of WAL', slot_name,
              pg_size_pretty(pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn)))
FROM pg_replication_slots
WHERE NOT active AND pg_wal_lsn_diff(pg_current_wal_lsn(), restart_lsn) > :most ORDER BY 1
""")


def old_snapshots(conn: Connection, old: float = OLD) -> list[str]:
    """Say which sessions, prepared transactions and slots keep VACUUM from removing dead rows for so many seconds.

    A role without pg_read_all_stats sees its own sessions only.
    """
    return list(conn.execute(_SNAPSHOTS, {"old": old, "far": _FAR}).scalars())


def kept_wal(conn: Connection, most: int = MOST_WAL) -> list[str]:
    """Say which slots that nobody reads keep more WAL than so many bytes."""
    return list(conn.execute(_WAL, {"most": most}).scalars())
