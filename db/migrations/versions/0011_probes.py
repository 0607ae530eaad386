"""A quarantined actor is tried again with one job at a time, each later than the one before."""

from __future__ import annotations

from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

_PROBES = """
CREATE TABLE bellwork.probes (
    actor text PRIMARY KEY,
    number integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL,
    worker_id uuid  -- who runs one now
)
"""
_RIGHTS = """
DO $$
BEGIN
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'bellwork_worker') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON bellwork.probes TO bellwork_worker;
    END IF;
    IF EXISTS (SELECT FROM pg_roles WHERE rolname = 'bellwork_ops') THEN
        GRANT SELECT ON bellwork.probes TO bellwork_ops;
    END IF;
END $$
"""


def upgrade() -> None:
    """Add the table; who quarantines is as before, so that workers of before and after agree on it."""
    op.execute(_PROBES)
    op.execute("COMMENT ON TABLE bellwork.probes IS 'When a quarantined actor is tried again, and by whom.'")
    op.execute(_RIGHTS)


def downgrade() -> None:
    """Drop the table."""
    op.execute("DROP TABLE bellwork.probes")
