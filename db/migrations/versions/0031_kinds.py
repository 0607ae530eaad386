"""Every pair of queue and actor that the history holds has figures: by them finished jobs of one are found."""

from __future__ import annotations

from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

# From pair to pair in the index finished_jobs_kind; what is counted already stays as it is.
_FILL = """
WITH RECURSIVE kind AS (
    (SELECT queue, actor FROM bellwork.finished_jobs ORDER BY hashtext(queue), hashtext(actor) LIMIT 1)
    UNION ALL
    SELECT n.queue, n.actor FROM kind k, LATERAL (
        SELECT queue, actor FROM bellwork.finished_jobs
        WHERE (hashtext(queue), hashtext(actor)) > (hashtext(k.queue), hashtext(k.actor))
        ORDER BY hashtext(queue), hashtext(actor) LIMIT 1) n)
INSERT INTO bellwork.actor_figures (queue, actor, unfinished, retries, enqueued_total, done_total, dead_total,
    cancelled_total, failed_total)
SELECT queue, actor, 0, 0, 0, 0, 0, 0, 0 FROM kind ORDER BY queue, actor ON CONFLICT DO NOTHING
"""


def upgrade() -> None:
    """Add what is missing."""
    op.execute("SET LOCAL enable_sort = off; SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
    op.execute(_FILL)
    op.execute(
        "SET LOCAL enable_sort TO DEFAULT; SET LOCAL enable_seqscan TO DEFAULT; SET LOCAL enable_bitmapscan TO DEFAULT"
    )


def downgrade() -> None:
    """Leave them: figures of nothing do no harm."""
