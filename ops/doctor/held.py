"""What fills a server slowly: rows that VACUUM may not remove, and WAL that no consumer reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.queries.held import kept_wal, old_snapshots
from bellwork.ops.doctor.finding import Finding

if TYPE_CHECKING:
    from sqlalchemy import Connection


def check_held(conn: Connection) -> list[Finding]:
    """Warn of old snapshots, which make each look into the ledger dearer, and of slots that fill the disk."""
    return [
        _named(
            "dead rows",
            old_snapshots(conn),
            "no old snapshot keeps them",
            "end it (`SELECT pg_terminate_backend(PID)`, ROLLBACK PREPARED) or drop the slot; reports go to a replica",
        ),
        _named(
            "kept WAL",
            kept_wal(conn),
            "no idle slot keeps any",
            "start its reader again, or `SELECT pg_drop_replication_slot(NAME)`, before the disk is full",
        ),
    ]


def _named(name: str, held: list[str], nothing: str, mend: str) -> Finding:
    if not held:
        return Finding("ok", name, nothing)
    more = f" (and {len(held) - 1} more)" if held[1:] else ""
    return Finding("warn", name, f"{held[0]}{more}", mend)
