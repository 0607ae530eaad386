CREATE TYPE bellwork.job_state AS ENUM ('available', 'running', 'done', 'dead', 'cancelled');

-- Rules of one value are a domain's: a table's CHECK is evaluated again at every UPDATE of the row, at each claim.
-- The names of the constraints are what a caller reads when a value is refused; they are checked in their order.
CREATE DOMAIN bellwork.queue_name AS text
    CONSTRAINT at_most_100_letters_digits_dots_dashes CHECK (VALUE ~ '^[a-zA-Z_][a-zA-Z0-9._-]*$' AND octet_length(VALUE) <= 100);
CREATE DOMAIN bellwork.actor_name AS text
    CONSTRAINT between_1_and_200_characters CHECK (length(VALUE) BETWEEN 1 AND 200)
    CONSTRAINT no_control_or_invisible_characters CHECK (
        VALUE !~ '[\u0001-\u001f\u007f-\u009f\u00ad\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]');
-- JSON that every reader can read: deep nesting and endless numbers raise in Python's parser, in the middle of a claim.
CREATE DOMAIN bellwork.job_args AS jsonb
    CONSTRAINT a_json_object CHECK (jsonb_typeof(VALUE) = 'object')
    CONSTRAINT at_most_64_kib CHECK (pg_column_size(VALUE) <= 65536 AND octet_length(VALUE::text) <= 65536)
    CONSTRAINT at_most_64_levels_deep CHECK (NOT VALUE @? '$.**{65}')
    CONSTRAINT numbers_below_1e308 CHECK (NOT VALUE @? 'strict $.** ? (@.type() == "number" && @.abs() > 1e308)');
CREATE DOMAIN bellwork.job_options AS bellwork.job_args;

-- Every unfinished job is a row here; a finished one moves to finished_jobs in the transaction that finishes it.
CREATE TABLE bellwork.jobs (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    queue bellwork.queue_name NOT NULL,
    actor bellwork.actor_name NOT NULL,
    state bellwork.job_state NOT NULL DEFAULT 'available' CHECK (state IN ('available', 'running')),
    priority smallint NOT NULL DEFAULT 0 CHECK (priority BETWEEN -1000 AND 1000),
    run_at timestamptz NOT NULL DEFAULT now()
        CHECK (run_at > '1970-01-01Z' AND run_at < '2200-01-01Z'),
    args bellwork.job_args NOT NULL DEFAULT '{}',
    options bellwork.job_options NOT NULL DEFAULT '{}',
    unique_key text CHECK (octet_length(unique_key) BETWEEN 1 AND 200),
    attempt integer NOT NULL DEFAULT 0,
    retries integer NOT NULL DEFAULT 0,
    crashes integer NOT NULL DEFAULT 0,
    worker_id uuid,
    claimed_at timestamptz,
    errors jsonb NOT NULL DEFAULT '[]',
    created_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT jobs_running_has_worker
        CHECK ((state = 'running') = (worker_id IS NOT NULL) AND (state = 'running') = (claimed_at IS NOT NULL))
);
CREATE INDEX jobs_due ON bellwork.jobs (queue, priority, run_at, id) WHERE state = 'available';
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

-- Jobs that took their process along although nothing else ran in it, of late: what a kind is quarantined for.
CREATE TABLE bellwork.crashes (
    actor text NOT NULL,
    job_id bigint NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (actor, job_id)
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

CREATE FUNCTION bellwork.insert_jobs(jobs jsonb) RETURNS bigint
LANGUAGE sql SET search_path = pg_catalog, bellwork, pg_temp AS $$
    WITH inserted AS (
        INSERT INTO bellwork.jobs (actor, args, queue, priority, run_at, unique_key)
        SELECT n.actor, coalesce(n.args, '{}'), coalesce(n.queue, a.queue, 'default'),
               coalesce(n.priority, a.priority, 0), coalesce(n.run_at, now()), n.unique_key
        FROM ROWS FROM (jsonb_to_recordset(insert_jobs.jobs) AS (
            actor text, args jsonb, queue text, priority integer, run_at timestamptz, unique_key text))
            WITH ORDINALITY AS n(actor, args, queue, priority, run_at, unique_key, place)
        LEFT JOIN bellwork.actors a ON a.name = n.actor
        ORDER BY n.place
        ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL DO NOTHING
        RETURNING 1)
    SELECT count(*) FROM inserted
$$;
COMMENT ON FUNCTION bellwork.insert_jobs IS 'What enqueue_many does once the jobs look like jobs; nobody else calls it.';

CREATE FUNCTION bellwork.odd_job(jobs jsonb) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, bellwork, pg_temp AS $$
    SELECT format('jobs[%s] %s', e.place - 1, found.trouble)
    FROM jsonb_array_elements(odd_job.jobs) WITH ORDINALITY AS e(job, place), LATERAL (SELECT CASE
        WHEN jsonb_typeof(e.job) <> 'object' THEN 'is ' || jsonb_typeof(e.job)
        WHEN jsonb_typeof(e.job -> 'actor') IS DISTINCT FROM 'string' THEN 'names no actor'
        WHEN jsonb_typeof(e.job -> 'args') <> 'object' THEN 'has args of type ' || jsonb_typeof(e.job -> 'args')
        ELSE (SELECT 'has the unknown field ' || quote_literal(left(min(name), 100))
              FROM jsonb_object_keys(e.job - '{actor,args,queue,priority,run_at,unique_key}'::text[]) name)
        END) AS found(trouble)
    WHERE found.trouble IS NOT NULL ORDER BY e.place LIMIT 1
$$;
COMMENT ON FUNCTION bellwork.odd_job IS 'The first of the jobs that enqueue_many cannot read, in words; NULL if it can.';

CREATE FUNCTION bellwork.enqueue_many(jobs jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
DECLARE
    shape CONSTANT text := '{"actor": …, "args": {…}, "queue", "priority", "run_at", "unique_key"}';
    odd text := CASE WHEN jsonb_typeof(enqueue_many.jobs) = 'array' THEN bellwork.odd_job(enqueue_many.jobs)
                     ELSE 'jobs is ' || coalesce(jsonb_typeof(enqueue_many.jobs), 'NULL') END;
    at integer := 0;
    inserted bigint;
BEGIN
    IF odd IS NOT NULL THEN
        RAISE EXCEPTION 'enqueue_many: %; give a JSON array of %', odd, shape USING ERRCODE = '22023';
    END IF;
    BEGIN
        RETURN bellwork.insert_jobs(enqueue_many.jobs);
    EXCEPTION WHEN data_exception OR integrity_constraint_violation OR program_limit_exceeded THEN
        -- One of them is refused, and nothing is inserted. Once more, one by one, to say which.
        inserted := 0;
    END;
    BEGIN
        WHILE at < jsonb_array_length(enqueue_many.jobs) LOOP
            inserted := inserted + bellwork.insert_jobs(jsonb_build_array(enqueue_many.jobs -> at));
            at := at + 1;
        END LOOP;
    EXCEPTION WHEN data_exception OR integrity_constraint_violation OR program_limit_exceeded THEN
        RAISE EXCEPTION 'enqueue_many: jobs[%]: %', at, SQLERRM USING ERRCODE = SQLSTATE;
    END;
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
        SELECT id, queue, actor, 'cancelled', left(cancel.reason, 1000), priority, run_at, args, options, unique_key,
            attempt, retries, crashes, worker_id, claimed_at, errors, created_at
        FROM gone RETURNING 1)
    SELECT EXISTS (SELECT 1 FROM kept)
$$;
COMMENT ON FUNCTION bellwork.cancel IS
    'Cancel an unfinished job; true if there was one. A running attempt loses its lease and can write nothing.';

-- A function, so that BEGIN and the finish of one job are one round trip: nothing in it has to be a bound parameter.
CREATE FUNCTION bellwork.finish(job_id bigint, held_attempt integer, held_since bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    WITH gone AS (
        DELETE FROM bellwork.jobs WHERE id = job_id AND attempt = held_attempt
            AND (extract(epoch FROM claimed_at) * 1000000)::int8 = held_since RETURNING *)
    INSERT INTO bellwork.finished_jobs (id, queue, actor, priority, run_at, args, options, unique_key, attempt,
        retries, crashes, worker_id, claimed_at, created_at, state, errors)
    SELECT id, queue, actor, priority, run_at, args, options, unique_key, attempt,
        retries, crashes, worker_id, claimed_at, created_at, 'done', errors FROM gone;
    RETURN FOUND;
END $$;
COMMENT ON FUNCTION bellwork.finish IS
    'Record a running job as done for the attempt that holds it; false where the lease was lost. For workers.';

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
            EXECUTE format('GRANT EXECUTE ON FUNCTION bellwork.enqueue, bellwork.enqueue_many, bellwork.cancel TO %I',
                           wanted);
        END IF;
    END LOOP;
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'bellwork_worker') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA bellwork TO bellwork_worker;
        GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA bellwork TO bellwork_worker;
    END IF;
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'bellwork_ops') THEN
        GRANT SELECT ON ALL TABLES IN SCHEMA bellwork TO bellwork_ops;
        GRANT INSERT, UPDATE ON bellwork.queues TO bellwork_ops;
        GRANT INSERT, UPDATE, DELETE ON bellwork.jobs, bellwork.finished_jobs TO bellwork_ops;
    END IF;
END $$;
