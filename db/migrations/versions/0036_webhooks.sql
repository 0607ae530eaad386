-- Who is told. Whoever delivers to an endpoint holds it by his job's attempt, so that no two processes call it at once
-- more often than they may; a holder whose attempt does not run any more holds nothing.
CREATE TABLE bellwork.webhook_endpoints (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    url text NOT NULL CONSTRAINT webhook_endpoints_url CHECK (url ~ '^https?://' AND octet_length(url) <= 2000),
    about text,
    mail text,
    events text[] CONSTRAINT webhook_endpoints_events CHECK (cardinality(events) > 0),
    state text NOT NULL DEFAULT 'active' CONSTRAINT webhook_endpoints_state CHECK (state IN ('active', 'disabled')),
    why text,
    failing_since timestamptz,
    not_before timestamptz CONSTRAINT webhook_endpoints_not_before CHECK (isfinite(not_before)),
    job_id bigint,
    attempt integer,
    made_at timestamptz NOT NULL DEFAULT now(),
    changed_at timestamptz NOT NULL DEFAULT now(),
    CONSTRAINT webhook_endpoints_disabled_for_a_reason CHECK ((state = 'disabled') = (why IS NOT NULL)),
    CONSTRAINT webhook_endpoints_held_whole CHECK (num_nulls(job_id, attempt) IN (0, 2))
) WITH (fillfactor = 80);
COMMENT ON TABLE bellwork.webhook_endpoints IS 'Addresses that are told of events, of all systems.';
COMMENT ON COLUMN bellwork.webhook_endpoints.mail IS 'Who is told when the endpoint is disabled.';
COMMENT ON COLUMN bellwork.webhook_endpoints.events IS 'The types of which it is told; NULL: of all.';
COMMENT ON COLUMN bellwork.webhook_endpoints.failing_since IS 'Its first failure since its last success.';
COMMENT ON COLUMN bellwork.webhook_endpoints.not_before IS 'Until when it asked to be left alone (Retry-After).';
COMMENT ON COLUMN bellwork.webhook_endpoints.job_id IS 'The job, with its attempt, that delivers to it now.';
CREATE INDEX webhook_endpoints_held ON bellwork.webhook_endpoints (job_id) WHERE job_id IS NOT NULL;

-- The newest signs; the one before it does, too, until `until`. In a table of their own, for operators read none of them.
CREATE TABLE bellwork.webhook_secrets (
    endpoint_id bigint NOT NULL REFERENCES bellwork.webhook_endpoints ON DELETE CASCADE,
    secret text NOT NULL CONSTRAINT webhook_secrets_secret CHECK (secret ~ '^whsec_[A-Za-z0-9+/]{32,}={0,2}$'),
    made_at timestamptz NOT NULL DEFAULT now(),
    until timestamptz CONSTRAINT webhook_secrets_until CHECK (isfinite(until))
);
CREATE UNIQUE INDEX webhook_secrets_one_lasts ON bellwork.webhook_secrets (endpoint_id) WHERE until IS NULL;
CREATE INDEX webhook_secrets_endpoint ON bellwork.webhook_secrets (endpoint_id);
COMMENT ON TABLE bellwork.webhook_secrets IS 'By what deliveries are signed (Standard Webhooks).';

-- One row for an event and an endpoint.
CREATE TABLE bellwork.webhook_deliveries (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    endpoint_id bigint NOT NULL REFERENCES bellwork.webhook_endpoints ON DELETE CASCADE,
    event_id text NOT NULL,
    event_type text NOT NULL,
    ids jsonb NOT NULL,
    occurred_at timestamptz NOT NULL DEFAULT now(),
    state text NOT NULL DEFAULT 'pending' CONSTRAINT webhook_deliveries_state CHECK (
        state IN ('pending', 'delivered', 'failed')),
    tries integer NOT NULL DEFAULT 0,
    next_at timestamptz NOT NULL DEFAULT now() CONSTRAINT webhook_deliveries_next_at CHECK (isfinite(next_at)),
    status integer,
    said text,
    tried_at timestamptz,
    settled_at timestamptz,
    CONSTRAINT webhook_deliveries_once UNIQUE (endpoint_id, event_id),
    CONSTRAINT webhook_deliveries_settled_at_an_instant CHECK ((state = 'pending') = (settled_at IS NULL))
) WITH (fillfactor = 90);
COMMENT ON TABLE bellwork.webhook_deliveries IS 'Events on their way to endpoints, and what became of each.';
COMMENT ON COLUMN bellwork.webhook_deliveries.tries IS 'Calls that were made and failed, or the one that did not.';
CREATE INDEX webhook_deliveries_due ON bellwork.webhook_deliveries (endpoint_id, next_at, id) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_failed ON bellwork.webhook_deliveries (endpoint_id, id) WHERE state = 'failed';
CREATE INDEX webhook_deliveries_listed ON bellwork.webhook_deliveries (endpoint_id, id);
CREATE INDEX webhook_deliveries_settled ON bellwork.webhook_deliveries USING brin (settled_at);

CREATE FUNCTION bellwork.emit(event_type text, ids jsonb, key text DEFAULT NULL) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
DECLARE
    event text := 'msg_' || coalesce(
        left(encode(sha256(convert_to(emit.event_type || ':' || emit.key, 'UTF8')), 'hex'), 32),
        replace(gen_random_uuid()::text, '-', ''));
    odd text;
    made bigint;
    jobs jsonb;
BEGIN
    IF emit.event_type IS NULL OR emit.event_type !~ '^[a-z0-9_]+(\.[a-z0-9_]+)+$' OR length(emit.event_type) > 100 THEN
        RAISE EXCEPTION 'emit: event_type is %; give words of small letters with dots between them, like course.published',
            coalesce(quote_literal(left(emit.event_type, 200)), 'NULL') USING ERRCODE = '22023';
    END IF;
    IF jsonb_typeof(emit.ids) IS DISTINCT FROM 'object' THEN
        RAISE EXCEPTION 'emit: ids of % is %; give a JSON object of ids', quote_literal(emit.event_type),
            coalesce(jsonb_typeof(emit.ids), 'NULL') USING ERRCODE = '22023';
    END IF;
    SELECT i.key INTO odd FROM jsonb_each(emit.ids) AS i
    WHERE i.key !~ '^[a-z][a-z0-9_]{0,60}_(id|number)$' OR i.key ~ '(^|_)(user|person|learner|student|teacher|tutor|instructor|parent)_id$'
       OR NOT CASE jsonb_typeof(i.value)
              WHEN 'number' THEN i.value::text ~ '^[0-9]{1,19}$'
              WHEN 'string' THEN i.value #>> '{}' ~ '^[A-Za-z0-9_.:-]{1,100}$'
              ELSE false END
    ORDER BY i.key LIMIT 1;
    IF odd IS NOT NULL THEN
        RAISE EXCEPTION 'emit: ids of % has %; it takes names that end in _id or _number, of things and not of persons, '
            'with whole numbers or texts of letters, digits and _ . : -', quote_literal(emit.event_type),
            quote_literal(left(odd, 100)) USING ERRCODE = '22023';
    END IF;
    WITH told AS (
        INSERT INTO bellwork.webhook_deliveries AS d (endpoint_id, event_id, event_type, ids)
        SELECT e.id, event, emit.event_type, emit.ids FROM bellwork.webhook_endpoints e
        WHERE e.events IS NULL OR emit.event_type = ANY (e.events) ORDER BY e.id
        ON CONFLICT ON CONSTRAINT webhook_deliveries_once DO NOTHING
        RETURNING d.id, d.endpoint_id)
    SELECT count(*), jsonb_agg(jsonb_build_object(
               'actor', 'webhooks.deliver', 'queue', 'webhooks', 'args', jsonb_build_object('delivery_id', t.id),
               'unique_key', 'webhooks.deliver:' || t.id) ORDER BY t.id) FILTER (WHERE e.state = 'active')
    INTO made, jobs
    FROM told t JOIN bellwork.webhook_endpoints e ON e.id = t.endpoint_id;
    IF jobs IS NOT NULL THEN
        PERFORM bellwork.enqueue_many(jobs);
    END IF;
    RETURN made;
END $$;
COMMENT ON FUNCTION bellwork.emit IS
    'Tell every endpoint that wants it of an event: a delivery and its job for each, in this transaction; returns how many '
    'are new. With a key, the event of that type and key is told once.';
REVOKE ALL ON FUNCTION bellwork.emit FROM PUBLIC;
