"""Holds rules against the tables of this database: what would fail, or take more along than it says, is refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

from psycopg import Error as DriverError
from sqlalchemy import text

from bellwork.db.engine import psycopg_of
from bellwork.db.vocabulary import RuleError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from bellwork.db.vocabulary import RetentionRule

_KIND = text("SELECT relkind FROM pg_class WHERE oid = to_regclass(:table)")
_COLUMNS = text("""
SELECT attname, format_type(atttypid, NULL) AS type, attnotnull AS must
FROM pg_attribute WHERE attrelid = to_regclass(:table) AND attnum > 0 AND NOT attisdropped
""")
_KEY = text("""
SELECT array_agg(CAST(attname AS text)) FROM pg_index JOIN pg_attribute ON attrelid = indrelid AND attnum = ANY(indkey)
WHERE indrelid = to_regclass(:table) AND indisprimary
""")
# A table that refers to it with anything but SET NULL (n) and SET DEFAULT (d) would stop a delete, or go with it.
_REFERRING = text("""
SELECT conrelid::regclass::text || CASE confdeltype WHEN 'c' THEN ' (which would go too)' ELSE '' END
FROM pg_constraint WHERE confrelid = to_regclass(:table) AND contype = 'f' AND confdeltype NOT IN ('n', 'd')
  AND NOT (confdeltype = 'c' AND conrelid = ANY(CAST(CAST(:along AS text[]) AS regclass[])))
""")
_INSTANT = "timestamp with time zone"


def refused_rules(conn: Connection, rules: Iterable[RetentionRule]) -> list[str]:
    """List the rules that do not fit this database, each with the reason."""
    held = ((rule.key, _objection(conn, rule)) for rule in rules)
    return [f"the rule {key!r} is refused: {reason}" for key, reason in held if reason]


def check_rules(conn: Connection, rules: Iterable[RetentionRule]) -> None:
    """Raise RuleError for the first rule that does not fit this database, with the reason."""
    if refused := refused_rules(conn, rules):
        raise RuleError(refused[0])


def _objection(conn: Connection, rule: RetentionRule) -> str | None:
    if conn.execute(_KIND, {"table": rule.qualified}).scalar() not in {"r", "p"}:
        return f"there is no table {rule.qualified}; run `bellwork migrate`, or map the schema with BELLWORK_SCHEMAS"
    return _of_columns(conn, rule) or _of_keys(conn, rule) or _unreadable(conn, rule)


def _of_columns(conn: Connection, rule: RetentionRule) -> str | None:
    columns = {row.attname: row for row in conn.execute(_COLUMNS, {"table": rule.qualified})}
    if absent := [name for name in _needed(rule) if name not in columns]:
        return f"{rule.qualified} has no column {absent[0]!r}"
    if columns[rule.column].type != _INSTANT:
        return f"{rule.column!r} is of type {columns[rule.column].type!r}; an age is counted from a {_INSTANT!r}"
    if bound := [name for name in rule.clears if columns[name].must]:
        return f"{bound[0]!r} is NOT NULL and cannot be cleared"
    return None


def _of_keys(conn: Connection, rule: RetentionRule) -> str | None:
    table = {"table": rule.qualified}
    if conn.execute(_KEY, table).scalar() != [rule.by]:
        return f"the primary key of {rule.qualified} is not {rule.by!r} alone"
    asked = {**table, "along": rule.others}
    if rule.action == "delete" and (referring := conn.execute(_REFERRING, asked).scalars().all()):
        return f"rows of {', '.join(referring)} refer to the rows that it deletes; they need a rule of their own first"
    return None


def _needed(rule: RetentionRule) -> tuple[str, ...]:
    return (rule.by, rule.column, *rule.clears, *(("deleted_at",) if rule.action == "soft delete" else ()))


def _unreadable(conn: Connection, rule: RetentionRule) -> str | None:
    """Let PostgreSQL read the condition; a savepoint keeps the caller's transaction whole."""
    try:
        with conn.begin_nested():
            asked = f"EXPLAIN SELECT FROM {rule.qualified} t WHERE {rule.condition}"
            psycopg_of(conn).execute(asked.encode())
    except DriverError as error:
        return f"PostgreSQL cannot read {rule.where!r}: {str(error).partition(chr(10))[0]}"
    return None
