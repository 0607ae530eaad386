"""It is known whose tables stood before Bellwork came: what deletes there, or writes to people, begins paused."""

from __future__ import annotations

from alembic import op

from bellwork.db.engine import psycopg_of

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_SYSTEMS = b"""
CREATE TABLE bellwork.systems (
    word text PRIMARY KEY,
    found boolean NOT NULL,
    since timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE bellwork.systems IS 'Systems whose tables a migration of Bellwork was to make.';
COMMENT ON COLUMN bellwork.systems.found IS 'Some of its tables were there already, and not by Bellwork.';
"""


def upgrade() -> None:
    """Add the table; `bellwork migrate` fills it before it makes a system's tables."""
    psycopg_of(op.get_bind()).execute(_SYSTEMS)


def downgrade() -> None:
    """Drop the table; what is paused stays so."""
    op.execute("DROP TABLE bellwork.systems")
