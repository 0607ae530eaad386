"""The ledger: schema `bellwork` with its jobs, their history, workers, queues, SQL functions, views and roles."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from bellwork.db.engine import psycopg_of
from bellwork.db.partitions import create_ahead
from bellwork.db.vocabulary import PartitionedTable

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the ledger and its first days of history."""
    connection = op.get_bind()
    psycopg_of(connection).execute(Path(__file__).with_suffix(".sql").read_bytes())
    create_ahead(connection, PartitionedTable("bellwork.finished_jobs", "finished_at", "day", ahead=14))


def downgrade() -> None:
    """Drop the ledger; the server's roles stay, for other databases may use them."""
    for statement in (
        "DROP VIEW bellwork.queue_depth, bellwork.job_history",
        "DROP FUNCTION bellwork.enqueue, bellwork.enqueue_many, bellwork.odd_job, bellwork.insert_jobs",
        "DROP FUNCTION bellwork.cancel, bellwork.finish",
        "DROP TABLE bellwork.jobs, bellwork.finished_jobs, bellwork.workers, bellwork.actors, bellwork.queues",
        "DROP TABLE bellwork.crashes",
        "DROP TYPE bellwork.job_state",
        "DROP DOMAIN bellwork.job_options, bellwork.job_args, bellwork.actor_name, bellwork.queue_name",
    ):
        op.execute(statement)
