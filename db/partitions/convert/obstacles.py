"""What a partitioned table cannot have, or what would stay behind on the old one, said before anything is changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.partitions.convert.progress import END, bound_of, key_of
from bellwork.db.partitions.convert.session import ask

if TYPE_CHECKING:
    from bellwork.db.partitions.convert.session import Session
    from bellwork.db.vocabulary import PartitionedTable

_IN_THE_CATALOGUE = """
WITH it AS (SELECT * FROM pg_class WHERE oid = to_regclass(%(table)s))
SELECT 'column ' || quote_ident(attname) || ' is ' || format_type(atttypid, atttypmod)
       || ', not timestamp with time zone; change its type' AS found
FROM it JOIN pg_attribute ON attrelid = it.oid
WHERE attname = %(column)s AND atttypid <> 'timestamptz'::regtype
UNION ALL SELECT 'there is no primary key of one column; give it one, ALTER TABLE … ADD PRIMARY KEY (id)'
FROM it WHERE NOT EXISTS (
    SELECT FROM pg_constraint WHERE conrelid = it.oid AND contype = 'p' AND cardinality(conkey) = 1)
UNION ALL SELECT 'column ' || quote_ident(attname) || ' is an identity; make it a default of a sequence of its own'
FROM it JOIN pg_attribute ON attrelid = it.oid WHERE attidentity <> '' AND NOT attisdropped
UNION ALL SELECT 'index ' || indexrelid::regclass || ' is unique, which no partition can be for the others; drop it'
FROM it JOIN pg_index ON indrelid = it.oid
WHERE indisunique AND NOT indisprimary AND indexrelid IS DISTINCT FROM to_regclass(%(key)s)
UNION ALL SELECT 'index ' || indexrelid::regclass || ' is not valid; drop it, or build it again'
FROM it JOIN pg_index ON indrelid = it.oid
WHERE NOT indisvalid AND indexrelid IS DISTINCT FROM to_regclass(%(key)s)
UNION ALL SELECT 'constraint ' || quote_ident(conname) || ' is NOT VALID; validate it, or drop it'
FROM it JOIN pg_constraint ON conrelid = it.oid WHERE NOT convalidated AND conname <> %(bound)s
UNION ALL SELECT 'constraint ' || quote_ident(conname) || ' on ' || conrelid::regclass
       || ' refers to it, and its key will have two columns; drop that foreign key'
FROM it JOIN pg_constraint ON confrelid = it.oid WHERE conrelid <> it.oid
UNION ALL SELECT 'constraint ' || quote_ident(conname) || ' excludes rows by each other; drop it'
FROM it JOIN pg_constraint ON conrelid = it.oid WHERE contype = 'x'
UNION ALL SELECT 'trigger ' || quote_ident(tgname) || ' keeps its rows in a transition table; drop it'
FROM it JOIN pg_trigger ON tgrelid = it.oid
WHERE NOT tgisinternal AND tgtype & 1 = 1 AND coalesce(tgoldtable, tgnewtable) IS NOT NULL
UNION ALL SELECT 'row level security is on; take its policies off, and put them on the partitioned table afterwards'
FROM it WHERE relrowsecurity OR EXISTS (SELECT FROM pg_policy WHERE polrelid = it.oid)
UNION ALL SELECT 'it inherits, or is inherited from; undo that' FROM it
WHERE relispartition OR EXISTS (SELECT FROM pg_inherits WHERE it.oid IN (inhparent, inhrelid))
UNION ALL SELECT 'it is in publication ' || quote_ident(pubname) || '; take it out, and put the partitioned table in'
FROM it JOIN pg_publication_rel ON prrelid = it.oid JOIN pg_publication ON pg_publication.oid = prpubid
UNION ALL SELECT 'table ' || taken.oid::regclass || ' has a name that is needed; rename it'
FROM it JOIN pg_class taken ON taken.relnamespace = it.relnamespace AND taken.relkind IN ('r', 'p')
WHERE taken.relname = it.relname || '_convert' OR taken.relname ~ ('^' || it.relname || '_before_[0-9_]+$')
UNION ALL SELECT CASE WHEN reader.oid <> it.oid THEN pg_describe_object('pg_class'::regclass, reader.oid, 0)
                      ELSE pg_describe_object(d.classid, d.objid, d.objsubid) END
       || ' is made of it and would stay with the old rows; drop it, and make it again afterwards'
FROM it JOIN pg_depend d ON d.refobjid IN (it.oid, it.reltype, (SELECT typarray FROM pg_type WHERE oid = it.reltype))
LEFT JOIN pg_rewrite ON d.classid = 'pg_rewrite'::regclass AND pg_rewrite.oid = d.objid
LEFT JOIN pg_class reader ON reader.oid = ev_class
WHERE d.deptype = 'n' AND d.classid IN ('pg_proc'::regclass, 'pg_rewrite'::regclass, 'pg_class'::regclass)
  AND reader.relkind IS DISTINCT FROM 'v' AND NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = d.objid)
"""
_UNDATED = "SELECT FROM {table} WHERE {column} IS NULL LIMIT 1"
_FUTURE = f"SELECT max({{column}})::text AS newest FROM {{table}} HAVING max({{column}}) >= {END}"  # noqa: S608 - the names are the declaration's


def obstacles(session: Session, table: PartitionedTable) -> list[str]:
    """List, in sentences, what has to be cleared away before the table can be converted; nothing where all is well."""
    names = {"bound": bound_of(table), "key": key_of(table, qualified=True)}
    found = [row.found for row in ask(session, _IN_THE_CATALOGUE, table=table.qualified, column=table.column, **names)]
    return sorted(set(found)) or _among_the_rows(session, table)


def _among_the_rows(session: Session, table: PartitionedTable) -> list[str]:
    place = {"table": table.qualified, "column": f'"{table.column}"', "step": table.step}
    found = []
    if ask(session, _UNDATED.format(**place)):
        found.append(
            f"rows without {table.column} belong to no partition; set it, to the least moment there is if need be"
        )
    found += [
        f"a row is of {row.newest}, weeks ahead of now; correct what lies in the future"
        for row in ask(session, _FUTURE.format(**place))
    ]
    return found
