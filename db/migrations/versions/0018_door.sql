-- What callers of every language are told: which job it is, and whether it is new; and what became of it.

CREATE FUNCTION bellwork.insert_told(jobs jsonb, caller text) RETURNS TABLE (id bigint, is_new boolean)
LANGUAGE plpgsql SECURITY INVOKER SET search_path = pg_catalog, bellwork, pg_temp AS $$
#variable_conflict use_column
DECLARE
    missing jsonb := insert_told.jobs;
    plain bigint[];
    new_plain bigint[];
    fresh jsonb := '{}';
    new_keys jsonb;
    held jsonb := '{}';
    held_keys jsonb;
BEGIN
    LOOP
        WITH inserted AS (
            INSERT INTO bellwork.jobs AS j (actor, args, queue, priority, run_at, unique_key, options, enqueued_by)
            SELECT n.actor, coalesce(n.args, '{}'),
                   CASE WHEN caller IS NULL THEN coalesce(n.queue, a.queue, 'default') ELSE a.queue END,
                   CASE WHEN caller IS NULL THEN coalesce(n.priority, a.priority, 0)
                        ELSE greatest(n.priority, a.priority::integer) END,
                   coalesce(n.run_at, now() + make_interval(secs => n.delay), now()), n.unique_key,
                   CASE n.unique_while WHEN 'waiting' THEN jsonb_build_object('waiting_key', n.unique_key) ELSE '{}' END,
                   caller
            FROM ROWS FROM (jsonb_to_recordset(missing) AS (
                actor text, args jsonb, queue text, priority integer, run_at timestamptz, delay float8, unique_key text,
                unique_while text))
                WITH ORDINALITY AS n(actor, args, queue, priority, run_at, delay, unique_key, unique_while, place)
            LEFT JOIN bellwork.actors a ON a.name = n.actor
            ORDER BY n.place
            ON CONFLICT (unique_key) WHERE unique_key IS NOT NULL DO NOTHING
            RETURNING j.id, j.unique_key)
        SELECT array_agg(i.id ORDER BY i.id) FILTER (WHERE i.unique_key IS NULL),
               jsonb_object_agg(i.unique_key, i.id) FILTER (WHERE i.unique_key IS NOT NULL)
        INTO new_plain, new_keys FROM inserted i;
        plain := coalesce(plain, new_plain);
        fresh := fresh || coalesce(new_keys, '{}');
        SELECT jsonb_object_agg(taken.key, taken.holder) FILTER (WHERE taken.holder IS NOT NULL),
               jsonb_agg(taken.job) FILTER (WHERE taken.holder IS NULL)
        INTO held_keys, missing
        FROM (SELECT e.job, e.job ->> 'unique_key' AS key,
                     CASE WHEN e.job ->> 'unique_while' = 'waiting' THEN bellwork.hold_waiting(e.job ->> 'unique_key')
                          ELSE (SELECT o.id FROM bellwork.jobs o WHERE o.unique_key = e.job ->> 'unique_key') END AS holder
              FROM jsonb_array_elements(missing) AS e(job) WHERE NOT fresh ? (e.job ->> 'unique_key')) taken;
        held := held || coalesce(held_keys, '{}');
        -- Neither inserted nor found: the job that held the key has just finished or was claimed, so the key is free now.
        EXIT WHEN missing IS NULL;
    END LOOP;
    RETURN QUERY
        SELECT CASE WHEN n.key IS NULL THEN plain[n.nth] ELSE coalesce(fresh ->> n.key, held ->> n.key)::bigint END,
               n.key IS NULL OR fresh ? n.key AND n.nth = 1
        FROM (SELECT e.place, e.job ->> 'unique_key' AS key,
                     row_number() OVER (PARTITION BY e.job ->> 'unique_key' ORDER BY e.place) AS nth
              FROM jsonb_array_elements(insert_told.jobs) WITH ORDINALITY AS e(job, place)) n
        ORDER BY n.place;
END $$;
COMMENT ON FUNCTION bellwork.insert_told IS
    'Insert jobs for try_enqueue: a row for each in its order, and of a key that a job holds already that job. With a '
    'caller, on the actors'' own queues and never more urgent than they are.';

CREATE FUNCTION bellwork.try_as_caller(documents jsonb[]) RETURNS TABLE (id bigint, is_new boolean, refusal text)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
#variable_conflict use_column
DECLARE
    batch jsonb;
    why text;
BEGIN
    FOREACH batch IN ARRAY documents LOOP
        why := bellwork.refusal(batch);
        IF why IS NOT NULL THEN
            RETURN QUERY SELECT NULL::bigint, NULL::boolean, why;
            RETURN;
        END IF;
    END LOOP;
    FOREACH batch IN ARRAY documents LOOP
        RETURN QUERY SELECT c.id, c.is_new, NULL::text FROM bellwork.insert_told(batch, session_user::text) c;
    END LOOP;
END $$;
COMMENT ON FUNCTION bellwork.try_as_caller IS 'What try_enqueue does for a role that may not insert jobs.';

CREATE FUNCTION bellwork.try_enqueue(documents jsonb[]) RETURNS TABLE (id bigint, is_new boolean, refusal text)
LANGUAGE plpgsql SECURITY INVOKER SET search_path = pg_catalog, bellwork, pg_temp AS $$
#variable_conflict use_column
DECLARE
    batch jsonb;
BEGIN
    IF NOT has_table_privilege('bellwork.jobs'::regclass, 'INSERT') THEN
        RETURN QUERY SELECT * FROM bellwork.try_as_caller(documents);
        RETURN;
    END IF;
    IF cardinality(documents) = 1 AND jsonb_array_length(documents[1]) = 1 AND documents[1] -> 0 ->> 'unique_key' IS NULL THEN
        -- What insert_told does with it, in two thirds of the time: most often it is one job without a key.
        batch := documents[1] -> 0;
        INSERT INTO bellwork.jobs AS j (actor, args, queue, priority, run_at)
        SELECT batch ->> 'actor', coalesce(batch -> 'args', '{}'), coalesce(batch ->> 'queue', a.queue, 'default'),
               coalesce((batch ->> 'priority')::integer, a.priority, 0),
               coalesce((batch ->> 'run_at')::timestamptz,
                        now() + make_interval(secs => (batch ->> 'delay')::float8), now())
        FROM (SELECT) one LEFT JOIN bellwork.actors a ON a.name = batch ->> 'actor'
        RETURNING j.id INTO id;
        is_new := true;
        RETURN NEXT;
        RETURN;
    END IF;
    FOREACH batch IN ARRAY documents LOOP
        RETURN QUERY SELECT c.id, c.is_new, NULL::text FROM bellwork.insert_told(batch, NULL) c;
    END LOOP;
END $$;
COMMENT ON FUNCTION bellwork.try_enqueue IS
    'What bellwork.enqueue in Python calls: a row for each job in its order, or one row that says why none is enqueued, '
    'which leaves the caller''s transaction as it was.';

CREATE FUNCTION bellwork.enqueue_job(
    actor text,
    args jsonb DEFAULT '{}',
    queue text DEFAULT NULL,
    priority integer DEFAULT NULL,
    run_at timestamptz DEFAULT NULL,
    unique_key text DEFAULT NULL,
    unique_while text DEFAULT NULL
) RETURNS TABLE (id bigint, is_new boolean)
LANGUAGE plpgsql SECURITY INVOKER SET search_path = pg_catalog, bellwork, pg_temp AS $$
#variable_conflict use_column
DECLARE
    job jsonb := jsonb_build_array(jsonb_build_object(
        'actor', enqueue_job.actor, 'args', enqueue_job.args, 'queue', enqueue_job.queue,
        'priority', enqueue_job.priority, 'run_at', enqueue_job.run_at, 'unique_key', enqueue_job.unique_key,
        'unique_while', enqueue_job.unique_while));
    odd text := bellwork.odd_job(job);
    told record;
BEGIN
    IF odd IS NOT NULL THEN
        RAISE EXCEPTION 'enqueue_job: the job %', substr(odd, length('jobs[0] ') + 1) USING ERRCODE = '22023';
    END IF;
    SELECT t.id, t.is_new, t.refusal INTO told FROM bellwork.try_enqueue(ARRAY[job]) t;
    IF told.refusal IS NOT NULL THEN
        RAISE EXCEPTION 'enqueue: %', told.refusal USING ERRCODE = '42501';
    END IF;
    RETURN QUERY SELECT told.id, told.is_new;
END $$;
COMMENT ON FUNCTION bellwork.enqueue_job IS
    'Enqueue a job in the caller''s transaction, as bellwork.enqueue does; tells its id, or that of the job that has this '
    'unique_key, and whether it is new.';

CREATE FUNCTION bellwork.get_job(job_id bigint)
RETURNS TABLE (
    id bigint, actor text, queue text, state text, reason text, attempt integer, unique_key text, created_at timestamptz,
    run_at timestamptz, finished_at timestamptz)
LANGUAGE plpgsql STABLE SECURITY INVOKER SET search_path = pg_catalog, bellwork, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF has_table_privilege('bellwork.jobs'::regclass, 'SELECT')
       AND has_table_privilege('bellwork.finished_jobs'::regclass, 'SELECT') THEN
        RETURN QUERY
            SELECT j.id, j.actor::text, j.queue::text,
                   CASE WHEN j.state = 'available' AND j.run_at > now() THEN 'scheduled' ELSE j.state::text END,
                   NULL::text, j.attempt, j.unique_key::text, j.created_at, j.run_at::timestamptz, NULL::timestamptz
            FROM bellwork.jobs j WHERE j.id = get_job.job_id
            UNION ALL
            SELECT f.id, f.actor, f.queue, f.state::text, f.reason, f.attempt, f.unique_key, f.created_at, f.run_at,
                   f.finished_at
            FROM bellwork.finished_jobs f WHERE f.id = get_job.job_id LIMIT 1;
    ELSE
        RETURN QUERY
            SELECT o.id, o.actor, o.queue, o.state, o.reason, o.attempt, o.unique_key, o.created_at, o.run_at, o.finished_at
            FROM bellwork.own_jobs o WHERE o.id = get_job.job_id LIMIT 1;
    END IF;
END $$;
COMMENT ON FUNCTION bellwork.get_job IS
    'What has become of a job; no row where there is none. Whoever may not read the ledger is told of what the same login '
    'enqueued; every other job is answered as one that is not there.';

REVOKE ALL ON FUNCTION bellwork.insert_told, bellwork.try_as_caller, bellwork.try_enqueue, bellwork.enqueue_job,
    bellwork.get_job FROM PUBLIC;
-- Whoever was let in by name, for a role of a team's own, may call the new ones, too.
DO $$
DECLARE
    caller regrole;
BEGIN
    FOR caller IN
        SELECT DISTINCT granted.grantee::regrole FROM pg_proc, aclexplode(proacl) AS granted
        WHERE pronamespace = 'bellwork'::regnamespace AND proname = 'enqueue' AND granted.grantee NOT IN (0, proowner)
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION bellwork.try_as_caller, bellwork.try_enqueue, bellwork.enqueue_job, '
                       'bellwork.get_job TO %s', caller);
    END LOOP;
END $$;
