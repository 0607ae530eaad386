-- Who may enqueue what, and cancel what: the rights of a caller on the table of jobs decide, at each call. Whoever may
-- insert there (workers, operators, the owner) is not restricted; everybody else goes through enqueue_as_caller.
-- The table of jobs is locked first, as every statement of callers and workers does: another order ends in a deadlock.
LOCK TABLE bellwork.jobs IN ACCESS EXCLUSIVE MODE;
ALTER TABLE bellwork.actors ADD COLUMN callers text NOT NULL DEFAULT 'everyone'
    CONSTRAINT everyone_or_internal CHECK (callers IN ('everyone', 'internal'));
COMMENT ON COLUMN bellwork.actors.callers IS
    'everyone: any role that may call bellwork.enqueue; internal: workers, schedulers, operators and the owner only.';
UPDATE bellwork.actors SET callers = 'internal'
WHERE name ~ '^(content|upkeep|soak|soak_roll)\.' AND name NOT IN ('content.understand', 'content.answer_clarification');

ALTER TABLE bellwork.jobs ADD COLUMN enqueued_by text;
ALTER TABLE bellwork.finished_jobs ADD COLUMN enqueued_by text;
COMMENT ON COLUMN bellwork.jobs.enqueued_by IS
    'The login role of a restricted caller, who may cancel this job and see it in own_jobs; NULL for all others.';

-- Options may name jobs that follow (pipelines, callbacks): their actors are asked for as the job's own.
CREATE FUNCTION bellwork.refusal(jobs jsonb) RETURNS text
LANGUAGE sql STABLE SET search_path = pg_catalog, bellwork, pg_temp AS $$
    SELECT CASE
        WHEN starts_with(n.unique_key, 'entry:') THEN
            format('unique_key %L is the calendar''s, as all that begin with ''entry:''', left(n.unique_key, 200))
        WHEN a.name IS NULL THEN
            format('actor %L was never registered by a worker; start a worker that has it first', left(asked.name, 200))
        WHEN a.callers = 'internal' THEN
            format('actor %L is declared with callers="internal": only workers, schedulers and operators enqueue it', a.name)
        WHEN asked.own AND n.queue <> a.queue THEN
            format('queue %L is not that of actor %L, which is %L; leave it out', left(n.queue, 200), a.name, a.queue)
        WHEN n.options @? '$.**.priority' THEN format('a job that follows one of actor %L is given a priority', a.name)
        END
    FROM ROWS FROM (jsonb_to_recordset(refusal.jobs) AS (actor text, queue text, unique_key text, options jsonb))
        WITH ORDINALITY AS n(actor, queue, unique_key, options, place)
    CROSS JOIN LATERAL (
        SELECT n.actor, true
        UNION ALL SELECT value #>> '{}', false FROM jsonb_path_query(n.options,
            '$.** ? (@.type() == "object").keyvalue() ? (@.key == "actor_name" || @.key == "on_success" || @.key == "on_failure").value') AS value
        ) AS asked(name, own)
    LEFT JOIN bellwork.actors a ON a.name = asked.name
    WHERE starts_with(n.unique_key, 'entry:') OR a.name IS NULL OR a.callers = 'internal'
       OR asked.own AND n.queue <> a.queue OR n.options @? '$.**.priority'
    ORDER BY n.place LIMIT 1
$$;
COMMENT ON FUNCTION bellwork.refusal IS 'Why enqueue_as_caller takes none of these jobs, in words; NULL if it takes them.';

-- A message in the options names its queue beside its actor. Of what is too deep for a job nothing is made: it is refused.
CREATE FUNCTION bellwork.on_own_queues(document jsonb) RETURNS jsonb
LANGUAGE plpgsql STABLE AS $$
DECLARE
    is_message CONSTANT boolean := document ?& '{actor_name,queue_name}';
BEGIN
    IF NOT document @? '$.**.queue_name' OR document @? '$.**{65}' THEN
        RETURN document;
    ELSIF jsonb_typeof(document) = 'array' THEN
        RETURN (SELECT jsonb_agg(bellwork.on_own_queues(value) ORDER BY place)
                FROM jsonb_array_elements(document) WITH ORDINALITY AS e(value, place));
    END IF;
    RETURN (SELECT jsonb_object_agg(key, CASE
                WHEN is_message AND key = 'queue_name' THEN
                    (SELECT to_jsonb(a.queue) FROM bellwork.actors a WHERE a.name = document ->> 'actor_name')
                WHEN is_message AND key IN ('args', 'kwargs') THEN value
                ELSE bellwork.on_own_queues(value) END)
            FROM jsonb_each(document));
END $$;
COMMENT ON FUNCTION bellwork.on_own_queues IS
    'These options, with every message that follows on its actor''s registered queue, whatever queue it names.';

CREATE FUNCTION bellwork.enqueue_as_caller(jobs jsonb)
RETURNS TABLE (id bigint, queue text, priority integer, run_at timestamptz, is_new boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
#variable_conflict use_column
DECLARE
    why text := bellwork.refusal(enqueue_as_caller.jobs);
BEGIN
    IF why IS NOT NULL THEN
        RAISE EXCEPTION 'enqueue: %', why USING ERRCODE = '42501';
    END IF;
    RETURN QUERY
        INSERT INTO bellwork.jobs AS j (actor, args, queue, priority, run_at, unique_key, options, enqueued_by)
        SELECT n.actor, coalesce(n.args, '{}'), a.queue, greatest(n.priority, a.priority::integer),
               coalesce(n.run_at, now() + make_interval(secs => coalesce(n.delay, 0))), n.unique_key,
               bellwork.on_own_queues(coalesce(n.options, '{}')), session_user
        FROM ROWS FROM (jsonb_to_recordset(enqueue_as_caller.jobs) AS (
            actor text, args jsonb, priority integer, run_at timestamptz, delay float8, unique_key text, options jsonb))
            WITH ORDINALITY AS n(actor, args, priority, run_at, delay, unique_key, options, place)
        JOIN bellwork.actors a ON a.name = n.actor
        ORDER BY n.place
        ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL DO NOTHING
        RETURNING j.id, j.queue::text, j.priority::integer, j.run_at::timestamptz, true;
    IF NOT FOUND AND jsonb_array_length(enqueue_as_caller.jobs) = 1 THEN
        RETURN QUERY SELECT j.id, j.queue::text, j.priority::integer, j.run_at::timestamptz, false
            FROM bellwork.jobs j WHERE j.unique_key = enqueue_as_caller.jobs -> 0 ->> 'unique_key';
    END IF;
END $$;
COMMENT ON FUNCTION bellwork.enqueue_as_caller IS
    'Enqueue what every role may: actors with callers = everyone, never more urgent than they are, and on their own queue, '
    'as is what follows them, whatever queue the options name. '
    'Returns the new jobs; for a single one whose unique_key is taken, the job that holds it.';

CREATE OR REPLACE FUNCTION bellwork.enqueue(
    actor text,
    args jsonb DEFAULT '{}',
    queue text DEFAULT NULL,
    priority integer DEFAULT NULL,
    run_at timestamptz DEFAULT NULL,
    unique_key text DEFAULT NULL
) RETURNS bigint
LANGUAGE plpgsql SECURITY INVOKER SET search_path = pg_catalog, bellwork, pg_temp AS $$
#variable_conflict use_column
DECLARE
    job_id bigint;
    unrestricted boolean := has_table_privilege('bellwork.jobs'::regclass, 'INSERT');
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
        IF unrestricted THEN
            INSERT INTO bellwork.jobs AS j (actor, args, queue, priority, run_at, unique_key)
            SELECT enqueue.actor, enqueue.args, coalesce(enqueue.queue, a.queue, 'default'),
                   coalesce(enqueue.priority, a.priority, 0), coalesce(enqueue.run_at, now()), enqueue.unique_key
            FROM (SELECT) one LEFT JOIN bellwork.actors a ON a.name = enqueue.actor
            ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL DO NOTHING
            RETURNING j.id INTO job_id;
            IF job_id IS NULL THEN
                SELECT j.id INTO job_id FROM bellwork.jobs j WHERE j.unique_key = enqueue.unique_key;
            END IF;
        ELSE
            SELECT c.id INTO job_id FROM bellwork.enqueue_as_caller(jsonb_build_array(jsonb_build_object(
                'actor', enqueue.actor, 'args', enqueue.args, 'queue', enqueue.queue, 'priority', enqueue.priority,
                'run_at', enqueue.run_at, 'unique_key', enqueue.unique_key))) c;
        END IF;
        -- Neither inserted nor found: the job that held the key has just finished, so the key is free now.
        EXIT WHEN job_id IS NOT NULL;
    END LOOP;
    RETURN job_id;
END $$;

CREATE OR REPLACE FUNCTION bellwork.enqueue_many(jobs jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY INVOKER SET search_path = pg_catalog, bellwork, pg_temp AS $$
DECLARE
    shape CONSTANT text := '{"actor": …, "args": {…}, "queue", "priority", "run_at", "unique_key"}';
    unrestricted CONSTANT boolean := has_table_privilege('bellwork.jobs'::regclass, 'INSERT');
    odd text := CASE WHEN jsonb_typeof(enqueue_many.jobs) = 'array' THEN bellwork.odd_job(enqueue_many.jobs)
                     ELSE 'jobs is ' || coalesce(jsonb_typeof(enqueue_many.jobs), 'NULL') END;
    at integer := 0;
    inserted bigint;
BEGIN
    IF odd IS NOT NULL THEN
        RAISE EXCEPTION 'enqueue_many: %; give a JSON array of %', odd, shape USING ERRCODE = '22023';
    END IF;
    BEGIN
        IF unrestricted THEN
            RETURN bellwork.insert_jobs(enqueue_many.jobs);
        END IF;
        RETURN (SELECT count(*) FROM bellwork.enqueue_as_caller(enqueue_many.jobs) c WHERE c.is_new);
    EXCEPTION WHEN data_exception OR integrity_constraint_violation OR program_limit_exceeded THEN
        -- One of them is refused, and nothing is inserted. Once more, one by one, to say which.
        inserted := 0;
    END;
    BEGIN
        WHILE at < jsonb_array_length(enqueue_many.jobs) LOOP
            IF unrestricted THEN
                inserted := inserted + bellwork.insert_jobs(jsonb_build_array(enqueue_many.jobs -> at));
            ELSE
                inserted := inserted + (
                    SELECT count(*) FROM bellwork.enqueue_as_caller(jsonb_build_array(enqueue_many.jobs -> at)) c
                    WHERE c.is_new);
            END IF;
            at := at + 1;
        END LOOP;
    EXCEPTION WHEN data_exception OR integrity_constraint_violation OR program_limit_exceeded THEN
        RAISE EXCEPTION 'enqueue_many: jobs[%]: %', at, SQLERRM USING ERRCODE = SQLSTATE;
    END;
    RETURN inserted;
END $$;

CREATE FUNCTION bellwork.cancel_any(job_id bigint, reason text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
    WITH gone AS (DELETE FROM bellwork.jobs WHERE id = cancel_any.job_id RETURNING *),
    kept AS (
        INSERT INTO bellwork.finished_jobs (id, queue, actor, state, reason, priority, run_at, args, options, unique_key,
            attempt, retries, crashes, worker_id, claimed_at, errors, created_at, enqueued_by)
        SELECT id, queue, actor, 'cancelled', left(cancel_any.reason, 1000), priority, run_at, args, options, unique_key,
            attempt, retries, crashes, worker_id, claimed_at, errors, created_at, enqueued_by
        FROM gone RETURNING 1)
    SELECT EXISTS (SELECT 1 FROM kept)
$$;
COMMENT ON FUNCTION bellwork.cancel_any IS 'What cancel does for workers, operators and the owner.';

CREATE FUNCTION bellwork.cancel_own(job_id bigint, reason text) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
BEGIN
    PERFORM FROM bellwork.jobs WHERE id = cancel_own.job_id AND enqueued_by = session_user FOR UPDATE;
    RETURN FOUND AND bellwork.cancel_any(cancel_own.job_id, cancel_own.reason);
END $$;
COMMENT ON FUNCTION bellwork.cancel_own IS
    'What cancel does for everybody else: a job that another login role enqueued is answered as one that is not there.';

CREATE OR REPLACE FUNCTION bellwork.cancel(job_id bigint, reason text DEFAULT NULL) RETURNS boolean
LANGUAGE plpgsql SECURITY INVOKER SET search_path = pg_catalog, bellwork, pg_temp AS $$
BEGIN
    IF has_function_privilege('bellwork.cancel_any(bigint, text)'::regprocedure, 'EXECUTE') THEN
        RETURN bellwork.cancel_any(cancel.job_id, cancel.reason);
    END IF;
    RETURN bellwork.cancel_own(cancel.job_id, cancel.reason);
END $$;

CREATE OR REPLACE FUNCTION bellwork.finish(job_id bigint, held_attempt integer, held_since bigint) RETURNS boolean
LANGUAGE plpgsql AS $$
BEGIN
    WITH gone AS (
        DELETE FROM bellwork.jobs WHERE id = job_id AND attempt = held_attempt
            AND (extract(epoch FROM claimed_at) * 1000000)::int8 = held_since RETURNING *)
    INSERT INTO bellwork.finished_jobs (id, queue, actor, priority, run_at, args, options, unique_key, attempt,
        retries, crashes, worker_id, claimed_at, created_at, state, errors, enqueued_by)
    SELECT id, queue, actor, priority, run_at, args, options, unique_key, attempt,
        retries, crashes, worker_id, claimed_at, created_at, 'done', errors, enqueued_by FROM gone;
    RETURN FOUND;
END $$;

CREATE VIEW bellwork.own_jobs WITH (security_barrier) AS
SELECT id, queue::text, actor::text,
       CASE WHEN state = 'available' AND run_at > now() THEN 'scheduled' ELSE state::text END AS state,
       NULL::text AS reason, unique_key::text, attempt, created_at, run_at::timestamptz, NULL::timestamptz AS finished_at
FROM bellwork.jobs WHERE enqueued_by = session_user
UNION ALL
SELECT id, queue, actor, state::text, reason, unique_key, attempt, created_at, run_at, finished_at
FROM bellwork.finished_jobs WHERE enqueued_by = session_user;
COMMENT ON VIEW bellwork.own_jobs IS 'The jobs that this login role enqueued as a restricted caller, and what came of them.';

REVOKE ALL ON FUNCTION bellwork.refusal, bellwork.on_own_queues, bellwork.enqueue_as_caller, bellwork.cancel_any,
    bellwork.cancel_own FROM PUBLIC;

-- Whoever was let in by name (by a team, say, for a role of its own) may call what the three functions call for him.
DO $$
DECLARE
    caller regrole;
BEGIN
    FOR caller IN
        SELECT DISTINCT granted.grantee::regrole FROM pg_proc, aclexplode(proacl) AS granted
        WHERE pronamespace = 'bellwork'::regnamespace AND proname IN ('enqueue', 'enqueue_many', 'cancel')
          AND granted.grantee NOT IN (0, proowner)
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION bellwork.enqueue_as_caller, bellwork.cancel_own, bellwork.odd_job TO %s', caller);
        EXECUTE format('GRANT SELECT ON bellwork.own_jobs TO %s', caller);
    END LOOP;
    IF to_regrole('bellwork_api') IS NOT NULL THEN
        GRANT SELECT ON bellwork.queue_depth TO bellwork_api;
    END IF;
    IF to_regrole('bellwork_worker') IS NOT NULL THEN
        GRANT EXECUTE ON FUNCTION bellwork.cancel_any TO bellwork_worker;
    END IF;
    IF to_regrole('bellwork_ops') IS NOT NULL THEN
        GRANT EXECUTE ON FUNCTION bellwork.cancel_any, bellwork.insert_jobs TO bellwork_ops;
    END IF;
END $$;
