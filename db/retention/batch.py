"""One batch of one rule: a few rows, chosen under their locks, that no other transaction holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.engine import psycopg_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from bellwork.db.vocabulary import RetentionRule

_ROW = "hashtextextended(CAST(t AS text), 0)"


def sweep_batch(conn: Connection, rule: RetentionRule, most: int) -> int:
    """Take up to `most` due rows away, the oldest first; returns how many, and passes over what others have locked."""
    chosen = f"""
        SELECT t."{rule.by}" FROM {rule.qualified} t WHERE {_escaped(rule.condition)}
        ORDER BY t."{rule.column}", t."{rule.by}" LIMIT %s {_lock(rule)} SKIP LOCKED
    """  # noqa: S608 - a rule is code of ours, and was checked
    return _take(conn, rule, chosen, (most,))


def remove_archived(conn: Connection, rule: RetentionRule, rows: Sequence[tuple[str, str]]) -> int:
    """Take away those of the rows, given by id and digest, that are still due and as they were archived.

    Returns how many; a row that was changed since, or that is locked, stays for the next run.
    """
    chosen = f"""
        SELECT t."{rule.by}" FROM {rule.qualified} t JOIN unnest(%s::text[], %s::text[]) AS archived(id, digest)
            ON t."{rule.by}" = CAST(archived.id AS {_type_of_id(conn, rule)})
        WHERE {_escaped(rule.condition)} AND CAST({_ROW} AS text) = archived.digest
        {_lock(rule)} OF t SKIP LOCKED
    """  # noqa: S608 - as above
    return _take(conn, rule, chosen, ([row[0] for row in rows], [row[1] for row in rows]))


def _take(conn: Connection, rule: RetentionRule, chosen: str, parameters: tuple[object, ...]) -> int:
    # A CTE that locks is never merged into the statement: its LIMIT is applied once.
    statement = f"WITH chosen AS MATERIALIZED ({chosen}) {_effect(rule)}"
    return psycopg_of(conn).execute(statement.encode(), parameters).rowcount


def _effect(rule: RetentionRule) -> str:
    same = f'gone."{rule.by}" = chosen."{rule.by}"'
    if rule.action == "delete":
        return f"DELETE FROM {rule.qualified} gone USING chosen WHERE {same}"  # noqa: S608 - as above
    cleared = ", ".join(f'"{column}" = NULL' for column in rule.clears) or "deleted_at = now()"
    return f"UPDATE {rule.qualified} gone SET {cleared} FROM chosen WHERE {same}"  # noqa: S608 - as above


def _type_of_id(conn: Connection, rule: RetentionRule) -> str:
    statement = "SELECT format_type(atttypid, NULL) FROM pg_attribute WHERE attrelid = %s::regclass AND attname = %s"
    row = psycopg_of(conn).execute(statement, (rule.qualified, rule.by)).fetchone()
    return str(row[0]) if row else "text"


def _lock(rule: RetentionRule) -> str:
    return "FOR UPDATE" if rule.action == "delete" else "FOR NO KEY UPDATE"


def _escaped(condition: str) -> str:
    return condition.replace("%", "%%")
