"""The history of ticks says why a job failed: whether the rotation ran last night, and if not, why, is one SELECT."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from bellwork.db.engine import psycopg_of

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_BEFORE = """
CREATE TEMPORARY TABLE granted ON COMMIT DROP AS
    SELECT grantee FROM information_schema.role_table_grants
    WHERE table_schema = 'bellwork' AND table_name = 'tick_history' AND privilege_type = 'SELECT';
DROP VIEW bellwork.tick_history;
CREATE VIEW bellwork.tick_history AS
SELECT t.entry, t.tick, t.outcome, t.reason, t.decided_at, t.decided_by,
       extract(epoch FROM t.decided_at - t.tick) AS late_seconds,
       t.job_id, coalesce(j.state, f.state) AS job_state, f.finished_at AS job_finished_at
FROM bellwork.ticks t
LEFT JOIN bellwork.jobs j ON j.id = t.job_id
LEFT JOIN LATERAL (
    SELECT state, finished_at FROM bellwork.finished_jobs
    WHERE id = t.job_id AND finished_at >= t.decided_at - interval '1 minute'
    ORDER BY finished_at DESC LIMIT 1) f ON j.id IS NULL;
DO $$
DECLARE role text;
BEGIN
    FOR role IN SELECT grantee FROM granted LOOP
        EXECUTE format('GRANT SELECT ON bellwork.tick_history TO %I', role);
    END LOOP;
END $$
"""


def upgrade() -> None:
    """Give the view one more column; who may read it stays as it was."""
    psycopg_of(op.get_bind()).execute(Path(__file__).with_suffix(".sql").read_bytes())


def downgrade() -> None:
    """Put back the view of before; a column cannot be taken out of one."""
    psycopg_of(op.get_bind()).execute(_BEFORE.encode())
