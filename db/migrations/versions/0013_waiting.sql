-- A key may be unique among the jobs that wait: unique_while => 'waiting'. Its job carries it in options.waiting_key too,
-- gives unique_key up when it is claimed, and takes it again on every way back where it is free.

CREATE FUNCTION bellwork.hold_waiting(key text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
DECLARE
    job_id bigint;
BEGIN
    -- The lock: who was told that a job waits has changed something that is not committed yet. A claim, which skips
    -- locked rows, must not come before that commit, or the job would read what was there before.
    SELECT j.id INTO job_id FROM bellwork.jobs j WHERE j.unique_key = key AND j.state = 'available' FOR KEY SHARE;
    IF job_id IS NULL THEN
        SELECT j.id INTO job_id FROM bellwork.jobs j
        WHERE j.unique_key = key AND j.state = 'running' AND NOT j.options ? 'waiting_key';
    END IF;
    IF job_id IS NULL THEN
        -- A worker of a release that does not know of waiting keys has claimed it.
        UPDATE bellwork.jobs j SET unique_key = NULL
        WHERE j.unique_key = key AND j.state = 'running' AND j.options ? 'waiting_key';
    END IF;
    RETURN job_id;
END $$;
COMMENT ON FUNCTION bellwork.hold_waiting IS
    'The job that has this key, kept from being claimed until the transaction ends; NULL where a job has to be inserted.';

CREATE FUNCTION bellwork.retake_key(job_id bigint) RETURNS void
LANGUAGE plpgsql SECURITY INVOKER SET search_path = pg_catalog, bellwork, pg_temp SET lock_timeout = '20ms' AS $$
BEGIN
    UPDATE bellwork.jobs j SET unique_key = j.options ->> 'waiting_key'
    WHERE j.id = job_id AND j.state = 'available' AND j.unique_key IS NULL
      AND NOT EXISTS (SELECT FROM bellwork.jobs o WHERE o.unique_key = j.options ->> 'waiting_key');
EXCEPTION WHEN unique_violation OR lock_not_available THEN
    -- Somebody is just inserting the next job of this key: this one goes back without it.
    NULL;
END $$;
COMMENT ON FUNCTION bellwork.retake_key IS
    'Give a job that goes back its waiting key again, where no other job has it; in the statement that hands it back.';

CREATE OR REPLACE FUNCTION bellwork.insert_jobs(jobs jsonb) RETURNS bigint
LANGUAGE plpgsql SET search_path = pg_catalog, bellwork, pg_temp AS $$
DECLARE
    missing jsonb := insert_jobs.jobs;
    inserted bigint := 0;
    more bigint;
BEGIN
    WHILE missing IS NOT NULL LOOP
        INSERT INTO bellwork.jobs (actor, args, queue, priority, run_at, unique_key, options)
        SELECT n.actor, coalesce(n.args, '{}'), coalesce(n.queue, a.queue, 'default'),
               coalesce(n.priority, a.priority, 0), coalesce(n.run_at, now()), n.unique_key,
               CASE n.unique_while WHEN 'waiting' THEN jsonb_build_object('waiting_key', n.unique_key) ELSE '{}' END
        FROM ROWS FROM (jsonb_to_recordset(missing) AS (
            actor text, args jsonb, queue text, priority integer, run_at timestamptz, unique_key text, unique_while text))
            WITH ORDINALITY AS n(actor, args, queue, priority, run_at, unique_key, unique_while, place)
        LEFT JOIN bellwork.actors a ON a.name = n.actor
        ORDER BY n.place
        ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL DO NOTHING;
        GET DIAGNOSTICS more = ROW_COUNT;
        inserted := inserted + more;
        SELECT jsonb_agg(job) INTO missing FROM jsonb_array_elements(missing) AS job
        WHERE job ->> 'unique_while' = 'waiting' AND bellwork.hold_waiting(job ->> 'unique_key') IS NULL;
    END LOOP;
    RETURN inserted;
END $$;

CREATE OR REPLACE FUNCTION bellwork.odd_job(jobs jsonb) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = pg_catalog, bellwork, pg_temp AS $$
    SELECT format('jobs[%s] %s', e.place - 1, found.trouble)
    FROM jsonb_array_elements(odd_job.jobs) WITH ORDINALITY AS e(job, place), LATERAL (SELECT CASE
        WHEN jsonb_typeof(e.job) <> 'object' THEN 'is ' || jsonb_typeof(e.job)
        WHEN jsonb_typeof(e.job -> 'actor') IS DISTINCT FROM 'string' THEN 'names no actor'
        WHEN jsonb_typeof(e.job -> 'args') <> 'object' THEN 'has args of type ' || jsonb_typeof(e.job -> 'args')
        WHEN e.job ->> 'unique_while' NOT IN ('unfinished', 'waiting') THEN
            'has unique_while ' || quote_literal(left(e.job ->> 'unique_while', 100)) || ', not unfinished or waiting'
        WHEN e.job ->> 'unique_while' = 'waiting' AND e.job ->> 'unique_key' IS NULL THEN
            'has unique_while, but no unique_key'
        ELSE (SELECT 'has the unknown field ' || quote_literal(left(min(name), 100))
              FROM jsonb_object_keys(
                  e.job - '{actor,args,queue,priority,run_at,unique_key,unique_while}'::text[]) name)
        END) AS found(trouble)
    WHERE found.trouble IS NOT NULL ORDER BY e.place LIMIT 1
$$;

CREATE OR REPLACE FUNCTION bellwork.enqueue_as_caller(jobs jsonb)
RETURNS TABLE (id bigint, queue text, priority integer, run_at timestamptz, is_new boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
#variable_conflict use_column
DECLARE
    why text := bellwork.refusal(enqueue_as_caller.jobs);
    missing jsonb := enqueue_as_caller.jobs;
    found_any boolean := false;
BEGIN
    IF why IS NULL AND enqueue_as_caller.jobs @? '$[*].options.waiting_key' THEN
        why := 'the option waiting_key is the ledger''s own; give unique_key and unique_while';
    END IF;
    IF why IS NOT NULL THEN
        RAISE EXCEPTION 'enqueue: %', why USING ERRCODE = '42501';
    END IF;
    WHILE missing IS NOT NULL LOOP
        RETURN QUERY
            INSERT INTO bellwork.jobs AS j (actor, args, queue, priority, run_at, unique_key, options, enqueued_by)
            SELECT n.actor, coalesce(n.args, '{}'), a.queue, greatest(n.priority, a.priority::integer),
                   coalesce(n.run_at, now() + make_interval(secs => coalesce(n.delay, 0))), n.unique_key,
                   bellwork.on_own_queues(coalesce(n.options, '{}')) || CASE n.unique_while
                       WHEN 'waiting' THEN jsonb_build_object('waiting_key', n.unique_key) ELSE '{}' END,
                   session_user
            FROM ROWS FROM (jsonb_to_recordset(missing) AS (
                actor text, args jsonb, priority integer, run_at timestamptz, delay float8, unique_key text, options jsonb,
                unique_while text))
                WITH ORDINALITY AS n(actor, args, priority, run_at, delay, unique_key, options, unique_while, place)
            JOIN bellwork.actors a ON a.name = n.actor
            ORDER BY n.place
            ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL DO NOTHING
            RETURNING j.id, j.queue::text, j.priority::integer, j.run_at::timestamptz, true;
        found_any := found_any OR FOUND;
        SELECT jsonb_agg(job) INTO missing FROM jsonb_array_elements(missing) AS job
        WHERE job ->> 'unique_while' = 'waiting' AND bellwork.hold_waiting(job ->> 'unique_key') IS NULL;
    END LOOP;
    IF NOT found_any AND jsonb_array_length(enqueue_as_caller.jobs) = 1 THEN
        RETURN QUERY SELECT j.id, j.queue::text, j.priority::integer, j.run_at::timestamptz, false
            FROM bellwork.jobs j WHERE j.unique_key = enqueue_as_caller.jobs -> 0 ->> 'unique_key';
    END IF;
END $$;

-- A job whose unique_key is taken again meanwhile stays where it is: two of one key must not wait side by side. So does
-- one whose key is unique among waiting jobs: the one that waits will do all of it.
CREATE OR REPLACE FUNCTION bellwork.retry_jobs(ids bigint[]) RETURNS SETOF bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
    WITH back AS (
        SELECT *, coalesce(f.unique_key, f.options ->> 'waiting_key') AS key FROM bellwork.finished_jobs f
        WHERE id = ANY(retry_jobs.ids) AND state IN ('dead', 'cancelled') AND NOT EXISTS (
            SELECT FROM bellwork.jobs j WHERE j.unique_key = coalesce(f.unique_key, f.options ->> 'waiting_key'))
        FOR UPDATE),
    inserted AS (
        INSERT INTO bellwork.jobs
            (id, queue, actor, priority, args, options, unique_key, attempt, errors, created_at, enqueued_by)
        OVERRIDING SYSTEM VALUE
        SELECT id, queue, actor, priority, args, options, key, attempt, errors, now(), enqueued_by FROM back
        ON CONFLICT DO NOTHING RETURNING id)
    DELETE FROM bellwork.finished_jobs f USING inserted i WHERE f.id = i.id AND f.state IN ('dead', 'cancelled')
    RETURNING f.id
$$;

-- A function cannot be given a parameter in place: it is made anew, for those who might call it before.
CREATE TEMPORARY TABLE callers ON COMMIT DROP AS
    SELECT DISTINCT granted.grantee::regrole AS caller FROM pg_proc, aclexplode(proacl) AS granted
    WHERE pronamespace = 'bellwork'::regnamespace AND proname = 'enqueue' AND granted.grantee NOT IN (0, proowner);
DROP FUNCTION bellwork.enqueue(text, jsonb, text, integer, timestamptz, text);
CREATE FUNCTION bellwork.enqueue(
    actor text,
    args jsonb DEFAULT '{}',
    queue text DEFAULT NULL,
    priority integer DEFAULT NULL,
    run_at timestamptz DEFAULT NULL,
    unique_key text DEFAULT NULL,
    unique_while text DEFAULT NULL
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
    IF enqueue.unique_while NOT IN ('unfinished', 'waiting')
       OR enqueue.unique_while = 'waiting' AND enqueue.unique_key IS NULL THEN
        RAISE EXCEPTION 'enqueue: unique_while is % with unique_key %; give ''unfinished'' or ''waiting'', and a key',
            quote_literal(left(enqueue.unique_while, 200)), coalesce(quote_literal(left(enqueue.unique_key, 200)), 'NULL')
            USING ERRCODE = '22023';
    END IF;
    LOOP
        IF unrestricted THEN
            INSERT INTO bellwork.jobs AS j (actor, args, queue, priority, run_at, unique_key, options)
            SELECT enqueue.actor, enqueue.args, coalesce(enqueue.queue, a.queue, 'default'),
                   coalesce(enqueue.priority, a.priority, 0), coalesce(enqueue.run_at, now()), enqueue.unique_key,
                   CASE enqueue.unique_while WHEN 'waiting'
                       THEN jsonb_build_object('waiting_key', enqueue.unique_key) ELSE '{}' END
            FROM (SELECT) one LEFT JOIN bellwork.actors a ON a.name = enqueue.actor
            ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL DO NOTHING
            RETURNING j.id INTO job_id;
            IF job_id IS NULL AND enqueue.unique_while = 'waiting' THEN
                job_id := bellwork.hold_waiting(enqueue.unique_key);
            ELSIF job_id IS NULL THEN
                SELECT j.id INTO job_id FROM bellwork.jobs j WHERE j.unique_key = enqueue.unique_key;
            END IF;
        ELSE
            SELECT c.id INTO job_id FROM bellwork.enqueue_as_caller(jsonb_build_array(jsonb_build_object(
                'actor', enqueue.actor, 'args', enqueue.args, 'queue', enqueue.queue, 'priority', enqueue.priority,
                'run_at', enqueue.run_at, 'unique_key', enqueue.unique_key, 'unique_while', enqueue.unique_while))) c;
        END IF;
        -- Neither inserted nor found: the job that held the key has just finished, so the key is free now.
        EXIT WHEN job_id IS NOT NULL;
    END LOOP;
    RETURN job_id;
END $$;
COMMENT ON FUNCTION bellwork.enqueue IS
    'Enqueue a job in the caller''s transaction; returns its id, or that of the job that has this unique_key: while that is '
    'unfinished, or with unique_while => ''waiting'' until it is claimed.';

REVOKE ALL ON FUNCTION bellwork.enqueue, bellwork.hold_waiting, bellwork.retake_key FROM PUBLIC;
DO $$
DECLARE
    let_in regrole;
BEGIN
    FOR let_in IN SELECT caller FROM callers LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION bellwork.enqueue TO %s', let_in);
    END LOOP;
    EXECUTE replace(pg_get_functiondef('bellwork.enqueue_many(jsonb)'::regprocedure),
                    '"unique_key"}', '"unique_key", "unique_while"}');
END $$;
