-- Who was erased stays erased: by a hash that nobody else can compute, until an operator says that the person is back.
CREATE TABLE bellwork.erased_subjects (
    hash text PRIMARY KEY,
    erased_at timestamptz NOT NULL DEFAULT now()
);
COMMENT ON TABLE bellwork.erased_subjects IS 'By bellwork.erasure_hash, of which subjects no job runs and no letter goes.';

CREATE FUNCTION bellwork.mark_erased(names text[]) RETURNS void
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
    INSERT INTO bellwork.erased_subjects (hash) SELECT DISTINCT bellwork.erasure_hash(name) FROM unnest(names) AS name
    ON CONFLICT DO NOTHING
$$;
COMMENT ON FUNCTION bellwork.mark_erased IS
    'From its commit on jobs of these subjects end at their insert, and letters to them are not sent.';

CREATE FUNCTION bellwork.lift_erasure(subject text) RETURNS boolean
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
    WITH lifted AS (
        DELETE FROM bellwork.erased_subjects e WHERE e.hash = bellwork.erasure_hash(lift_erasure.subject) RETURNING 1)
    SELECT count(*) = 1 FROM lifted
$$;
COMMENT ON FUNCTION bellwork.lift_erasure IS 'Let jobs of this subject run again; false where it was not erased.';

-- The job is not refused: that would take the caller's rows along, and those of others that are enqueued beside it.
CREATE FUNCTION bellwork.end_erased_job() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
BEGIN
    -- As erasure_hash reckons it, whose call would cost as much again.
    IF NOT EXISTS (SELECT FROM bellwork.erased_subjects) OR NOT EXISTS (
        SELECT FROM bellwork.erasure_key k
        JOIN bellwork.erased_subjects e ON e.hash = encode(sha256(convert_to(k.key || NEW.subject, 'UTF8')), 'hex')) THEN
        RETURN NULL;
    END IF;
    DELETE FROM bellwork.jobs WHERE id = NEW.id;
    BEGIN
        INSERT INTO bellwork.finished_jobs (id, queue, actor, state, reason, priority, run_at, args, options, attempt,
            retries, crashes, worker_id, claimed_at, errors, created_at, enqueued_by, tenant)
        VALUES (NEW.id, NEW.queue, NEW.actor, 'cancelled', 'erased: before it was enqueued', NEW.priority, NEW.run_at,
            '{}', '{}', NEW.attempt, NEW.retries, NEW.crashes, NEW.worker_id, NEW.claimed_at, '[]', NEW.created_at,
            NEW.enqueued_by, NEW.tenant);
    EXCEPTION WHEN check_violation THEN
        NULL; -- The history has no partition for today: nothing of the job has to be kept.
    END;
    RETURN NULL;
END $$;
COMMENT ON FUNCTION bellwork.end_erased_job IS 'Cancels a new job whose subject was erased, and keeps nothing of what it carries.';
CREATE TRIGGER erased_subject AFTER INSERT ON bellwork.jobs FOR EACH ROW
    WHEN (NEW.subject IS NOT NULL) EXECUTE FUNCTION bellwork.end_erased_job();

CREATE FUNCTION bellwork.suppress_erased_letter() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
BEGIN
    IF EXISTS (SELECT FROM bellwork.erased_subjects e WHERE e.hash = bellwork.erasure_hash(NEW.person)) THEN
        NEW.key := 'erased:' || NEW.id;
        NEW.state := 'suppressed';
        NEW.reason := 'its reader was erased';
        NEW.settled_at := now();
        NEW.person := NULL;
        NEW.recipient := NULL;
        NEW.subject := NULL;
        NEW.body := NULL;
        NEW.html := NULL;
        NEW.details := '{}';
    END IF;
    RETURN NEW;
END $$;
COMMENT ON FUNCTION bellwork.suppress_erased_letter IS 'Keeps of a letter to an erased person that it was not sent.';
CREATE TRIGGER erased_reader BEFORE INSERT ON bellwork.letters FOR EACH ROW
    WHEN (NEW.person IS NOT NULL) EXECUTE FUNCTION bellwork.suppress_erased_letter();

REVOKE ALL ON bellwork.erased_subjects FROM PUBLIC;
REVOKE ALL ON FUNCTION bellwork.mark_erased, bellwork.lift_erasure, bellwork.end_erased_job,
    bellwork.suppress_erased_letter FROM PUBLIC;
