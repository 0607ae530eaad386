-- One row for each attempt that holds letters: written before each of them without waiting for the disk. UNLOGGED, it is
-- empty after a crash of PostgreSQL and on a standby that takes over: what it lost nobody takes for "not begun".
CREATE UNLOGGED TABLE bellwork.mail_runs (
    job_id bigint NOT NULL,
    attempt integer NOT NULL,
    begun bigint[] NOT NULL DEFAULT '{}',
    sent bigint[] NOT NULL DEFAULT '{}',
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (job_id, attempt)
) WITH (fillfactor = 20);
COMMENT ON TABLE bellwork.mail_runs IS 'How far each sender of letters has come.';
COMMENT ON COLUMN bellwork.mail_runs.begun IS 'Letters of which the mail server may have got the end.';
COMMENT ON COLUMN bellwork.mail_runs.sent IS 'Those of them that it took.';
