"""The swap: all is laid out beside, then the partitioned table takes the name, and the old one becomes a partition.

One transaction; a kill anywhere in it leaves the table as it was. While the table is locked nothing is read or built:
what ATTACH would have to prove is proven (by the validated CHECK), and what it would have to build is there (the
unique index). That takes some 20 ms, whatever the number of rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.failpoints import reach
from bellwork.db.partitions.convert import dependents
from bellwork.db.partitions.convert.progress import bound_of, key_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from bellwork.db.partitions.convert.dependents import Dependents, Index
    from bellwork.db.partitions.convert.session import Session
    from bellwork.db.vocabulary import PartitionedTable

#: PostgreSQL's names are this long.
_LONGEST = 63


def swap(session: Session, table: PartitionedTable, ends: datetime) -> None:
    """Carry it out, in the caller's transaction, whose lock_timeout says how long each lock may be waited for."""
    old = partition_of(table, ends)
    new = f"{table.table}_convert"
    found = dependents.read(session, table.qualified, key_of(table, qualified=True), _at(table, new))
    # A deletion of a user locks users first and audit rows afterwards: the same order here, so no deadlock.
    for other in found.others:
        _execute(session, f"LOCK TABLE {other} IN SHARE ROW EXCLUSIVE MODE")
    _lay_out(session, table, new, old, found)
    _execute(session, f"LOCK TABLE {table.qualified} IN ACCESS EXCLUSIVE MODE")
    reach("amid_convert", "swap")
    _execute(session, ";\n".join(_exchange(table, new, old, ends, found)))


def partition_of(table: PartitionedTable, ends: datetime) -> str:
    """Name the partition that the old table becomes."""
    return f"{table.table}_before_{ends:%Y_%m}" if table.step == "month" else f"{table.table}_before_{ends:%Y_%m_%d}"


def _lay_out(session: Session, table: PartitionedTable, new: str, old: str, found: Dependents) -> None:
    """Make the partitioned table under a name of its own, with everything that does not need the old one locked."""
    at = _at(table, new)
    _execute(
        session,
        f"CREATE TABLE {at} (LIKE {table.qualified} INCLUDING COMMENTS INCLUDING DEFAULTS INCLUDING CONSTRAINTS"
        f' INCLUDING GENERATED INCLUDING STORAGE) PARTITION BY RANGE ("{table.column}");'
        f'ALTER TABLE {at} DROP CONSTRAINT "{bound_of(table)}", OWNER TO {found.owner};'
        f"COMMENT ON TABLE {at} IS {found.comment or 'NULL'}",
    )
    for statement in [*dependents.not_asked_for(session, at), *found.privileges]:
        _execute(session, statement)
    for index in found.indexes:
        _lay_out_index(session, table, at, old, index)
    for rule in found.foreign_keys:
        _execute(session, f"ALTER TABLE {at} {rule}")


def _lay_out_index(session: Session, table: PartitionedTable, at: str, old: str, index: Index) -> None:
    """Rename the old one, which stays usable, and give its name and its comment to the new one."""
    kept = _at(table, _kept(old, index))
    _execute(session, f'ALTER INDEX {_at(table, index.name)} RENAME TO "{_kept(old, index)}"')
    if index.is_primary:
        _execute(
            session, f'ALTER TABLE {at} ADD CONSTRAINT "{index.name}" PRIMARY KEY ({index.first}, "{table.column}")'
        )
    else:
        _execute(session, f'CREATE INDEX "{index.name}" ON {at} {index.rest}')
    if index.comment is not None:
        _execute(session, f"COMMENT ON INDEX {_at(table, index.name)} IS {index.comment}")
        _execute(session, f"COMMENT ON INDEX {kept} IS NULL")


def _exchange(table: PartitionedTable, new: str, old: str, ends: datetime, found: Dependents) -> Iterator[str]:
    """Yield what is done while all sessions wait; each name means the new table as soon as that has it."""
    at, part = table.qualified, _at(table, old)
    [primary] = [index for index in found.indexes if index.is_primary]
    yield (
        f'ALTER TABLE {at} DROP CONSTRAINT "{_kept(old, primary)}",'
        f' ADD CONSTRAINT "{old}_pkey" PRIMARY KEY USING INDEX "{key_of(table)}"'
    )
    yield from (f"DROP TRIGGER {trigger.name} ON {at}" for trigger in found.triggers)
    yield f'ALTER TABLE {at} RENAME TO "{old}"'
    yield f'ALTER TABLE {_at(table, new)} RENAME TO "{table.table}"'
    yield from found.sequences
    for trigger in found.triggers:
        yield trigger.definition
        if trigger.enabled:
            yield f"ALTER TABLE {at} {trigger.enabled} TRIGGER {trigger.name}"
    yield f"ALTER TABLE {at} ATTACH PARTITION {part} FOR VALUES FROM (MINVALUE) TO ('{ends:%Y-%m-%d %H:%M:%S+00}')"
    yield f'ALTER TABLE {part} DROP CONSTRAINT "{bound_of(table)}"'
    yield from found.views


def _kept(old: str, index: Index) -> str:
    return f"{old}_{index.name}"[:_LONGEST]


def _at(table: PartitionedTable, name: str) -> str:
    return f'"{table.schema}"."{name}"'


def _execute(session: Session, statement: str) -> None:
    session.execute(statement.encode())
