"""The door enqueues one job without a key or a time of its own through a function that reads no document."""

from __future__ import annotations

from alembic import op

from bellwork.db.engine import psycopg_of

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_FUNCTION = b"""
CREATE FUNCTION bellwork.enqueue_plain(actor text, args jsonb, queue text, priority integer) RETURNS bigint
LANGUAGE plpgsql SECURITY INVOKER SET search_path = pg_catalog, bellwork, pg_temp AS $$
#variable_conflict use_column
DECLARE
    job_id bigint;
BEGIN
    IF has_table_privilege('bellwork.jobs'::regclass, 'INSERT') THEN
        INSERT INTO bellwork.jobs AS j (actor, args, queue, priority, subject, tenant)
        SELECT enqueue_plain.actor, enqueue_plain.args, coalesce(enqueue_plain.queue, a.queue, 'default'),
               coalesce(enqueue_plain.priority, a.priority, 0),
               enqueue_plain.args #>> a.subject, enqueue_plain.args #>> a.tenant
        FROM (SELECT) one LEFT JOIN bellwork.actors a ON a.name = enqueue_plain.actor
        RETURNING j.id INTO job_id;
    ELSE
        SELECT c.id INTO job_id FROM bellwork.try_as_caller(ARRAY[jsonb_build_array(jsonb_build_object(
            'actor', enqueue_plain.actor, 'args', enqueue_plain.args, 'queue', enqueue_plain.queue,
            'priority', enqueue_plain.priority))]) c;
    END IF;
    -- Most often somebody has notified in the last 10 ms.
    IF job_id IS NOT NULL AND (abs(date_part('epoch', clock_timestamp()) * 1000000
                                   - pg_sequence_last_value('bellwork.notified_at')) <= 10000) IS NOT TRUE THEN
        PERFORM bellwork.notify_schedulers();
    END IF;
    RETURN job_id;
END $$;
COMMENT ON FUNCTION bellwork.enqueue_plain IS
    'The new job''s id, or NULL where its caller may not enqueue it, which leaves the transaction as it was: '
    'try_enqueue tells why.';
REVOKE ALL ON FUNCTION bellwork.enqueue_plain FROM PUBLIC;
-- Whoever was let in by name, for a role of a team's own, may call the new one, too.
DO $$
DECLARE
    caller regrole;
BEGIN
    FOR caller IN
        SELECT DISTINCT granted.grantee::regrole FROM pg_proc, aclexplode(proacl) AS granted
        WHERE pronamespace = 'bellwork'::regnamespace AND proname = 'try_enqueue'
          AND granted.grantee NOT IN (0, proowner)
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION bellwork.enqueue_plain TO %s', caller);
    END LOOP;
END $$;
"""


def upgrade() -> None:
    """Make the function, for whoever may call try_enqueue."""
    psycopg_of(op.get_bind()).execute(_FUNCTION)


def downgrade() -> None:
    """Drop it."""
    op.execute("DROP FUNCTION bellwork.enqueue_plain")
