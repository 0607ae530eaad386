-- What befell attempts and worker processes: who notes it inserts a row, so that nobody waits for anybody else's.
CREATE TABLE bellwork.occurrences (
    kind text NOT NULL CHECK (kind IN ('reclaimed', 'ended', 'fenced')),
    reason text NOT NULL,
    times bigint NOT NULL CHECK (times > 0),
    at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE bellwork.occurrences IS 'Rows of the last hour; a scheduler adds older ones to occurrence_totals.';

CREATE TABLE bellwork.occurrence_totals (
    kind text NOT NULL,
    reason text NOT NULL,
    times bigint NOT NULL,
    PRIMARY KEY (kind, reason)
);

ALTER TABLE bellwork.workers
    ADD COLUMN threads integer,
    ADD COLUMN lease double precision,
    ADD COLUMN clock_ahead double precision;
COMMENT ON COLUMN bellwork.workers.lease IS 'Seconds for which its lease is renewed each time.';
COMMENT ON COLUMN bellwork.workers.clock_ahead IS
    'Seconds by which its host''s clock was ahead of this server''s when it last renewed its lease, less the way there.';

ALTER TABLE bellwork.snapshot ADD COLUMN fleet jsonb;
COMMENT ON COLUMN bellwork.snapshot.fleet IS 'Threads and leases of all workers when the snapshot was taken.';
