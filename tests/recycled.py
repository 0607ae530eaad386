"""Databases of tests that are used again: to clone one costs some 700 files, to empty one a few.

One is used again only where it is what a clone of the template is: the same catalogs to the last row, the same rows in
the tables that the template has filled, and nothing in any other. What cannot be shown to be equal is dropped.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import psycopg
from psycopg import sql

from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.ops.embedded import Stack

_OURS = "n.nspname NOT IN ('pg_catalog', 'information_schema', 'pg_toast')"
#: Every catalog that a statement of a test could change, but for pg_class, whose rows TRUNCATE writes anew.
_CATALOGS = (
    *("pg_attribute", "pg_attrdef", "pg_constraint", "pg_index", "pg_inherits", "pg_partitioned_table"),
    *("pg_proc", "pg_trigger", "pg_event_trigger", "pg_rewrite", "pg_policy", "pg_depend"),
    *("pg_type", "pg_enum", "pg_namespace", "pg_default_acl", "pg_description", "pg_extension", "pg_sequence"),
    *("pg_statistic_ext", "pg_largeobject_metadata", "pg_publication", "pg_operator", "pg_cast"),
)
#: How many rows were ever written into catalogs. A session adds its own before it is gone; as long as the number stays
#: the same, the catalogs need not be read. Not counted are the two that are written here. A crash begins it anew.
_WRITTEN = """
SELECT sum(pg_stat_get_tuples_inserted(oid) + pg_stat_get_tuples_updated(oid) + pg_stat_get_tuples_deleted(oid)),
       (SELECT stats_reset FROM pg_stat_bgwriter)
FROM pg_class WHERE oid < 16384 AND relkind = 'r' AND NOT relisshared AND relname NOT IN ('pg_class', 'pg_statistic')
"""
_CATALOG = "SELECT '{0}' AS name, count(*) AS rows, coalesce(max(xmin::text::bigint), 0) AS newest FROM {0}"
_DATABASE = "d.oid = (SELECT oid FROM pg_database WHERE datname = current_database())"
_ROWS_OF_CATALOGS = f"""
SELECT string_agg(c::text, ',' ORDER BY name) FROM ({" UNION ALL ".join(map(_CATALOG.format, _CATALOGS))}) c
"""  # noqa: S608 - names of catalogs
_SHAPE = f"""
SELECT md5(string_agg(c::text, ',' ORDER BY c::text)) FROM (
    SELECT c.oid, c.relname, c.relnamespace, c.relowner, c.relkind, c.relpersistence, c.relacl, c.reloptions,
           c.relispartition, c.relhasrules, c.relhastriggers, c.relrowsecurity, c.relam, c.reltablespace
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE {_OURS}) c
UNION ALL
SELECT concat_ws(',', d.datdba, d.datacl, d.datconnlimit, d.datallowconn) FROM pg_database d WHERE {_DATABASE}
UNION ALL
SELECT 'settings ' || count(*) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = s.setdatabase WHERE {_DATABASE}
UNION ALL
SELECT 'owners ' || count(*) FROM pg_shdepend s JOIN pg_database d ON d.oid = s.dbid WHERE {_DATABASE}
UNION ALL
SELECT 'prepared ' || count(*) FROM pg_prepared_xacts WHERE database = current_database()
"""  # noqa: S608 - names of catalogs
_FILLED = f"""
SELECT n.nspname, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_database d ON d.datname = current_database()
WHERE {_OURS} AND c.relkind IN ('r', 'm') AND c.reltablespace = 0
  AND (pg_stat_file(concat_ws('/', 'base', d.oid, c.relfilenode))).size > 0 ORDER BY 1, 2
"""  # noqa: S608 - as above
_LEARNED = "DELETE FROM pg_statistic WHERE starelid >= 16384"
_COUNTERS = "SELECT format('%I.%I', schemaname, sequencename), start_value, last_value FROM pg_sequences ORDER BY 1"
_SET = """
SELECT setval(name::regclass, value, called)
FROM unnest(%s::text[], %s::bigint[], %s::boolean[]) AS counter(name, value, called)
"""


class Databases:
    """The databases of one test process and one template; each has a name that was never there before."""

    def __init__(self, stack: Stack, template: str) -> None:
        self._stack = stack
        self._template = template
        self._spare: list[str] = []
        self._catalogs: list[Any] = []
        self._shape: list[Any] | None = None
        self._written: dict[str, Any] = {}
        self._rows: dict[Any, list[Any]] = {}
        self._counters: list[tuple[str, int, bool]] = []

    @contextmanager
    def one(self) -> Iterator[str]:
        """Lend a database that equals the template; afterwards it is emptied, or dropped where it cannot be."""
        name = f"test_{uuid4().hex}"
        if not self._renamed(name):
            clone(self._stack, name, self._template)
            self._learn(name)
        yield name
        if self._emptied(name):
            self._spare.append(name)
        else:
            drop(self._stack, name)

    def _renamed(self, name: str) -> bool:
        while self._spare:
            spare = self._spare.pop()
            written = self._written.pop(spare)
            try:
                execute(self._stack, f'ALTER DATABASE "{spare}" RENAME TO "{name}"')
            except psycopg.Error:  # somebody has found it, an autovacuum for example
                drop(self._stack, spare)
            else:
                self._written[name] = written
                return True
        return False

    def _learn(self, name: str) -> None:
        """Read once what a clone is like."""
        if self._shape is None:
            with self._connection(name) as conn:
                self._shape = conn.execute(_SHAPE).fetchall()
                self._catalogs = conn.execute(_ROWS_OF_CATALOGS).fetchall()
                self._rows = {table: _rows(conn, table) for table in conn.execute(_FILLED).fetchall()}
                counters = conn.execute(_COUNTERS).fetchall()
                self._counters = [(name, last or start, last is not None) for name, start, last in counters]

    def _emptied(self, name: str) -> bool:
        """Make a database what a clone is; False where it cannot be shown to be that."""
        try:
            self._end_connections(name)
            with self._connection(name) as conn:
                if not self._keeps_its_shape(conn, name):
                    return False
                _empty(conn, [table for table in conn.execute(_FILLED).fetchall() if table not in self._rows])
                if self._counters:
                    conn.execute(_SET, [list(column) for column in zip(*self._counters, strict=True)])
                return all(_rows(conn, table) == rows for table, rows in self._rows.items())
        except (psycopg.Error, AssertionError):
            return False

    def _keeps_its_shape(self, conn: psycopg.Connection[Any], name: str) -> bool:
        written, known = conn.execute(_WRITTEN).fetchone(), self._written.get(name)
        self._written[name] = written
        if written != known and conn.execute(_ROWS_OF_CATALOGS).fetchall() != self._catalogs:
            return False
        return conn.execute(_SHAPE).fetchall() == self._shape

    def _end_connections(self, name: str) -> None:
        end = "SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = %s"
        eventually(lambda: _server(self._stack).execute(end, (name,)).fetchone() == (0,), 5)

    def _connection(self, name: str) -> psycopg.Connection[Any]:
        return psycopg.connect(url_of(self._stack, name), autocommit=True)


def _empty(conn: psycopg.Connection[Any], tables: list[Any]) -> None:
    conn.execute("SET session_replication_role = replica")  # no trigger has a say
    conn.execute("SET allow_system_table_mods = on")  # to forget what ANALYZE has learned
    conn.execute(_LEARNED)
    if tables:
        names = sql.SQL(", ").join(sql.Identifier(*table) for table in tables)
        conn.execute(sql.SQL("TRUNCATE {} CASCADE").format(names))


def _rows(conn: psycopg.Connection[Any], table: Any) -> list[Any]:
    return conn.execute(sql.SQL("SELECT t::text FROM {} t ORDER BY 1").format(sql.Identifier(*table))).fetchall()


def url_of(stack: Stack, name: str) -> str:
    """Name the URL of a database of this stack."""
    return stack.database_url.replace("/bellwork?", f"/{name}?", 1)


def clone(stack: Stack, name: str, template: str = "template1") -> None:
    """Make a database as this template is."""
    execute(stack, f'CREATE DATABASE "{name}" TEMPLATE "{template}" STRATEGY FILE_COPY')


def drop(stack: Stack, name: str) -> None:
    """Drop a database, whoever is connected to it."""
    execute(stack, f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def execute(stack: Stack, statement: str) -> None:
    """Execute a statement of the server's superuser."""
    _server(stack).execute(statement.encode())


def disconnect(stack: Stack) -> None:
    """Close what this process keeps open to the server."""
    if kept := _servers.pop(stack.database_url, None):
        kept.close()


_servers: dict[str, psycopg.Connection[Any]] = {}


def _server(stack: Stack) -> psycopg.Connection[Any]:
    kept = _servers.get(stack.database_url)
    if kept is None or kept.closed:
        kept = _servers[stack.database_url] = psycopg.connect(stack.database_url, autocommit=True)
    return kept
