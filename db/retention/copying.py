"""Rows on their way into an archive: as PostgreSQL copies them, with a digest that tells later whether one changed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from bellwork.db.engine import psycopg_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

    from bellwork.db.vocabulary import RetentionRule

#: The column that stands behind a row's own ones in an archive.
DIGEST = "row_digest"
_TYPES = text("""
SELECT attname, format_type(atttypid, NULL) AS type
FROM pg_attribute WHERE attrelid = to_regclass(:table) AND attnum > 0 AND NOT attisdropped
""")


class Copied:
    """Iterates over the chunks of a COPY; `rows` is PostgreSQL's own count of them, once the end was reached."""

    def __init__(self, conn: Connection, statement: str) -> None:
        self._conn, self._statement = conn, statement
        self.rows = 0

    def __iter__(self) -> Iterator[bytes]:
        with psycopg_of(self._conn).cursor() as cursor:
            with cursor.copy(self._statement.encode()) as copy:
                for chunk in copy:
                    yield bytes(chunk)
            self.rows = cursor.rowcount


def copy_due(conn: Connection, rule: RetentionRule, most: int) -> Copied:
    """Copy up to `most` due rows, the oldest first, as CSV with a header; nothing is locked or changed."""
    return Copied(
        conn,
        f"""COPY (
            SELECT t.*, hashtextextended(CAST(t AS text), 0) AS {DIGEST}
            FROM {rule.qualified} t WHERE {rule.condition} ORDER BY t."{rule.column}", t."{rule.by}" LIMIT {most:d}
        ) TO STDOUT (FORMAT csv, HEADER)""",  # noqa: S608 - a rule is code of ours, and was checked
    )


def column_types(conn: Connection, rule: RetentionRule) -> dict[str, str]:
    """Return PostgreSQL's name of each column's type."""
    return {row.attname: row.type for row in conn.execute(_TYPES, {"table": rule.qualified})}
