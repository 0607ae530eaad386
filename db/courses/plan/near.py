"""The index by which near embeddings are found: HNSW, where the extension `vector` is there or can be had.

learncraft.md builds ivfflat on an empty table, whose lists would be of nothing. Embeddings are real[] everywhere, so
that rows and texts are the same with the extension and without; the index is on their cast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

_SCHEMA = text(
    "SELECT quote_ident(nspname) FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace WHERE extname = 'vector'"
)
#: It is made in public, where every session finds its type.
_AVAILABLE = text("""
SELECT to_regnamespace('public') IS NOT NULL
       AND EXISTS (SELECT FROM pg_available_extensions WHERE name = 'vector')
""")
_MADE = text("SELECT obj_description(oid, 'pg_extension') FROM pg_extension WHERE extname = 'vector'")
_INDEX = """
CREATE INDEX IF NOT EXISTS idx_content_embeddings_near ON {courses}.content_embeddings
USING hnsw ((CAST(embedding AS [schema].vector(1536))) [schema].vector_cosine_ops)
"""


def build_near(conn: Connection, mark: str) -> bool:
    """Make the index in the caller's transaction, and the extension where this role may; tells whether it stands."""
    schema = conn.execute(_SCHEMA).scalar()
    if schema is None and conn.execute(_AVAILABLE).scalar_one():
        schema = _create(conn, mark)
    if schema is None:
        return False
    conn.execute(sql(_INDEX.replace("[schema]", schema)))
    return True


def drop_near(conn: Connection, mark: str) -> None:
    """Drop the index, and the extension where it was made with it and nothing else needs it."""
    conn.execute(sql("DROP INDEX IF EXISTS {courses}.idx_content_embeddings_near"))
    if conn.execute(_MADE).scalar() == mark:
        _try(conn, "DROP EXTENSION vector")


def _create(conn: Connection, mark: str) -> str | None:
    if not _try(conn, "CREATE EXTENSION vector SCHEMA public"):
        return None
    conn.exec_driver_sql(f"COMMENT ON EXTENSION vector IS '{mark}'")
    return str(conn.execute(_SCHEMA).scalar_one())


def _try(conn: Connection, statement: str) -> bool:
    """Execute what this role may not be let, or what others may stand on."""
    try:
        with conn.begin_nested():
            conn.exec_driver_sql(statement)
    except DBAPIError:
        return False
    return True
