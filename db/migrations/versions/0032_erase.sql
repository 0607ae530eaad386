-- A subject is erased by operators through these functions alone; they may change nothing else of what others wrote.
CREATE TABLE bellwork.erasure_key (
    one boolean PRIMARY KEY DEFAULT true CHECK (one),
    key text NOT NULL DEFAULT gen_random_uuid()::text || gen_random_uuid()::text
);
INSERT INTO bellwork.erasure_key DEFAULT VALUES;
COMMENT ON TABLE bellwork.erasure_key IS 'What makes the hash of an erased subject one that nobody else can compute.';

CREATE FUNCTION bellwork.erasure_hash(subject text) RETURNS text
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
    SELECT encode(sha256(convert_to(k.key || erasure_hash.subject, 'UTF8')), 'hex') FROM bellwork.erasure_key k
$$;
COMMENT ON FUNCTION bellwork.erasure_hash IS 'By which the acts of operators name a subject that is erased.';

-- Jobs without a label are of processes of an older release, or of before their actor declared its subject.
CREATE FUNCTION bellwork.erase_jobs(names text[], why text) RETURNS TABLE (state text, jobs bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
    WITH found AS MATERIALIZED (
        SELECT j.id FROM bellwork.jobs j
        WHERE j.subject = ANY(names) AND hashtext(j.subject) = ANY(ARRAY(SELECT hashtext(name) FROM unnest(names) AS name))
        UNION
        SELECT j.id FROM bellwork.jobs j JOIN bellwork.actors a ON a.name = j.actor
        WHERE j.subject IS NULL AND a.subject IS NOT NULL AND j.args #>> a.subject = ANY(names)),
    locked AS MATERIALIZED (SELECT j.id FROM bellwork.jobs j JOIN found USING (id) ORDER BY j.id FOR UPDATE OF j),
    gone AS (DELETE FROM bellwork.jobs j USING locked l WHERE j.id = l.id RETURNING j.*),
    kept AS (
        INSERT INTO bellwork.finished_jobs (id, queue, actor, state, reason, priority, run_at, args, options, attempt,
            retries, crashes, worker_id, claimed_at, errors, created_at, enqueued_by, tenant)
        SELECT id, queue, actor, 'cancelled', left('erased: ' || why, 1000), priority, run_at, '{}', '{}', attempt,
            retries, crashes, worker_id, claimed_at, '[]', created_at, enqueued_by, tenant
        FROM gone)
    SELECT CASE g.state WHEN 'running' THEN 'running' ELSE 'waiting' END, count(*) FROM gone g GROUP BY 1
$$;
COMMENT ON FUNCTION bellwork.erase_jobs IS
    'Cancel the unfinished jobs of these subjects and keep nothing of what they carry; returns how many there were.';

CREATE FUNCTION bellwork.erase_history(names text[]) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
    WITH erased AS (
        UPDATE bellwork.finished_jobs f SET args = '{}', options = '{}', errors = '[]', unique_key = NULL, subject = NULL,
            reason = CASE WHEN f.reason IS NOT NULL THEN 'erased: its subject' END
        WHERE f.subject = ANY(names) AND hashtext(f.subject) = ANY(ARRAY(SELECT hashtext(name) FROM unnest(names) AS name))
        RETURNING 1)
    SELECT count(*) FROM erased
$$;
COMMENT ON FUNCTION bellwork.erase_history IS 'Erase what finished jobs of these subjects carried; returns how many.';

CREATE FUNCTION bellwork.erase_mentions(part regclass, person text, names text[]) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
DECLARE
    erased bigint;
BEGIN
    IF NOT EXISTS (SELECT FROM pg_inherits WHERE inhrelid = part AND inhparent = 'bellwork.finished_jobs'::regclass) THEN
        RAISE EXCEPTION 'erase_mentions: % is no partition of bellwork.finished_jobs', part USING ERRCODE = '22023';
    END IF;
    EXECUTE format($statement$
        UPDATE %s f SET args = '{}', options = '{}', errors = '[]', unique_key = NULL, subject = NULL,
            reason = CASE WHEN f.reason IS NOT NULL THEN 'erased: its subject' END
        WHERE f.subject IS NULL AND f.args <> '{}'
              AND f.args #>> (SELECT a.subject FROM bellwork.actors a WHERE a.name = f.actor) = ANY($1)
           OR (f.subject = ANY($1)) IS NOT TRUE
              AND (jsonb_path_exists(f.args, '$.** ? (@ == $name)', $2)
                   OR jsonb_path_exists(f.options, '$.** ? (@ == $name)', $2))
    $statement$, part) USING names, jsonb_build_object('name', person);
    GET DIAGNOSTICS erased = ROW_COUNT;
    RETURN erased;
END $$;
COMMENT ON FUNCTION bellwork.erase_mentions IS
    'Erase finished jobs of one partition that no label found: of these subjects, or with this value in their arguments.';

-- A key that names the subject is given up: what was known by it is known no more.
CREATE FUNCTION bellwork.erase_letters(names text[]) RETURNS TABLE (state text, letters bigint)
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
    WITH found AS MATERIALIZED (
        SELECT l.id, l.state, string_to_array(l.key, ':') && names AS is_named FROM bellwork.letters l
        WHERE l.person = ANY(names) OR string_to_array(l.key, ':') && names
        ORDER BY l.id FOR UPDATE),
    erased AS (
        UPDATE bellwork.letters l SET
            key = CASE WHEN f.is_named THEN 'erased:' || l.id ELSE l.key END,
            state = CASE l.state WHEN 'pending' THEN 'suppressed' ELSE l.state END,
            reason = CASE WHEN l.state = 'pending' THEN 'its reader was erased' WHEN l.reason IS NOT NULL THEN 'erased' END,
            settled_at = CASE l.state WHEN 'pending' THEN now() ELSE l.settled_at END,
            person = NULL, recipient = NULL, subject = NULL, body = NULL, html = NULL, details = '{}'
        FROM found f WHERE f.id = l.id AND l.state <> 'sending'),
    bounced AS (UPDATE bellwork.bounces b SET said = NULL FROM found f WHERE b.letter_id = f.id AND b.said IS NOT NULL),
    told AS (
        UPDATE bellwork.suppressed_addresses s SET said = NULL FROM found f WHERE s.letter_id = f.id AND s.said IS NOT NULL)
    SELECT CASE f.state WHEN 'pending' THEN 'waiting' WHEN 'sending' THEN 'sending' ELSE 'settled' END, count(*)
    FROM found f GROUP BY 1
$$;
COMMENT ON FUNCTION bellwork.erase_letters IS
    'Erase address and words of letters to these persons, or about them, and send none that waits; one that is being sent '
    'is only counted. The hash of the address stays.';

REVOKE ALL ON bellwork.erasure_key FROM PUBLIC;
REVOKE ALL ON FUNCTION bellwork.erasure_hash, bellwork.erase_jobs, bellwork.erase_history, bellwork.erase_mentions,
    bellwork.erase_letters FROM PUBLIC;

-- Which person is in which archive, by hashes; of a file without a row it is not known.
CREATE TABLE bellwork.archive_people (
    url text PRIMARY KEY,
    people bigint[] NOT NULL
);
COMMENT ON TABLE bellwork.archive_people IS 'Who is in an archive, by hashtextextended of the ids.';
CREATE TABLE bellwork.superseded_files (
    url text PRIMARY KEY,
    since timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE bellwork.superseded_files IS 'Files in the storage that others took the place of, until they are deleted.';
-- All rows of a parcel may have been one person's.
ALTER TABLE bellwork.retention_parcels DROP CONSTRAINT retention_parcels_rows_check,
    ADD CONSTRAINT retention_parcels_rows_check CHECK (rows >= 0) NOT VALID;
