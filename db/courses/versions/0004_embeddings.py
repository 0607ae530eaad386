"""The courses system: what of its texts is embedded as which, and the search among them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from alembic import op
from sqlalchemy import text

from bellwork.db.courses.embeddings.plan import EMBEDDINGS, SIGNATURE, exact_search, indexed_search
from bellwork.db.migrations.build import build
from bellwork.db.migrations.undo import undo
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# Where the index stands, and pgvector knows how to go on with it (0.8).
_INDEXED = """
SELECT quote_ident(n.nspname) FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
WHERE e.extname = 'vector' AND to_regclass('{courses}.idx_content_embeddings_near') IS NOT NULL
  AND CAST(string_to_array(regexp_replace(e.extversion, '[^0-9.].*', ''), '.') AS int[]) >= ARRAY[0, 8]
"""


def upgrade() -> None:
    """Make them; whoever may search is given that at the end of the migration."""
    conn = op.get_bind()
    build(conn, EMBEDDINGS)
    _make_search(conn)
    conn.execute(text(f"COMMENT ON FUNCTION {_search()} IS '{EMBEDDINGS.mark}'"))
    conn.execute(text(f"REVOKE ALL ON FUNCTION {_search()} FROM PUBLIC"))


def downgrade() -> None:
    """Drop them; embeddings stay."""
    undo(op.get_bind(), EMBEDDINGS.mark)


def _make_search(conn: Connection) -> None:
    schema = conn.execute(sql(_INDEXED)).scalar()
    if schema is None:
        conn.execute(sql(exact_search()))
        return
    conn.execute(text(f"SELECT CAST('[1]' AS {schema}.vector)"))  # loads it, so that its settings are known
    conn.execute(sql(indexed_search(schema)))


def _search() -> str:
    return str(sql(f"{{courses}}.{SIGNATURE}"))
