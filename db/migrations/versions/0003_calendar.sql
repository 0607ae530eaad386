-- What recurs. Code declares it (scheduler/entries.py); what an operator set instead stands in the columns set_…
CREATE TABLE bellwork.entries (
    key text PRIMARY KEY CONSTRAINT between_1_and_150_bytes CHECK (octet_length(key) BETWEEN 1 AND 150),
    cron text NOT NULL CHECK (octet_length(cron) BETWEEN 1 AND 200),
    zone text NOT NULL CHECK (octet_length(zone) BETWEEN 1 AND 100),
    actor bellwork.actor_name NOT NULL,
    args bellwork.job_args NOT NULL DEFAULT '{}',
    missed text NOT NULL CHECK (missed IN ('latest', 'none', 'all')),
    most integer NOT NULL CHECK (most BETWEEN 1 AND 1000000),
    window_hours double precision NOT NULL CHECK (window_hours > 0 AND window_hours <= 8784),
    overlap text NOT NULL CHECK (overlap IN ('skip', 'queue', 'cancel')),
    clock_change text NOT NULL CHECK (clock_change IN ('once', 'skip', 'both')),
    purpose text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    set_cron text CHECK (octet_length(set_cron) BETWEEN 1 AND 200),
    set_zone text CHECK (octet_length(set_zone) BETWEEN 1 AND 100),
    set_by text,
    set_why text,
    set_at timestamptz,
    paused_at timestamptz,
    paused_by text,
    pause_reason text,
    next_tick timestamptz NOT NULL,
    waiting timestamptz,
    known_since timestamptz NOT NULL DEFAULT now(),
    retired_at timestamptz,
    CONSTRAINT entries_set_by_somebody
        CHECK ((set_cron IS NULL AND set_zone IS NULL) = (set_at IS NULL) AND (set_at IS NULL) = (set_by IS NULL)),
    CONSTRAINT entries_paused_by_somebody CHECK ((paused_at IS NULL) = (paused_by IS NULL))
);
CREATE INDEX entries_due ON bellwork.entries (next_tick) WHERE retired_at IS NULL;
CREATE INDEX entries_waiting ON bellwork.entries (key) WHERE waiting IS NOT NULL;
COMMENT ON COLUMN bellwork.entries.version IS 'Counts the declarations: one more with each deploy that changed it.';
COMMENT ON COLUMN bellwork.entries.waiting IS 'The tick that waits until the job before it is finished (overlap: queue).';

-- Every nominal time of an entry, once: what came of it, when that was decided, and by which scheduler or operator.
CREATE TABLE bellwork.ticks (
    entry text NOT NULL,
    tick timestamptz NOT NULL,
    outcome text NOT NULL CHECK (outcome IN ('enqueued', 'waiting', 'skipped', 'paused', 'overlapped', 'missed')),
    reason text,
    job_id bigint,
    decided_at timestamptz NOT NULL DEFAULT clock_timestamp(),
    decided_by text NOT NULL,
    PRIMARY KEY (entry, tick),
    CONSTRAINT ticks_only_enqueued_ones_have_a_job CHECK (job_id IS NULL OR outcome = 'enqueued'),
    CONSTRAINT ticks_that_did_not_run_say_why CHECK (outcome = 'enqueued' OR reason IS NOT NULL)
) PARTITION BY RANGE (tick);

CREATE TABLE bellwork.entry_changes (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    entry text NOT NULL,
    what text NOT NULL CHECK (what IN ('declared', 'changed', 'retired', 'returned',
                                       'set', 'unset', 'paused', 'resumed', 'skipped', 'run')),
    who text NOT NULL,
    why text NOT NULL,
    before jsonb NOT NULL DEFAULT '{}',
    after jsonb NOT NULL DEFAULT '{}',
    at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX entry_changes_of_entry ON bellwork.entry_changes (entry, id);

-- Did it run last night, and if not, why? SELECT * FROM bellwork.tick_history WHERE entry = '…' ORDER BY tick DESC
CREATE VIEW bellwork.tick_history AS
SELECT t.entry, t.tick, t.outcome, t.reason, t.decided_at, t.decided_by,
       extract(epoch FROM t.decided_at - t.tick) AS late_seconds,
       t.job_id, coalesce(j.state, f.state) AS job_state, f.finished_at AS job_finished_at
FROM bellwork.ticks t
LEFT JOIN bellwork.jobs j ON j.id = t.job_id
LEFT JOIN LATERAL (
    SELECT state, finished_at FROM bellwork.finished_jobs
    WHERE id = t.job_id AND finished_at >= t.decided_at - interval '1 minute' ORDER BY finished_at DESC LIMIT 1) f ON j.id IS NULL;

DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'bellwork_worker') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON bellwork.entries, bellwork.ticks, bellwork.entry_changes TO bellwork_worker;
        GRANT SELECT ON bellwork.tick_history TO bellwork_worker;
    END IF;
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'bellwork_ops') THEN
        GRANT SELECT ON bellwork.entries, bellwork.ticks, bellwork.entry_changes, bellwork.tick_history TO bellwork_ops;
        GRANT INSERT, UPDATE ON bellwork.entries, bellwork.ticks TO bellwork_ops;
        GRANT INSERT ON bellwork.entry_changes TO bellwork_ops;
    END IF;
END $$;
