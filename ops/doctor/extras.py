"""Whether what the calendar sends can be done with the packages that are installed here."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.ledger import list_entries
from bellwork.db.partitions import is_partitioned
from bellwork.db.systems import partitioned, rules
from bellwork.ops.doctor.finding import Finding
from bellwork.tasks.providers.errors import MissingExtra
from bellwork.tasks.upkeep.archive.errors import need_archive

if TYPE_CHECKING:
    from sqlalchemy import Connection


def check_extras(conn: Connection) -> Finding:
    """Fail where an entry's job needs an extra that is not installed: its night would be the first to say so."""
    try:
        need_archive()
    except MissingExtra as missing:
        wanted = _archiving(conn)
        if keys := [entry.key for entry in list_entries(conn) if entry.key in wanted and not entry.paused_at]:
            said = f"{missing.package!r} is missing, which {', '.join(keys)} cannot do without"
            return Finding(
                "fail", "extras", said, f"{missing.mend}, or pause these entries by `bellwork schedule pause`"
            )
        return Finding("ok", "extras", f"{missing.package!r} is missing, and no entry needs it")
    return Finding("ok", "extras", "what the calendar's jobs need is installed")


def _archiving(conn: Connection) -> set[str]:
    """Name the entries whose jobs write or read archives here."""
    keys = {rule.key for rule in rules().values() if rule.archive}
    if any(table.then == "archive" and is_partitioned(conn, table) for table in partitioned()):
        keys |= {"upkeep.rotate_partitions", "upkeep.drill_archive"}
    return keys
