"""Schedulers of several releases may run side by side: a row for each table of entries says which of them counts."""

from __future__ import annotations

from alembic import op

from bellwork.db.engine import psycopg_of

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

# No column of bellwork.entries: schedulers of older releases read all that there are, and would end.
_DECLARATIONS = b"""
CREATE TABLE bellwork.declarations (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source text NOT NULL,
    digest text NOT NULL,
    since timestamptz NOT NULL DEFAULT clock_timestamp(),
    seen_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    in_force boolean NOT NULL DEFAULT false,
    UNIQUE (source, digest)
);
CREATE UNIQUE INDEX declarations_in_force ON bellwork.declarations (source) WHERE in_force;
COMMENT ON TABLE bellwork.declarations IS
    'Tables of entries that schedulers have loaded, by their system, in the order in which they were first seen.';
COMMENT ON COLUMN bellwork.declarations.since IS 'Since when it has been announced without a long silence.';
COMMENT ON COLUMN bellwork.declarations.in_force IS 'The entries in the books are those of this table.';
"""


def upgrade() -> None:
    """Add the table; the scheduler that starts next fills it."""
    psycopg_of(op.get_bind()).execute(_DECLARATIONS)


def downgrade() -> None:
    """Drop the table; the scheduler that starts last brings its entries again."""
    op.execute("DROP TABLE bellwork.declarations")
