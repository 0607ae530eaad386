-- What operators did, and why: one row an act, written in its transaction, added to and never changed.
CREATE TABLE bellwork.operator_acts (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    who text NOT NULL,
    login text NOT NULL DEFAULT session_user,
    what text NOT NULL,
    subject text NOT NULL,
    why text NOT NULL,
    before jsonb NOT NULL DEFAULT '{}',
    after jsonb NOT NULL DEFAULT '{}'
);
CREATE INDEX operator_acts_subject ON bellwork.operator_acts (subject, id);
COMMENT ON COLUMN bellwork.operator_acts.who IS 'The account that ran the command, or what --by said.';
COMMENT ON COLUMN bellwork.operator_acts.login IS 'The role that was logged in to PostgreSQL, whatever was said.';

CREATE FUNCTION bellwork.keep_acts() RETURNS trigger
LANGUAGE plpgsql SET search_path = pg_catalog, bellwork, pg_temp AS $$
BEGIN
    IF TG_OP = 'DELETE' THEN
        IF OLD.at < now() - interval '2 years' THEN
            RETURN OLD;
        END IF;
    END IF;
    RAISE EXCEPTION 'operator_acts: an act is never changed, and not deleted for two years' USING ERRCODE = '42501';
END $$;
CREATE TRIGGER keep_acts BEFORE UPDATE OR DELETE ON bellwork.operator_acts
    FOR EACH ROW EXECUTE FUNCTION bellwork.keep_acts();
CREATE TRIGGER keep_all_acts BEFORE TRUNCATE ON bellwork.operator_acts
    FOR EACH STATEMENT EXECUTE FUNCTION bellwork.keep_acts();

-- A job whose unique_key is taken again meanwhile stays where it is: two of one key must not wait side by side.
CREATE FUNCTION bellwork.retry_jobs(ids bigint[]) RETURNS SETOF bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
    WITH back AS (
        SELECT * FROM bellwork.finished_jobs f
        WHERE id = ANY(retry_jobs.ids) AND state IN ('dead', 'cancelled')
          AND NOT EXISTS (SELECT FROM bellwork.jobs j WHERE j.unique_key = f.unique_key)
        FOR UPDATE),
    inserted AS (
        INSERT INTO bellwork.jobs
            (id, queue, actor, priority, args, options, unique_key, attempt, errors, created_at, enqueued_by)
        OVERRIDING SYSTEM VALUE
        SELECT id, queue, actor, priority, args, options, unique_key, attempt, errors, now(), enqueued_by FROM back
        ON CONFLICT DO NOTHING RETURNING id)
    DELETE FROM bellwork.finished_jobs f USING inserted i WHERE f.id = i.id AND f.state IN ('dead', 'cancelled')
    RETURNING f.id
$$;
COMMENT ON FUNCTION bellwork.retry_jobs IS
    'Put dead and cancelled jobs back, due now, with their errors but fresh counts; returns which. For operators.';

CREATE FUNCTION bellwork.rename_jobs(old text, new text, by text, most integer) RETURNS SETOF bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
    UPDATE bellwork.jobs j
    SET actor = a.name, queue = a.queue, errors = CASE WHEN jsonb_array_length(j.errors) >= 25 THEN j.errors - 0 ELSE j.errors END
        || jsonb_build_object('attempt', j.attempt, 'at', now(), 'error', format('renamed from %s by %s', j.actor, rename_jobs.by))
    FROM bellwork.actors a
    WHERE a.name = rename_jobs.new AND j.state = 'available' AND j.id = ANY(ARRAY(
        SELECT id FROM bellwork.jobs WHERE actor = rename_jobs.old AND state = 'available'
        ORDER BY id LIMIT rename_jobs.most FOR UPDATE))
    RETURNING j.id
$$;
COMMENT ON FUNCTION bellwork.rename_jobs IS
    'Give up to `most` waiting jobs of one actor to another that a worker has registered; returns which. For operators.';
REVOKE ALL ON FUNCTION bellwork.keep_acts, bellwork.retry_jobs, bellwork.rename_jobs FROM PUBLIC;

-- History is not for those who act on it: jobs are cancelled, put back and renamed by the functions above.
DO $$
BEGIN
    IF to_regrole('bellwork_ops') IS NOT NULL THEN
        REVOKE UPDATE, DELETE ON bellwork.jobs FROM bellwork_ops;
        REVOKE INSERT, UPDATE, DELETE ON bellwork.finished_jobs FROM bellwork_ops;
        REVOKE UPDATE ON bellwork.partitions FROM bellwork_ops;
    END IF;
    IF to_regrole('bellwork_worker') IS NOT NULL THEN
        REVOKE INSERT, UPDATE, DELETE ON bellwork.alembic_version, bellwork.job_history FROM bellwork_worker;
        REVOKE UPDATE, DELETE ON bellwork.entry_changes FROM bellwork_worker;
    END IF;
END $$;
