"""Books, loans, and visits by the month."""

from __future__ import annotations

from alembic import op

from bellwork.db.sql import sql

revision = "0001"
down_revision = None

_STATEMENTS = (
    "CREATE SCHEMA IF NOT EXISTS {library}",
    "CREATE TABLE IF NOT EXISTS {library}.books (id text PRIMARY KEY, title text NOT NULL)",
    """CREATE TABLE IF NOT EXISTS {library}.loans (
        id text PRIMARY KEY, book_id text NOT NULL, reader text NOT NULL, status text NOT NULL DEFAULT 'asked',
        asked_at timestamptz NOT NULL DEFAULT now(), due_at timestamptz, returned_at timestamptz)""",
    """CREATE INDEX IF NOT EXISTS loans_open ON {library}.loans (status, asked_at)
        WHERE status NOT IN ('noted', 'returned')""",
    """CREATE TABLE IF NOT EXISTS {library}.visits (
        id bigint GENERATED ALWAYS AS IDENTITY, came_at timestamptz NOT NULL DEFAULT now(), reader text,
        PRIMARY KEY (id, came_at)) PARTITION BY RANGE (came_at)""",
)


def upgrade() -> None:
    """Make the tables."""
    for statement in _STATEMENTS:
        op.get_bind().execute(sql(statement))


def downgrade() -> None:
    """Drop them."""
    op.get_bind().execute(sql("DROP SCHEMA {library} CASCADE"))
