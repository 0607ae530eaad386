"""What operators list is read by an index, however long the history is; queue depths look at each job once."""

from __future__ import annotations

from alembic import op

from bellwork.db.migrations.online import create_indexes

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

#: Names are put in order at each end of a job, for a search only: their hashes are compared faster, and are smaller.
_INDEXES = {
    "finished_jobs_kind": "(hashtext(queue), hashtext(actor), id)",
    "finished_jobs_unhappy": "(state, id) WHERE state <> 'done'",
    "finished_jobs_unhappy_kind": "(state, hashtext(queue), hashtext(actor), id) WHERE state <> 'done'",
}
_DEPTHS = """
CREATE OR REPLACE VIEW bellwork.queue_depth AS
SELECT coalesce(a.queue, j.queue) AS queue,
       coalesce(j.due, 0) AS due,
       coalesce(j.scheduled, 0) AS scheduled,
       coalesce(j.running, 0) AS running,
       coalesce(j.oldest_due_seconds, 0) AS oldest_due_seconds,
       p.paused_at, p.paused_by, p.reason AS pause_reason
FROM (SELECT DISTINCT queue FROM bellwork.actors) a
FULL JOIN (
    SELECT CAST(queue AS text) AS queue,
           count(*) FILTER (WHERE state = 'available' AND run_at <= now()) AS due,
           count(*) FILTER (WHERE state = 'available' AND run_at > now()) AS scheduled,
           count(*) FILTER (WHERE state = 'running') AS running,
           extract(epoch FROM now() - min(run_at) FILTER (WHERE state = 'available' AND run_at <= now()))
               AS oldest_due_seconds
    FROM bellwork.jobs GROUP BY CAST(queue AS text)) j ON j.queue = a.queue
LEFT JOIN bellwork.queues p ON p.name = coalesce(a.queue, j.queue)
"""
_DEPTHS_BEFORE = """
CREATE OR REPLACE VIEW bellwork.queue_depth AS
SELECT q.name AS queue,
       coalesce(j.due, 0) AS due,
       coalesce(j.scheduled, 0) AS scheduled,
       coalesce(j.running, 0) AS running,
       coalesce(j.oldest_due_seconds, 0) AS oldest_due_seconds,
       p.paused_at, p.paused_by, p.reason AS pause_reason
FROM (SELECT queue AS name FROM bellwork.actors UNION SELECT queue FROM bellwork.jobs) q
LEFT JOIN (
    SELECT queue,
           count(*) FILTER (WHERE state = 'available' AND run_at <= now()) AS due,
           count(*) FILTER (WHERE state = 'available' AND run_at > now()) AS scheduled,
           count(*) FILTER (WHERE state = 'running') AS running,
           extract(epoch FROM now() - min(run_at) FILTER (WHERE state = 'available' AND run_at <= now()))
               AS oldest_due_seconds
    FROM bellwork.jobs GROUP BY queue) j ON j.queue = q.name
LEFT JOIN bellwork.queues p ON p.name = q.name
"""


def upgrade() -> None:
    """Index the history, beside those who write to it."""
    create_indexes(op.get_bind(), "bellwork.finished_jobs", _INDEXES)
    op.execute(_DEPTHS)


def downgrade() -> None:
    """Drop the indexes."""
    op.execute(_DEPTHS_BEFORE)
    for name in _INDEXES:
        op.execute(f"DROP INDEX IF EXISTS bellwork.{name}")
