"""What became of a tick is not for operators to write anew: they decide ticks through functions."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from bellwork.db.engine import psycopg_of

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

_GRANT = """
DO $$
BEGIN
    IF to_regrole('bellwork_ops') IS NOT NULL THEN
        GRANT INSERT, UPDATE ON bellwork.entries, bellwork.ticks TO bellwork_ops;
    END IF;
END $$
"""


def upgrade() -> None:
    """Create the functions, and take from operators the right to write ticks, and what code declares of an entry."""
    psycopg_of(op.get_bind()).execute(Path(__file__).with_suffix(".sql").read_bytes())


def downgrade() -> None:
    """Let operators write the tables again: the release before does."""
    op.execute("DROP FUNCTION bellwork.decide_ticks, bellwork.settle_tick, bellwork.name_tick_jobs")
    op.execute(_GRANT)
