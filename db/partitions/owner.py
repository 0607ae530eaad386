"""Whose partitions are: their table's owner's, whichever member of that role made them.

A migration changes a table together with all of its partitions, which PostgreSQL allows only to an owner of each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import text

from bellwork.db.partitions.catalog import quoted, run

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from bellwork.db.vocabulary import PartitionedTable

_OWNER = text("""
SELECT o.rolname FROM pg_class c JOIN pg_roles o ON o.oid = c.relowner
WHERE c.oid = to_regclass(:parent) AND o.rolname <> current_user
  AND has_schema_privilege(o.oid, c.relnamespace, 'CREATE')
  AND pg_has_role(current_user, o.oid,
                  CASE WHEN current_setting('server_version_num')::int >= 160000 THEN 'SET' ELSE 'MEMBER' END)
""")
_REFUSED = text("""
SELECT format('%I.%I', nspname, relname) AS "table", quote_ident(o.rolname) AS owner, quote_ident(current_user) AS role
FROM unnest(CAST(:schemas AS text[]), CAST(:tables AS text[])) AS w(schema, name)
JOIN pg_namespace n ON n.nspname = w.schema JOIN pg_class c ON c.relnamespace = n.oid AND c.relname = w.name
JOIN pg_roles o ON o.oid = c.relowner
WHERE c.relkind = ANY(:kinds) AND NOT (pg_has_role(current_user, o.oid, 'USAGE')
                                    AND has_schema_privilege(c.relnamespace, 'CREATE'))
""")
_STRAYS = text("""
SELECT format('%I.%I', nspname, c.relname) AS "table", c.relowner::regrole::text AS owner,
       format('ALTER TABLE %I.%I OWNER TO %s', nspname, c.relname, p.relowner::regrole) AS mend
FROM unnest(CAST(:parents AS text[])) AS parent JOIN pg_class p ON p.oid = to_regclass(parent)
JOIN pg_inherits ON inhparent = p.oid JOIN pg_class c ON c.oid = inhrelid
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relowner <> p.relowner AND NOT pg_has_role(p.relowner, c.relowner, 'USAGE')
ORDER BY 1
""")


class Refused(NamedTuple):
    """A table whose partitions this session's role may neither make nor drop, and the role that may."""

    table: str
    owner: str
    role: str


class Stray(NamedTuple):
    """A partition that its table's owner may not change, whose it is, and the statement by which that one mends it."""

    table: str
    owner: str
    mend: str


def give_to_owner(conn: Connection, table: PartitionedTable, child: str) -> None:
    """Make a new table (its quoted name) the property of the partitioned table's owner, where PostgreSQL allows it."""
    if owner := conn.execute(_OWNER, {"parent": table.qualified}).scalar():
        run(conn, f"ALTER TABLE {child} OWNER TO {quoted(owner)}")


def refused_tables(conn: Connection, tables: Iterable[PartitionedTable], *, plain: bool = False) -> list[Refused]:
    """List the tables that this session's role does not own, itself or by membership: those that are partitioned.

    With `plain`, those that are not partitioned yet, too.
    """
    known = list(tables)
    names = {"schemas": [table.schema for table in known], "tables": [table.table for table in known]}
    asked = {**names, "kinds": ["p", "r"] if plain else ["p"]}
    return [Refused(*row) for row in conn.execute(_REFUSED, asked)]


def strays(conn: Connection, tables: Iterable[PartitionedTable]) -> list[Stray]:
    """List the partitions that the owners of their tables may not change."""
    return [Stray(*row) for row in conn.execute(_STRAYS, {"parents": [table.qualified for table in tables]})]
