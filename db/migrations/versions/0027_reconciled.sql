-- The last comparison of each pipeline's rows with the jobs that they wait for.
CREATE TABLE bellwork.reconciled (
    pipeline text PRIMARY KEY,
    at timestamptz NOT NULL DEFAULT now(),
    who text NOT NULL,
    seconds double precision NOT NULL,
    row_count bigint NOT NULL,
    job_count bigint NOT NULL,
    wrong jsonb NOT NULL,     -- {kind: how many}
    mended jsonb NOT NULL,    -- {kind: how many of them}
    examples jsonb NOT NULL,  -- [sentence]
    unfinished boolean NOT NULL,
    error text
);

CREATE FUNCTION bellwork.lock_jobs(ids bigint[]) RETURNS SETOF bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
    SELECT id FROM bellwork.jobs WHERE id = ANY(lock_jobs.ids) ORDER BY id FOR UPDATE SKIP LOCKED
$$;
COMMENT ON FUNCTION bellwork.lock_jobs IS
    'Lock unfinished jobs until the transaction ends, but for those that somebody is just changing. For operators.';
REVOKE ALL ON FUNCTION bellwork.lock_jobs FROM PUBLIC;
