"""A note of each attempt that was counted as lost, for a heartbeat that comes late to say whether it was a crash."""

from __future__ import annotations

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_LOSSES = """
CREATE TABLE bellwork.losses (
    job_id bigint NOT NULL,
    worker_id uuid NOT NULL,
    master_id uuid NOT NULL,
    pid integer NOT NULL,
    process_started float8 NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (worker_id, job_id)
)
"""


def upgrade() -> None:
    """Add the table; a rescuer of an older release writes no notes, and what it takes stays lost."""
    op.execute(_LOSSES)
    op.execute("COMMENT ON TABLE bellwork.losses IS 'Attempts counted as lost whose worker''s end may yet be told.'")


def downgrade() -> None:
    """Drop the table."""
    op.execute("DROP TABLE bellwork.losses")
