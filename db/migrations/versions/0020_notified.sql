-- A caller of SQL is heard at its commit: the first one in 10 ms notifies the schedulers, and their next looks find the
-- others. NOTIFY in each transaction would have them all commit one after the other.

CREATE SEQUENCE bellwork.notified_at;
COMMENT ON SEQUENCE bellwork.notified_at IS
    'The microsecond, since 1970, in which a caller notified last. A sequence, for what is set there is seen by all at '
    'once and is not rolled back.';

CREATE FUNCTION bellwork.notify_schedulers() RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
DECLARE
    silence CONSTANT bigint := 10000;
    at CONSTANT bigint := date_part('epoch', clock_timestamp()) * 1000000;
    -- What the view pg_sequences shows; to select last_value from the sequence would take six times as long as all else.
    last CONSTANT bigint := coalesce(pg_sequence_last_value('bellwork.notified_at'), 0);
BEGIN
    -- What lies a little ahead was written by another caller in between, what lies far ahead before the clock was set back.
    IF last BETWEEN at - silence AND at + silence THEN
        RETURN;
    END IF;
    -- Who has notified cannot be prepared (two-phase commit), and cannot commit while the server's queue of notifications
    -- is full: where that may be, the schedulers' polling has to do.
    IF current_setting('max_prepared_transactions') = '0' AND pg_notification_queue_usage() < 0.5
       -- Of several that read the same value one gets the lock on it, which it keeps; after its end the value has moved.
       AND pg_try_advisory_xact_lock(1650814060, (last & 2147483647)::integer)
       AND last = coalesce(pg_sequence_last_value('bellwork.notified_at'), 0) THEN
        PERFORM setval('bellwork.notified_at', at);
        PERFORM pg_notify('bellwork', '');
    END IF;
END $$;
COMMENT ON FUNCTION bellwork.notify_schedulers IS
    'Have the schedulers look at once when this transaction commits, unless one has notified them in the last 10 ms.';

CREATE OR REPLACE FUNCTION bellwork.enqueue(
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
    is_new boolean;
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
            is_new := job_id IS NOT NULL;
            IF job_id IS NULL AND enqueue.unique_while = 'waiting' THEN
                job_id := bellwork.hold_waiting(enqueue.unique_key);
            ELSIF job_id IS NULL THEN
                SELECT j.id INTO job_id FROM bellwork.jobs j WHERE j.unique_key = enqueue.unique_key;
            END IF;
        ELSE
            SELECT c.id, c.is_new INTO job_id, is_new
            FROM bellwork.enqueue_as_caller(jsonb_build_array(jsonb_build_object(
                'actor', enqueue.actor, 'args', enqueue.args, 'queue', enqueue.queue, 'priority', enqueue.priority,
                'run_at', enqueue.run_at, 'unique_key', enqueue.unique_key, 'unique_while', enqueue.unique_while))) c;
        END IF;
        -- Neither inserted nor found: the job that held the key has just finished, so the key is free now.
        EXIT WHEN job_id IS NOT NULL;
    END LOOP;
    IF is_new AND (enqueue.run_at <= now()) IS NOT FALSE THEN
        PERFORM bellwork.notify_schedulers();
    END IF;
    RETURN job_id;
END $$;

CREATE OR REPLACE FUNCTION bellwork.enqueue_many(jobs jsonb) RETURNS bigint
LANGUAGE plpgsql SECURITY INVOKER SET search_path = pg_catalog, bellwork, pg_temp AS $$
DECLARE
    shape CONSTANT text := '{"actor": …, "args": {…}, "queue", "priority", "run_at", "unique_key", "unique_while"}';
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
            inserted := bellwork.insert_jobs(enqueue_many.jobs);
        ELSE
            inserted := (SELECT count(*) FROM bellwork.enqueue_as_caller(enqueue_many.jobs) c WHERE c.is_new);
        END IF;
        IF inserted > 0 THEN
            PERFORM bellwork.notify_schedulers();
        END IF;
        RETURN inserted;
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

CREATE OR REPLACE FUNCTION bellwork.try_enqueue(documents jsonb[])
RETURNS TABLE (id bigint, is_new boolean, refusal text)
LANGUAGE plpgsql SECURITY INVOKER SET search_path = pg_catalog, bellwork, pg_temp AS $$
#variable_conflict use_column
DECLARE
    one CONSTANT jsonb := CASE WHEN cardinality(documents) = 1 AND documents[1] -> 1 IS NULL THEN documents[1] -> 0 END;
    batch jsonb;
    any_new boolean := false;
BEGIN
    IF NOT has_table_privilege('bellwork.jobs'::regclass, 'INSERT') THEN
        FOR id, is_new, refusal IN SELECT c.id, c.is_new, c.refusal FROM bellwork.try_as_caller(documents) c LOOP
            any_new := any_new OR is_new IS TRUE;
            RETURN NEXT;
        END LOOP;
    ELSIF one IS NOT NULL AND one ->> 'unique_key' IS NULL THEN
        -- What insert_told does with it, in two thirds of the time: most often it is one job without a key.
        INSERT INTO bellwork.jobs AS j (actor, args, queue, priority, run_at)
        SELECT one ->> 'actor', coalesce(one -> 'args', '{}'), coalesce(one ->> 'queue', a.queue, 'default'),
               coalesce((one ->> 'priority')::integer, a.priority, 0),
               coalesce((one ->> 'run_at')::timestamptz, now() + make_interval(secs => (one ->> 'delay')::float8), now())
        FROM (SELECT) alone LEFT JOIN bellwork.actors a ON a.name = one ->> 'actor'
        RETURNING j.id INTO id;
        is_new := true;
        any_new := true;
        RETURN NEXT;
    ELSE
        FOREACH batch IN ARRAY documents LOOP
            FOR id, is_new IN SELECT c.id, c.is_new FROM bellwork.insert_told(batch, NULL) c LOOP
                any_new := any_new OR is_new;
                RETURN NEXT;
            END LOOP;
        END LOOP;
    END IF;
    -- Of many it is not asked whether one of them is due.
    IF any_new AND (coalesce((one ->> 'run_at')::timestamptz, now() + make_interval(secs => (one ->> 'delay')::float8))
                    <= now()) IS NOT FALSE THEN
        PERFORM bellwork.notify_schedulers();
    END IF;
END $$;

REVOKE ALL ON FUNCTION bellwork.notify_schedulers FROM PUBLIC;
-- Whoever was let in by name, for a role of a team's own, calls the new one by the others.
DO $$
DECLARE
    caller regrole;
BEGIN
    FOR caller IN
        SELECT DISTINCT granted.grantee::regrole FROM pg_proc, aclexplode(proacl) AS granted
        WHERE pronamespace = 'bellwork'::regnamespace AND proname IN ('enqueue', 'enqueue_many', 'try_enqueue')
          AND granted.grantee NOT IN (0, proowner)
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION bellwork.notify_schedulers TO %s', caller);
    END LOOP;
END $$;
