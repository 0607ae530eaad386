"""A job whose arguments fit no worker that took it waits for one where they fit; a row says until when."""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_MISFITS = """
CREATE TABLE bellwork.misfits (
    job_id bigint PRIMARY KEY,
    attempt integer NOT NULL,
    until timestamptz NOT NULL
)
"""


def upgrade() -> None:
    """Add the table."""
    op.execute(_MISFITS)
    op.execute("COMMENT ON TABLE bellwork.misfits IS 'Jobs that wait for a worker which their arguments fit.'")


def downgrade() -> None:
    """Drop the table; the jobs are due when their patience is over."""
    op.execute("DROP TABLE bellwork.misfits")
