-- A tick is decided once, and one that waited once more. Operators do it by these functions and write no tick themselves.
CREATE FUNCTION bellwork.decide_ticks(entry text, ticks timestamptz[], outcomes text[], reasons text[], by text)
RETURNS SETOF timestamptz
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
    INSERT INTO bellwork.ticks (entry, tick, outcome, reason, decided_by)
    SELECT e.key, d.tick, d.outcome, d.reason, decide_ticks.by
    FROM bellwork.entries e
    CROSS JOIN unnest(decide_ticks.ticks, decide_ticks.outcomes, decide_ticks.reasons) AS d(tick, outcome, reason)
    WHERE e.key = decide_ticks.entry AND d.tick >= e.next_tick
    ON CONFLICT (entry, tick) DO NOTHING RETURNING tick
$$;
COMMENT ON FUNCTION bellwork.decide_ticks IS
    'Write what became of ticks of an entry, none before its next one; returns those that were not decided before.';

CREATE FUNCTION bellwork.settle_tick(entry text, tick timestamptz, outcome text, reason text, by text)
RETURNS SETOF timestamptz
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
    UPDATE bellwork.ticks t
    SET outcome = settle_tick.outcome, reason = settle_tick.reason, decided_by = settle_tick.by, decided_at = clock_timestamp()
    WHERE t.entry = settle_tick.entry AND t.tick = settle_tick.tick AND t.outcome = 'waiting' RETURNING t.tick
$$;
COMMENT ON FUNCTION bellwork.settle_tick IS 'Decide a tick that waited; returns it, or nothing where none waits.';

CREATE FUNCTION bellwork.name_tick_jobs(entry text, ticks timestamptz[], keys text[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
    UPDATE bellwork.ticks t SET job_id = j.id
    FROM unnest(name_tick_jobs.ticks, name_tick_jobs.keys) AS wanted(tick, key)
    JOIN bellwork.jobs j ON j.unique_key = wanted.key
    WHERE t.entry = name_tick_jobs.entry AND t.tick = wanted.tick AND t.outcome = 'enqueued' AND t.job_id IS NULL
$$;
COMMENT ON FUNCTION bellwork.name_tick_jobs IS 'Give ticks that run the ids of their jobs, by the unique keys of these.';
REVOKE ALL ON FUNCTION bellwork.decide_ticks, bellwork.settle_tick, bellwork.name_tick_jobs FROM PUBLIC;

DO $$
BEGIN
    IF to_regrole('bellwork_ops') IS NOT NULL THEN
        REVOKE INSERT, UPDATE ON bellwork.entries, bellwork.ticks FROM bellwork_ops;
    END IF;
END $$;
