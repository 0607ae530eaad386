-- One row for each rule: whoever sweeps by it holds it, for a while and under a name, and says at the end how it went.
CREATE TABLE bellwork.retention (
    rule text PRIMARY KEY,
    held_by text,
    held_attempt integer,
    held_until timestamptz,
    ran_by text,
    ran_at timestamptz,
    rows bigint NOT NULL DEFAULT 0 CHECK (rows >= 0),
    total bigint NOT NULL DEFAULT 0 CHECK (total >= 0),
    unfinished boolean NOT NULL DEFAULT false,
    error text,
    CONSTRAINT retention_hold CHECK (num_nulls(held_by, held_attempt, held_until) IN (0, 3))
);
COMMENT ON TABLE bellwork.retention IS
    'A row for each rule of retention: who sweeps by it now, and what the last run took away.';

-- Rows leave in parcels: a file in the storage that was read back and counted before the first of its rows is touched.
CREATE TABLE bellwork.retention_parcels (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    rule text NOT NULL,
    origin text NOT NULL,
    state text NOT NULL DEFAULT 'writing' CHECK (state IN ('writing', 'verified', 'done', 'broken')),
    key text NOT NULL,
    url text,
    rows bigint CHECK (rows > 0),
    bytes bigint CHECK (bytes > 0),
    sha256 text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    digest text CHECK (digest ~ '^[0-9a-f]{64}$'),
    tried bigint NOT NULL DEFAULT 0,
    removed bigint NOT NULL DEFAULT 0 CHECK (removed >= 0),
    reason text,
    created_at timestamptz NOT NULL DEFAULT now(),
    verified_at timestamptz,
    done_at timestamptz,
    CONSTRAINT retention_parcels_verified_has_evidence CHECK (
        state IN ('writing', 'broken') OR num_nulls(url, rows, bytes, sha256, digest, verified_at) = 0),
    CONSTRAINT retention_parcels_removed_was_archived CHECK (removed <= tried AND tried <= coalesce(rows, 0))
);
CREATE INDEX retention_parcels_open ON bellwork.retention_parcels (rule, id) WHERE state IN ('writing', 'verified');
COMMENT ON TABLE bellwork.retention_parcels IS
    'The archives of rows that left by a rule of retention: where each is, the evidence, and how many rows it took.';

-- Who was told which step of a contract's end. The key makes it once; no name and no address is kept.
CREATE TABLE bellwork.contract_notices (
    organization_id text NOT NULL,
    contract_end date NOT NULL,
    step text NOT NULL,
    recipient_id text NOT NULL DEFAULT '',
    state text NOT NULL DEFAULT 'waiting'
        CHECK (state IN ('waiting', 'sending', 'sent', 'refused', 'unknown', 'cancelled', 'nobody', 'late', 'done')),
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (organization_id, contract_end, step, recipient_id)
);
COMMENT ON TABLE bellwork.contract_notices IS
    'Which step of the end of an organization''s contract was told to whom, and that it was deleted.';

DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'bellwork_worker') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE
            ON bellwork.retention, bellwork.retention_parcels, bellwork.contract_notices TO bellwork_worker;
    END IF;
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'bellwork_ops') THEN
        GRANT SELECT ON bellwork.retention, bellwork.retention_parcels, bellwork.contract_notices TO bellwork_ops;
    END IF;
END $$;
