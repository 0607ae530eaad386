CREATE TYPE bellwork.job_state AS ENUM ('available', 'running', 'done', 'dead', 'cancelled');

-- Every unfinished job is a row here; a finished one moves to finished_jobs in the transaction that finishes it.
CREATE TABLE bellwork.jobs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    queue text NOT NULL CHECK (queue ~ '^[a-zA-Z_][a-zA-Z0-9._-]{0,99}$'),
    actor text NOT NULL CHECK (length(actor) BETWEEN 1 AND 200 AND actor !~ '[[:cntrl:]]'),
    state bellwork.job_state NOT NULL DEFAULT 'available' CHECK (state IN ('available', 'running')),
    priority smallint NOT NULL DEFAULT 0 CHECK (priority BETWEEN -1000 AND 1000),
    run_at timestamptz NOT NULL DEFAULT now()
        CHECK (run_at > '1970-01-01Z' AND run_at < '2200-01-01Z'),
    args jsonb NOT NULL DEFAULT '{}',
    options jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(options) = 'object'),
    unique_key text CHECK (octet_length(unique_key) BETWEEN 1 AND 200),
    attempt integer NOT NULL DEFAULT 0,
    retries integer NOT NULL DEFAULT 0,
    crashes integer NOT NULL DEFAULT 0,
    worker_id uuid,
    claimed_at timestamptz,
    errors jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT jobs_args_size CHECK (pg_column_size(args) <= 65536),
    CONSTRAINT jobs_running_has_worker
        CHECK ((state = 'running') = (worker_id IS NOT NULL) AND (state = 'running') = (claimed_at IS NOT NULL))
);
CREATE INDEX jobs_due ON bellwork.jobs (queue, priority, run_at) WHERE state = 'available';
CREATE INDEX jobs_running ON bellwork.jobs (worker_id) WHERE state = 'running';
CREATE UNIQUE INDEX jobs_unique ON bellwork.jobs (unique_key) WHERE unique_key IS NOT NULL;

CREATE TABLE bellwork.finished_jobs (
    id bigint NOT NULL,
    queue text NOT NULL,
    actor text NOT NULL,
    state bellwork.job_state NOT NULL CHECK (state IN ('done', 'dead', 'cancelled')),
    reason text,
    priority smallint NOT NULL,
    run_at timestamptz NOT NULL,
    args jsonb NOT NULL,
    options jsonb NOT NULL,
    unique_key text,
    attempt integer NOT NULL,
    retries integer NOT NULL,
    crashes integer NOT NULL,
    worker_id uuid,
    claimed_at timestamptz,
    errors jsonb NOT NULL,
    created_at timestamptz NOT NULL,
    finished_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (id, finished_at)
) PARTITION BY RANGE (finished_at);
CREATE INDEX finished_jobs_dead ON bellwork.finished_jobs (finished_at) WHERE state = 'dead';

CREATE TABLE bellwork.workers (
    id uuid PRIMARY KEY,
    host text NOT NULL,
    pid integer NOT NULL,
    master_pid integer NOT NULL,
    queues text[] NOT NULL,
    actors jsonb NOT NULL,  -- {actor: seconds until its process is killed, or null}
    started_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL
);

CREATE TABLE bellwork.actors (
    name text PRIMARY KEY,
    queue text NOT NULL,
    priority smallint NOT NULL,
    lane text NOT NULL CHECK (lane IN ('short', 'long')),
    seen_at timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE bellwork.queues (
    name text PRIMARY KEY,
    paused_at timestamptz,
    paused_by text,
    reason text
);

CREATE FUNCTION bellwork.enqueue(
    actor text,
    args jsonb DEFAULT '{}',
    queue text DEFAULT NULL,
    priority integer DEFAULT NULL,
    run_at timestamptz DEFAULT NULL,
    unique_key text DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
#variable_conflict use_column
DECLARE
    job_id bigint;
BEGIN
    IF enqueue.actor IS NULL THEN
        RAISE EXCEPTION 'enqueue: actor is NULL; name the actor, for instance ''content.understand'''
            USING ERRCODE = '22023';
    END IF;
    IF jsonb_typeof(enqueue.args) IS DISTINCT FROM 'object' THEN
        RAISE EXCEPTION 'enqueue: args of % is %; give a JSON object of named arguments',
            quote_literal(left(enqueue.actor, 200)), coalesce(jsonb_typeof(enqueue.args), 'NULL')
            USING ERRCODE = '22023';
    END IF;
    LOOP
        INSERT INTO bellwork.jobs AS j (actor, args, queue, priority, run_at, unique_key)
        SELECT enqueue.actor, enqueue.args, coalesce(enqueue.queue, a.queue, 'default'),
               coalesce(enqueue.priority, a.priority, 0), coalesce(enqueue.run_at, now()), enqueue.unique_key
        FROM (SELECT) one LEFT JOIN bellwork.actors a ON a.name = enqueue.actor
        ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL DO NOTHING
        RETURNING j.id INTO job_id;
        IF job_id IS NULL THEN
            SELECT j.id INTO job_id FROM bellwork.jobs j WHERE j.unique_key = enqueue.unique_key;
        END IF;
        -- Neither inserted nor found: the job that held the key has just finished, so the key is free now.
        EXIT WHEN job_id IS NOT NULL;
    END LOOP;
    RETURN job_id;
END $$;
COMMENT ON FUNCTION bellwork.enqueue IS
    'Enqueue a job in the caller''s transaction; returns its id, or that of the unfinished job with this unique_key.';

CREATE FUNCTION bellwork.enqueue_many(jobs jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
DECLARE
    inserted bigint;
BEGIN
    IF jsonb_typeof(enqueue_many.jobs) IS DISTINCT FROM 'array' THEN
        RAISE EXCEPTION 'enqueue_many: jobs is %; give a JSON array of {"actor": …, "args": {…}, "queue", "priority", "run_at", "unique_key"}',
            coalesce(jsonb_typeof(enqueue_many.jobs), 'NULL') USING ERRCODE = '22023';
    END IF;
    INSERT INTO bellwork.jobs (actor, args, queue, priority, run_at, unique_key)
    SELECT n.actor, coalesce(n.args, '{}'), coalesce(n.queue, a.queue, 'default'),
           coalesce(n.priority, a.priority, 0), coalesce(n.run_at, now()), n.unique_key
    FROM jsonb_to_recordset(enqueue_many.jobs) AS n(
        actor text, args jsonb, queue text, priority integer, run_at timestamptz, unique_key text)
    LEFT JOIN bellwork.actors a ON a.name = n.actor
    ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL DO NOTHING;
    GET DIAGNOSTICS inserted = ROW_COUNT;
    RETURN inserted;
END $$;
COMMENT ON FUNCTION bellwork.enqueue_many IS
    'Enqueue a JSON array of jobs in one statement; returns how many were new (a unique_key already waiting is skipped).';

CREATE FUNCTION bellwork.cancel(job_id bigint, reason text DEFAULT NULL) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
    WITH gone AS (DELETE FROM bellwork.jobs WHERE id = cancel.job_id RETURNING *),
    kept AS (
        INSERT INTO bellwork.finished_jobs (id, queue, actor, state, reason, priority, run_at, args, options, unique_key,
            attempt, retries, crashes, worker_id, claimed_at, errors, created_at)
        SELECT id, queue, actor, 'cancelled', cancel.reason, priority, run_at, args, options, unique_key,
            attempt, retries, crashes, worker_id, claimed_at, errors, created_at
        FROM gone RETURNING 1)
    SELECT EXISTS (SELECT 1 FROM kept)
$$;
COMMENT ON FUNCTION bellwork.cancel IS
    'Cancel an unfinished job; true if there was one. A running attempt loses its lease and can write nothing.';

CREATE VIEW bellwork.queue_depth AS
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
LEFT JOIN bellwork.queues p ON p.name = q.name;

CREATE VIEW bellwork.job_history AS
SELECT id, queue, actor, state, reason, args, unique_key, attempt, retries, crashes, errors,
       created_at, run_at, claimed_at, finished_at
FROM bellwork.finished_jobs;

REVOKE ALL ON ALL FUNCTIONS IN SCHEMA bellwork FROM PUBLIC;

-- Roles belong to the whole server: a migration without the right to make them goes on without them.
DO $$
DECLARE
    may_create boolean := (SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user);
    wanted text;
BEGIN
    FOREACH wanted IN ARRAY ARRAY['bellwork_api', 'bellwork_worker', 'bellwork_ops'] LOOP
        IF may_create AND NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = wanted) THEN
            BEGIN
                EXECUTE format('CREATE ROLE %I NOLOGIN', wanted);
            EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
            END;
        END IF;
        IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = wanted) THEN
            EXECUTE format('GRANT USAGE ON SCHEMA bellwork TO %I', wanted);
            EXECUTE format('GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA bellwork TO %I', wanted);
        END IF;
    END LOOP;
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'bellwork_worker') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA bellwork TO bellwork_worker;
    END IF;
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'bellwork_ops') THEN
        GRANT SELECT ON ALL TABLES IN SCHEMA bellwork TO bellwork_ops;
        GRANT INSERT, UPDATE ON bellwork.queues TO bellwork_ops;
        GRANT INSERT, UPDATE, DELETE ON bellwork.jobs, bellwork.finished_jobs TO bellwork_ops;
    END IF;
END $$;
