"""Functions for callers in any language, and those of the triggers that note every change (noting.py)."""

from __future__ import annotations

from bellwork.db.tutoring.plan.noting import NOTING

FUNCTIONS = {
    # As many as there are rows in `buckets`. Tutors of one bucket are recomputed one after the other.
    "bucket_of(text)": """
        CREATE OR REPLACE FUNCTION {tutoring}.bucket_of(tutor_id text) RETURNS smallint
        LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT CAST(hashtext($1) & 31 AS smallint) $$
    """,
    "note_change(text, timestamp with time zone)": """
        CREATE OR REPLACE FUNCTION {tutoring}.note_change(tutor_id text, at timestamptz) RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            PERFORM {tutoring}.note_changes(ARRAY[note_change.tutor_id], ARRAY[note_change.at]);
        END $$
    """,
    # A key that another open transaction inserts would be waited for until its commit, and two that note tutors in
    # different orders would wait for each other. So a transaction takes the first slot of a bucket that no other open
    # one has: usually the only one, so that changes coalesce.
    "note_changes(text[], timestamp with time zone[])": """
        CREATE OR REPLACE FUNCTION {tutoring}.note_changes(tutors text[], moments timestamptz[]) RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            noted smallint;
            slot integer;
        BEGIN
            IF array_position(tutors, NULL) IS NOT NULL THEN
                RAISE EXCEPTION 'note_change: tutor_id is NULL; name the tutor whose session, feedback or event changed'
                    USING ERRCODE = '22023';
            END IF;
            IF NOT (SELECT coalesce(bool_and(isfinite(moment)), true) FROM unnest(moments) AS moment) THEN
                RAISE EXCEPTION 'note_change: at is infinite; give the session''s scheduled_start, the event''s '
                    'timestamp, or NULL for all 90 days' USING ERRCODE = '22023';
            END IF;
            INSERT INTO {tutoring}.changes (bucket, tutor_id, at)
            SELECT {tutoring}.bucket_of(n.tutor_id), n.tutor_id, n.at
            FROM unnest(tutors, moments) AS n(tutor_id, at);
            FOR noted IN
                SELECT DISTINCT {tutoring}.bucket_of(n.tutor_id) FROM unnest(tutors) AS n(tutor_id) ORDER BY 1
            LOOP
                slot := 0;
                WHILE NOT pg_try_advisory_xact_lock(1953853556, noted * 1000 + slot) LOOP
                    slot := slot + 1;
                END LOOP;
                PERFORM bellwork.enqueue(
                    'tutoring.drain_changes', jsonb_build_object('bucket', noted), queue => 'tutoring',
                    unique_key => 'tutoring.drain_changes:' || noted || ':' || slot, unique_while => 'waiting');
            END LOOP;
        END $$
    """,
    **NOTING,
    "watch_changes(boolean)": """
        CREATE OR REPLACE FUNCTION {tutoring}.watch_changes(watch boolean DEFAULT true) RETURNS void
        LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            statement text;
        BEGIN
            FOR statement IN
                SELECT format('ALTER TABLE %s %s TRIGGER %I', tgrelid::regclass,
                              CASE WHEN watch THEN 'ENABLE' ELSE 'DISABLE' END, tgname)
                FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid
                WHERE c.relnamespace = '{tutoring}'::regnamespace AND tgname IN (
                    'note_inserted', 'note_updated', 'note_deleted')
                ORDER BY tgrelid::regclass::text, tgname
            LOOP
                EXECUTE statement;
            END LOOP;
        END $$
    """,
    "set_address(text, text)": """
        CREATE OR REPLACE FUNCTION {tutoring}.set_address(person_id text, email text) RETURNS void
        LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            IF coalesce(set_address.person_id, '') = '' THEN
                RAISE EXCEPTION 'set_address: person_id is %; name the student or manager whose address this is',
                    coalesce(quote_literal(set_address.person_id), 'NULL') USING ERRCODE = '22023';
            END IF;
            IF set_address.email IS NULL THEN
                DELETE FROM {tutoring}.addresses a WHERE a.person_id = set_address.person_id;
                RETURN;
            END IF;
            IF set_address.email !~ '^[^@[:space:][:cntrl:],;<>]{1,64}@[^@[:space:][:cntrl:],;<>]{1,255}$' THEN
                RAISE EXCEPTION 'set_address: email of % is no single address like ann@example.org; give one, or '
                    'NULL to forget it', quote_literal(set_address.person_id) USING ERRCODE = '22023';
            END IF;
            INSERT INTO {tutoring}.addresses AS a (person_id, email) VALUES (set_address.person_id, set_address.email)
            ON CONFLICT ON CONSTRAINT addresses_pkey DO UPDATE SET email = excluded.email, set_at = now();
        END $$
    """,
}
