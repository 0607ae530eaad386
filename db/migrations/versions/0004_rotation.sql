-- What became of each partition, and the evidence for it. What is in the catalogue of PostgreSQL decides where the two
-- differ; this table says how far a rotation had come, and where the rows are that are not here any more.
CREATE TABLE bellwork.partitions (
    parent text NOT NULL,
    name text NOT NULL,
    namespace text NOT NULL,
    starts timestamptz,
    ends timestamptz,
    leaves_by text NOT NULL CHECK (leaves_by IN ('archive', 'drop')),
    state text NOT NULL DEFAULT 'attached'
        CHECK (state IN ('attached', 'detaching', 'detached', 'exported', 'verified', 'dropped')),
    take integer NOT NULL DEFAULT 1 CHECK (take > 0),
    rows bigint CHECK (rows >= 0),
    min_id bigint,
    max_id bigint,
    bytes bigint CHECK (bytes >= 0),
    sha256 text CHECK (sha256 ~ '^[0-9a-f]{64}$'),
    digest text CHECK (digest ~ '^[0-9a-f]{64}$'),
    url text,
    manifest_url text,
    verified_at timestamptz,
    drilled_at timestamptz,
    held_by text,
    held_why text,
    held_at timestamptz,
    error text,
    failed_at timestamptz,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (parent, name),
    CONSTRAINT partitions_range CHECK (starts < ends),
    CONSTRAINT partitions_hold CHECK ((held_by IS NULL) = (held_at IS NULL) AND (held_by IS NULL) = (held_why IS NULL)),
    CONSTRAINT partitions_exported_has_evidence CHECK (
        state NOT IN ('exported', 'verified') OR num_nulls(rows, bytes, sha256, digest, url, manifest_url) = 0),
    CONSTRAINT partitions_dropped_was_verified CHECK (
        state <> 'dropped' OR leaves_by = 'drop'
        OR num_nulls(rows, bytes, sha256, digest, url, manifest_url, verified_at) = 0)
);
CREATE INDEX partitions_unfinished ON bellwork.partitions (parent) WHERE state NOT IN ('attached', 'dropped');
COMMENT ON TABLE bellwork.partitions IS
    'A row for each partition of a declared table: where it is on its way out, the evidence, and who holds it back.';

DO $$
BEGIN
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'bellwork_worker') THEN
        GRANT SELECT, INSERT, UPDATE, DELETE ON bellwork.partitions TO bellwork_worker;
    END IF;
    IF EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'bellwork_ops') THEN
        GRANT SELECT, INSERT, UPDATE ON bellwork.partitions TO bellwork_ops;
    END IF;
END $$;
