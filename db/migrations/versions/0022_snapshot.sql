-- Which transaction wrote the row: a later look finds exactly what it has not seen yet, whenever that was committed.
ALTER TABLE bellwork.finished_jobs ADD COLUMN IF NOT EXISTS finished_in xid8;
ALTER TABLE bellwork.finished_jobs ALTER COLUMN finished_in SET DEFAULT pg_current_xact_id();
COMMENT ON COLUMN bellwork.finished_jobs.finished_in IS
    'The transaction that wrote the row; NULL for what was finished before revision 0022.';

-- One row: whoever holds it takes the snapshot. What a transaction in `seen` wrote is in the totals already.
CREATE TABLE bellwork.snapshot (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    at timestamptz NOT NULL DEFAULT 'epoch',
    every double precision NOT NULL DEFAULT 1,
    took double precision NOT NULL DEFAULT 0,
    taken_by text NOT NULL DEFAULT '',
    seen pg_snapshot,
    dead_at timestamptz NOT NULL DEFAULT 'epoch',
    minutes_until timestamptz,
    workers integer NOT NULL DEFAULT 0,
    silent_workers integer NOT NULL DEFAULT 0,
    unknown_actors jsonb NOT NULL DEFAULT '[]',
    unheard_queues jsonb NOT NULL DEFAULT '[]'
);
INSERT INTO bellwork.snapshot DEFAULT VALUES;
COMMENT ON TABLE bellwork.snapshot IS
    'When the figures of all queues were last counted, by whom, and how long it took; `every` seconds until the next time.';

CREATE TABLE bellwork.queue_figures (
    queue text PRIMARY KEY,
    ready bigint NOT NULL,
    oldest_ready_at timestamptz,
    scheduled bigint NOT NULL,
    running bigint NOT NULL,
    retrying bigint NOT NULL,
    dead_24h bigint NOT NULL,
    workers bigint NOT NULL,
    in_rate double precision NOT NULL,
    out_rate double precision NOT NULL,
    failed_rate double precision NOT NULL,
    wait_p50 double precision,
    wait_p95 double precision,
    run_p50 double precision,
    run_p95 double precision,
    enqueued_total bigint NOT NULL,
    done_total bigint NOT NULL,
    dead_total bigint NOT NULL,
    cancelled_total bigint NOT NULL,
    failed_total bigint NOT NULL,
    wait_seconds double precision NOT NULL,
    run_seconds double precision NOT NULL,
    waits bigint[] NOT NULL,
    runs bigint[] NOT NULL,
    recent_waits double precision[] NOT NULL,
    recent_runs double precision[] NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now()
) WITH (fillfactor = 50);
COMMENT ON TABLE bellwork.queue_figures IS
    'Each queue as the last snapshot found it. Rates are of the last ten seconds or so, p50 and p95 of the last minute.';

CREATE TABLE bellwork.actor_figures (
    queue text NOT NULL,
    actor text NOT NULL,
    unfinished bigint NOT NULL,
    retries bigint NOT NULL,
    enqueued_total bigint NOT NULL,
    done_total bigint NOT NULL,
    dead_total bigint NOT NULL,
    cancelled_total bigint NOT NULL,
    failed_total bigint NOT NULL,
    changed_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (queue, actor)
) WITH (fillfactor = 50);
COMMENT ON TABLE bellwork.actor_figures IS
    'What became of the jobs of each actor in each queue, counted since the first snapshot that saw one.';

-- A ring: the second of the hour is the place, so an hour of a queue is 3,600 rows at most and nothing is deleted.
CREATE TABLE bellwork.queue_seconds (
    queue text NOT NULL,
    place smallint NOT NULL CHECK (place BETWEEN 0 AND 3599),
    at timestamptz NOT NULL,
    seconds real NOT NULL,
    ready bigint NOT NULL,
    oldest_ready_seconds real NOT NULL,
    scheduled bigint NOT NULL,
    running bigint NOT NULL,
    retrying bigint NOT NULL,
    workers integer NOT NULL,
    enqueued bigint NOT NULL,
    done bigint NOT NULL,
    dead bigint NOT NULL,
    cancelled bigint NOT NULL,
    failed bigint NOT NULL,
    wait_p50 real,
    wait_p95 real,
    run_p50 real,
    run_p95 real,
    PRIMARY KEY (queue, place)
) WITH (fillfactor = 80);
COMMENT ON TABLE bellwork.queue_seconds IS
    'The last hour of each queue, second by second; a second in which a queue was empty and nothing happened has no row.';

CREATE TABLE bellwork.queue_minutes (
    queue text NOT NULL,
    at timestamptz NOT NULL,
    seconds real NOT NULL,
    ready bigint NOT NULL,
    oldest_ready_seconds real NOT NULL,
    scheduled bigint NOT NULL,
    running bigint NOT NULL,
    retrying bigint NOT NULL,
    workers integer NOT NULL,
    enqueued bigint NOT NULL,
    done bigint NOT NULL,
    dead bigint NOT NULL,
    cancelled bigint NOT NULL,
    failed bigint NOT NULL,
    wait_p50 real,
    wait_p95 real,
    run_p50 real,
    run_p95 real,
    PRIMARY KEY (queue, at)
) PARTITION BY RANGE (at);
COMMENT ON TABLE bellwork.queue_minutes IS
    'The last month of each queue, minute by minute: the most that stood there, the sum of what happened.';
