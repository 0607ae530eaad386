-- Waiting jobs get another priority by a function, as they are cancelled and put back: operators write no job's row.
CREATE FUNCTION bellwork.reprioritise_jobs(ids bigint[], priority integer) RETURNS SETOF bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
    UPDATE bellwork.jobs j SET priority = reprioritise_jobs.priority
    WHERE j.id = ANY(ARRAY(
        SELECT id FROM bellwork.jobs WHERE id = ANY(reprioritise_jobs.ids) AND state = 'available'
        ORDER BY id FOR NO KEY UPDATE))
    RETURNING j.id
$$;
COMMENT ON FUNCTION bellwork.reprioritise_jobs IS
    'Give waiting jobs another priority, the lower of which runs first; returns which. For operators.';
REVOKE ALL ON FUNCTION bellwork.reprioritise_jobs FROM PUBLIC;

-- So many jobs of a queue run at once in the whole fleet; without a number as many as there are threads.
ALTER TABLE bellwork.queues
    ADD COLUMN at_once integer CONSTRAINT queues_at_once_is_a_number_of_jobs CHECK (at_once BETWEEN 1 AND 100000),
    ADD COLUMN limited_by text,
    ADD COLUMN limit_reason text;
