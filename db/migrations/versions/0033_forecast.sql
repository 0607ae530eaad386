-- In the order in which a snapshot reads the tables: another one could end in a deadlock with it.
-- Sums over run times, of which the last hundred or so weigh: the mean, and mean and spread of the logarithms.
ALTER TABLE bellwork.actor_figures
    ADD COLUMN recent_jobs double precision NOT NULL DEFAULT 0,
    ADD COLUMN recent_seconds double precision NOT NULL DEFAULT 0,
    ADD COLUMN recent_logs double precision NOT NULL DEFAULT 0,
    ADD COLUMN recent_squares double precision NOT NULL DEFAULT 0,
    ADD COLUMN slo_total bigint NOT NULL DEFAULT 0,
    ADD COLUMN slo_missed bigint NOT NULL DEFAULT 0;
COMMENT ON COLUMN bellwork.actor_figures.recent_jobs IS
    'The weight of the jobs that recent_seconds, recent_logs (natural) and recent_squares (of the logs) are sums over.';
COMMENT ON COLUMN bellwork.actor_figures.slo_missed IS
    'Of slo_total jobs that were done or died: those later than the objective, and the dead.';

-- An objective of a kind of jobs: so large a share of them is to be done so many seconds after it was due.
ALTER TABLE bellwork.actors
    ADD COLUMN slo_seconds double precision,
    ADD COLUMN slo_share double precision,
    ADD CONSTRAINT objective_or_none CHECK (
        (slo_seconds > 0 AND slo_share > 0 AND slo_share < 1) IS TRUE OR (slo_seconds IS NULL AND slo_share IS NULL));

ALTER TABLE bellwork.queue_figures ADD COLUMN busy double precision NOT NULL DEFAULT 0;
COMMENT ON COLUMN bellwork.queue_figures.busy IS 'How many of its jobs ran, as an average of the last ten seconds or so.';

-- A ring: the minute of eight hours is the place, so nothing is deleted.
CREATE TABLE bellwork.slo_minutes (
    actor text NOT NULL REFERENCES bellwork.actors (name) ON DELETE CASCADE,
    place smallint NOT NULL CHECK (place BETWEEN 0 AND 479),
    at timestamptz NOT NULL,
    total bigint NOT NULL,
    missed bigint NOT NULL,
    PRIMARY KEY (actor, place)
) WITH (fillfactor = 80);
COMMENT ON TABLE bellwork.slo_minutes IS
    'Of each kind with an objective, minute by minute for eight hours: jobs that were done or died, and how many missed it.';

CREATE FUNCTION bellwork.reckon_eta(job_id bigint, caller text)
RETURNS TABLE (
    id bigint, state text, seconds double precision, low double precision, high double precision, ahead bigint, why text)
LANGUAGE plpgsql STABLE SECURITY INVOKER SET search_path = pg_catalog, bellwork, pg_temp AS $$
#variable_conflict use_column
DECLARE
    -- So many jobs ahead are counted; of more, so many pages of the table are looked at.
    most CONSTANT integer := 1000;
    pages CONSTANT float8 := 64;
    at CONSTANT timestamptz := clock_timestamp();
    job record;
    pause record;
    lately record;
    mid float8;
    shape float8;
    portion float8;
    mean float8;
    slots float8;
    lead float8;
    waits float8;
    unsure float8;
BEGIN
    SELECT j.queue::text AS queue, j.actor::text AS actor, j.state = 'running' AS runs, j.priority, j.run_at,
           extract(epoch FROM at - j.claimed_at)::float8 AS ran, extract(epoch FROM at - j.run_at)::float8 AS due_for
    INTO job FROM bellwork.jobs j WHERE j.id = job_id AND (caller IS NULL OR j.enqueued_by = caller);
    IF NOT FOUND THEN
        RETURN QUERY SELECT f.id, f.state::text, NULL::float8, NULL::float8, NULL::float8, NULL::bigint, NULL::text
            FROM bellwork.finished_jobs f WHERE f.id = job_id AND (caller IS NULL OR f.enqueued_by = caller) LIMIT 1;
        RETURN;
    END IF;
    id := job_id;
    state := CASE WHEN job.runs THEN 'running' WHEN job.due_for < 0 THEN 'scheduled' ELSE 'available' END;

    IF NOT job.runs THEN
        -- From priority to priority, and of each no more than is counted: neither a long backlog nor one of later jobs
        -- is walked through.
        WITH RECURSIVE urgency AS (
            (SELECT j.priority FROM bellwork.jobs j WHERE j.queue = job.queue AND j.state = 'available'
             ORDER BY j.priority LIMIT 1)
            UNION ALL
            SELECT (SELECT j.priority FROM bellwork.jobs j
                    WHERE j.queue = job.queue AND j.state = 'available' AND j.priority > u.priority
                    ORDER BY j.priority LIMIT 1)
            FROM urgency u WHERE u.priority < job.priority)
        SELECT count(*) INTO ahead FROM (
            SELECT FROM urgency u, LATERAL (
                SELECT FROM bellwork.jobs j
                WHERE j.queue = job.queue AND j.state = 'available' AND j.priority = u.priority AND j.run_at <= at
                  AND (j.run_at, j.id) < (CASE WHEN u.priority = job.priority THEN job.run_at ELSE 'infinity' END,
                                          CASE WHEN u.priority = job.priority THEN job_id ELSE 0 END)
                LIMIT most + 1) of_one
            WHERE u.priority <= job.priority LIMIT most + 1) counted;
        IF ahead > most THEN
            portion := least(100, 100 * pages * current_setting('block_size')::float8
                                  / greatest(pg_relation_size('bellwork.jobs'), 1));
            SELECT greatest(most + 1, round(count(*) * 100 / portion)) INTO ahead
            FROM bellwork.jobs j TABLESAMPLE SYSTEM (portion)
            WHERE j.queue = job.queue AND j.state = 'available' AND j.run_at <= at
              AND (j.priority, j.run_at, j.id) < (job.priority, job.run_at, job_id);
        END IF;
        SELECT extract(epoch FROM q.paused_until - at)::float8 AS rest INTO pause
        FROM bellwork.queues q WHERE q.name = job.queue AND q.paused_at IS NOT NULL;
        IF FOUND THEN
            why := 'paused';
        ELSIF (SELECT count(*) FROM bellwork.crashes c WHERE c.actor = job.actor AND c.at > at - interval '10 minutes') >= 3 THEN
            why := 'quarantined';
        ELSIF NOT EXISTS (SELECT FROM bellwork.workers w
                          WHERE w.expires_at > at AND job.queue = ANY (w.queues) AND w.actors ? job.actor) THEN
            why := 'no worker';
        END IF;
        IF why = 'paused' AND pause.rest IS NULL OR why IN ('quarantined', 'no worker') THEN
            RETURN NEXT;
            RETURN;
        END IF;
    END IF;

    SELECT f.recent_jobs AS jobs, f.recent_seconds / f.recent_jobs AS mean, f.recent_logs / f.recent_jobs AS log,
           f.recent_squares / f.recent_jobs AS square
    INTO lately FROM bellwork.actor_figures f
    WHERE f.actor = job.actor AND f.recent_jobs > 0 ORDER BY f.queue = job.queue DESC, f.recent_jobs DESC LIMIT 1;
    IF NOT FOUND THEN
        why := coalesce(why, 'no history');
        RETURN NEXT;
        RETURN;
    END IF;
    -- Run times as a log-logistic distribution of that mean and spread of logarithms: it has quantiles, and those of
    -- what is left of a job that runs already, in closed form. Of few jobs the spread is not known to be small.
    mid := exp(lately.log);
    shape := least(20, pi() / sqrt(3) / sqrt(greatest(lately.square - lately.log ^ 2, 0) + 0.25 / lately.jobs + 0.01));
    IF job.runs THEN
        job.ran := greatest(job.ran, 0);
        portion := 1 + least(job.ran / mid, 1e6) ^ shape;
        seconds := mid * (portion / 0.5 - 1) ^ (1 / shape) - least(job.ran, 1e6 * mid);
        low := mid * (portion / 0.9 - 1) ^ (1 / shape) - least(job.ran, 1e6 * mid);
        high := mid * (portion / 0.1 - 1) ^ (1 / shape) - least(job.ran, 1e6 * mid);
        RETURN NEXT;
        RETURN;
    END IF;

    -- Little's law: what stands before it, by its kinds' mean run times, over how many run at once.
    SELECT coalesce(sum(f.unfinished * f.recent_seconds / f.recent_jobs) / nullif(sum(f.unfinished), 0), lately.mean)
    INTO mean FROM bellwork.actor_figures f WHERE f.queue = job.queue AND f.recent_jobs > 0;
    SELECT greatest((SELECT count(*) FROM bellwork.jobs j WHERE j.state = 'running' AND j.queue = job.queue),
                    (SELECT f.busy FROM bellwork.queue_figures f WHERE f.queue = job.queue), 1) INTO slots;
    lead := greatest(-job.due_for, pause.rest, 0);
    waits := (ahead + 1) * mean / slots;
    -- One that was enqueued a moment ago, and that nothing is before, may find a free place.
    IF ahead = 0 AND job.due_for < 1 AND why IS NULL THEN
        waits := least(waits, coalesce((SELECT f.wait_p50 FROM bellwork.queue_figures f WHERE f.queue = job.queue), 0));
    END IF;
    IF why IS NULL THEN
        waits := greatest(waits - lead, 0);
    END IF;
    -- The throughput is known to a third or so; the sum of the runs ahead varies as they do.
    unsure := 1.28 * sqrt(0.1 + least(exp(least(greatest(lately.square - lately.log ^ 2, 0), 10)) - 1, 4) / (ahead + 1));
    seconds := lead + waits + mid;
    low := lead + waits * greatest(1 - unsure, 0) + mid * 9 ^ (-1 / shape);
    high := lead + waits * (1 + unsure) + mid * 9 ^ (1 / shape);
    RETURN NEXT;
END $$;
COMMENT ON FUNCTION bellwork.reckon_eta IS 'What job_eta tells; with a caller, of jobs that this login has enqueued alone.';

CREATE FUNCTION bellwork.eta_as_caller(job_id bigint)
RETURNS TABLE (
    id bigint, state text, seconds double precision, low double precision, high double precision, ahead bigint, why text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
    SELECT * FROM bellwork.reckon_eta(job_id, session_user::text)
$$;
COMMENT ON FUNCTION bellwork.eta_as_caller IS 'What job_eta tells a role that may not read the ledger.';

CREATE FUNCTION bellwork.job_eta(job_id bigint)
RETURNS TABLE (
    id bigint, state text, seconds double precision, low double precision, high double precision, ahead bigint, why text)
LANGUAGE plpgsql STABLE SECURITY INVOKER SET search_path = pg_catalog, bellwork, pg_temp AS $$
#variable_conflict use_column
BEGIN
    IF has_table_privilege('bellwork.jobs'::regclass, 'SELECT')
       AND has_table_privilege('bellwork.finished_jobs'::regclass, 'SELECT') THEN
        RETURN QUERY SELECT * FROM bellwork.reckon_eta(job_id, NULL);
    ELSE
        RETURN QUERY SELECT * FROM bellwork.eta_as_caller(job_id);
    END IF;
END $$;
COMMENT ON FUNCTION bellwork.job_eta IS
    'In how many seconds a job is likely to be done, from low to high in four of five cases, and how many are due ahead of '
    'it; why it is unknown, where it is; no row where there is no such job. Whoever may not read the ledger is told of what '
    'the same login enqueued.';

REVOKE ALL ON FUNCTION bellwork.reckon_eta, bellwork.eta_as_caller, bellwork.job_eta FROM PUBLIC;
-- Whoever was let in by name, for a role of a team's own, may ask for it, too.
DO $$
DECLARE
    caller regrole;
BEGIN
    FOR caller IN
        SELECT DISTINCT granted.grantee::regrole FROM pg_proc, aclexplode(proacl) AS granted
        WHERE pronamespace = 'bellwork'::regnamespace AND proname = 'get_job' AND granted.grantee NOT IN (0, proowner)
    LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION bellwork.eta_as_caller, bellwork.job_eta TO %s', caller);
    END LOOP;
END $$;
