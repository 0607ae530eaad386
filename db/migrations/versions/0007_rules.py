"""Rules of one value are a domain's, on every column of the table of jobs: each statement that writes is cheaper.

A table's CHECK is read and prepared anew by each statement that writes a row, a domain's is kept: of 22 µs that
PostgreSQL took for one bellwork.enqueue() those were 6. The names are what a caller reads when a value is refused.
"""

from __future__ import annotations

from alembic import op

from bellwork.db.engine import psycopg_of

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_DOMAINS = """
CREATE DOMAIN bellwork.job_priority AS smallint
    CONSTRAINT between_minus_1000_and_1000 CHECK (VALUE BETWEEN -1000 AND 1000);
CREATE DOMAIN bellwork.due_time AS timestamptz
    CONSTRAINT after_1970_and_before_2200 CHECK (VALUE > '1970-01-01Z' AND VALUE < '2200-01-01Z');
CREATE DOMAIN bellwork.unique_key AS text
    CONSTRAINT between_1_and_200_bytes CHECK (octet_length(VALUE) BETWEEN 1 AND 200)
"""
_AFTER = """
    DROP CONSTRAINT jobs_state_check, DROP CONSTRAINT jobs_priority_check, DROP CONSTRAINT jobs_run_at_check,
    DROP CONSTRAINT jobs_unique_key_check, DROP CONSTRAINT jobs_running_has_worker,
    ALTER priority TYPE bellwork.job_priority,
    ALTER run_at TYPE bellwork.due_time,
    ALTER unique_key TYPE bellwork.unique_key,
    ADD CONSTRAINT jobs_running_has_worker CHECK (
        state = 'available' AND worker_id IS NULL AND claimed_at IS NULL
        OR state = 'running' AND worker_id IS NOT NULL AND claimed_at IS NOT NULL)
"""
_BEFORE = """
    DROP CONSTRAINT jobs_running_has_worker,
    ALTER priority TYPE smallint,
    ALTER run_at TYPE timestamptz,
    ALTER unique_key TYPE text,
    ADD CHECK (state IN ('available', 'running')),
    ADD CHECK (priority BETWEEN -1000 AND 1000),
    ADD CHECK (run_at > '1970-01-01Z' AND run_at < '2200-01-01Z'),
    ADD CHECK (octet_length(unique_key) BETWEEN 1 AND 200),
    ADD CONSTRAINT jobs_running_has_worker CHECK (
        (state = 'running') = (worker_id IS NOT NULL) AND (state = 'running') = (claimed_at IS NOT NULL))
"""
# No column changes its type while a view shows it: the view goes, and comes back as it was, for those who may read it.
_ALTER = """
DO $$
DECLARE
    shown text := pg_get_viewdef('bellwork.queue_depth');
    reader text;
    readers text[] := ARRAY(
        SELECT grantee FROM information_schema.role_table_grants
        WHERE table_schema = 'bellwork' AND table_name = 'queue_depth' AND privilege_type = 'SELECT');
BEGIN
    DROP VIEW bellwork.queue_depth;
    ALTER TABLE bellwork.jobs {changes};
    EXECUTE 'CREATE VIEW bellwork.queue_depth AS ' || shown;
    FOREACH reader IN ARRAY readers LOOP
        EXECUTE format('GRANT SELECT ON bellwork.queue_depth TO %I', reader);
    END LOOP;
END $$
"""


def upgrade() -> None:
    """Give the columns their domains; the table of jobs is written anew, which takes as long as its backlog is long."""
    op.execute(_DOMAINS)
    _alter(_AFTER)


def downgrade() -> None:
    """Give the columns their plain types back, and the table its checks."""
    _alter(_BEFORE)
    op.execute("DROP DOMAIN bellwork.job_priority, bellwork.due_time, bellwork.unique_key")


def _alter(changes: str) -> None:
    psycopg_of(op.get_bind()).execute(_ALTER.format(changes=changes).encode())
