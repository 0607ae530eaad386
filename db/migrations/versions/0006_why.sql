-- What came of each tick, with what its job failed of: why it did not run, or is not done yet.
CREATE OR REPLACE VIEW bellwork.tick_history AS
SELECT t.entry, t.tick, t.outcome, t.reason, t.decided_at, t.decided_by,
       extract(epoch FROM t.decided_at - t.tick) AS late_seconds,
       t.job_id, coalesce(j.state, f.state) AS job_state, f.finished_at AS job_finished_at,
       nullif(concat_ws('; ', f.reason, nullif(coalesce(j.errors, f.errors) -> -1 ->> 'error', f.reason)), '') AS job_error
FROM bellwork.ticks t
LEFT JOIN bellwork.jobs j ON j.id = t.job_id
LEFT JOIN LATERAL (
    SELECT state, finished_at, reason, errors FROM bellwork.finished_jobs
    WHERE id = t.job_id AND finished_at >= t.decided_at - interval '1 minute' ORDER BY finished_at DESC LIMIT 1) f ON j.id IS NULL;
