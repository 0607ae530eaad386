"""What a provider may cost on one day, and what was spent; jobs that wait for it go on when it is raised."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from bellwork.db.engine import psycopg_of

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables and the function."""
    psycopg_of(op.get_bind()).execute(Path(__file__).with_suffix(".sql").read_bytes())


def downgrade() -> None:
    """Drop them: nothing is limited by the day any more, and what was spent is forgotten."""
    op.execute("DROP FUNCTION bellwork.resume_put_off")
    op.execute("DROP TABLE bellwork.budget_days, bellwork.budgets")
