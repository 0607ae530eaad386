"""How far a conversion is, read from the catalogue: a run that goes on with it needs to know nothing else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from bellwork.db.partitions.convert.session import ask

if TYPE_CHECKING:
    from datetime import datetime

    from psycopg import Connection as Driver

    from bellwork.db.partitions.convert.session import Session
    from bellwork.db.vocabulary import PartitionedTable

_PROGRESS = r"""
SELECT c.relkind::text AS kind, (SELECT quote_ident(attname) FROM pg_constraint p JOIN pg_attribute
           ON attrelid = conrelid AND attnum = conkey[1] WHERE conrelid = c.oid AND p.contype = 'p') AS id,
       greatest(c.reltuples, 0)::bigint AS rows, pg_total_relation_size(c.oid) AS bytes,
       k.convalidated AS validated, a.attnotnull AS not_null, i.indisvalid AND i.indisready AS whole,
       (regexp_match(pg_get_constraintdef(k.oid), '< ''([^'']+)'''))[1]::timestamptz AS ends,
       extract(epoch FROM (regexp_match(pg_get_constraintdef(k.oid), '< ''([^'']+)'''))[1]::timestamptz - now())::float8
           AS seconds_left
FROM pg_class c
JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = %(column)s
LEFT JOIN pg_constraint k ON k.conrelid = c.oid AND k.conname = %(bound)s
LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indexrelid = to_regclass(%(key)s)
WHERE c.oid = to_regclass(%(table)s)
"""
_BUILDING = b"""
SELECT phase, blocks_done, blocks_total FROM pg_stat_progress_create_index
WHERE relid = to_regclass(%s) AND blocks_total > 0
"""


#: Where the old rows end in SQL, {step} filled in: the first boundary that is four weeks ahead at the least, for until
#: the swap the old table takes what is written, and a conversion may be left lying for days.
END = "date_trunc('{step}', now() + interval '28 days') + interval '1 {step}'"


@dataclass(frozen=True)
class Progress:
    """A table as it is found; `ends` is where its rows must end (exclusive), once a conversion has begun.

    `rows` is PostgreSQL's estimate, `bytes` what table and indexes take, `id` the first column of its primary key.
    `index` says whether the conversion's index is absent, broken (its making was cut off) or whole.
    """

    kind: Literal["missing", "plain", "partitioned"]
    id: str | None = None
    rows: int = 0
    bytes: int = 0
    ends: datetime | None = None
    seconds_left: float = 0.0
    validated: bool = False
    not_null: bool = False
    index: str = "absent"


def read_progress(session: Session, table: PartitionedTable) -> Progress:
    """Look the table up."""
    asked = {"bound": bound_of(table), "key": key_of(table, qualified=True), "column": table.column}
    found = ask(session, _PROGRESS, table=table.qualified, **asked)
    if not found:
        return Progress("missing")
    [row] = found
    return Progress(
        kind="partitioned" if row.kind == "p" else "plain",
        id=row.id,
        rows=row.rows,
        bytes=row.bytes,
        ends=row.ends,
        seconds_left=row.seconds_left or 0.0,
        validated=bool(row.validated),
        not_null=row.not_null,
        index={None: "absent", False: "broken", True: "whole"}[row.whole],
    )


def bound_of(table: PartitionedTable) -> str:
    """Name the CHECK that promises where the rows end."""
    return f"{table.table}_convert_bound"


def key_of(table: PartitionedTable, *, qualified: bool = False) -> str:
    """Name the unique index that is to carry the primary key."""
    name = f"{table.table}_convert_key"
    return f'"{table.schema}"."{name}"' if qualified else name


def building(driver: Driver[Any], table: PartitionedTable) -> tuple[str, int, int] | None:
    """Return what is being done for the table's index, and how many blocks of how many are read; None if nothing is."""
    found: tuple[str, int, int] | None = driver.execute(_BUILDING, (table.qualified,)).fetchone()
    return found
