"""When a job is likely to be done, and how many of a kind miss their objective."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from bellwork.db.engine import psycopg_of

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the columns, the ring of minutes and the functions."""
    psycopg_of(op.get_bind()).execute(Path(__file__).with_suffix(".sql").read_bytes())


def downgrade() -> None:
    """Drop them."""
    op.execute(
        "DROP FUNCTION bellwork.job_eta(bigint), bellwork.eta_as_caller(bigint), bellwork.reckon_eta(bigint, text)"
    )
    op.execute("DROP TABLE bellwork.slo_minutes")
    op.execute("ALTER TABLE bellwork.actors DROP COLUMN slo_seconds, DROP COLUMN slo_share")
    op.execute("ALTER TABLE bellwork.queue_figures DROP COLUMN busy")
    op.execute(
        "ALTER TABLE bellwork.actor_figures DROP COLUMN recent_jobs, DROP COLUMN recent_seconds,"
        " DROP COLUMN recent_logs, DROP COLUMN recent_squares, DROP COLUMN slo_total, DROP COLUMN slo_missed"
    )
