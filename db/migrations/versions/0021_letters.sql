-- One row a letter, whichever system wrote it. Its key makes it one: no second mail is ever sent under it by itself.
CREATE TABLE bellwork.letters (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    key text NOT NULL CONSTRAINT letters_key_length CHECK (octet_length(key) BETWEEN 1 AND 1000),
    system text NOT NULL,
    kind text NOT NULL,
    person text,
    urgent boolean NOT NULL DEFAULT false,
    can_unsubscribe boolean NOT NULL DEFAULT false,
    state text NOT NULL DEFAULT 'pending' CONSTRAINT letters_state CHECK (state IN (
        'pending', 'sending', 'sent', 'suppressed', 'bounced', 'unknown', 'refused', 'expired', 'superseded')),
    reason text,
    not_before timestamptz NOT NULL DEFAULT now() CONSTRAINT letters_not_before CHECK (isfinite(not_before)),
    not_after timestamptz CONSTRAINT letters_not_after CHECK (isfinite(not_after)),
    recipient text,
    subject text,
    body text,
    html text,
    template text,
    details jsonb NOT NULL DEFAULT '{}' CONSTRAINT letters_details CHECK (jsonb_typeof(details) = 'object'),
    -- What stands before the @ of its Message-ID. Written so that the bytes of the key are hashed as they are.
    message_id text NOT NULL GENERATED ALWAYS AS (
        encode(sha256(decode(replace(key, '\', '\\'), 'escape')), 'hex')) STORED,
    address_hash text,
    domain text,
    tries integer NOT NULL DEFAULT 0,
    held integer NOT NULL DEFAULT 0,
    bounces integer NOT NULL DEFAULT 0,
    posted_at timestamptz NOT NULL DEFAULT now(),
    job_id bigint,
    attempt integer,
    claimed_at timestamptz,
    settled_at timestamptz,
    CONSTRAINT letters_key UNIQUE (key),
    CONSTRAINT letters_sending_by_somebody CHECK (state <> 'sending' OR num_nulls(job_id, attempt, claimed_at) = 0),
    CONSTRAINT letters_settled_at_an_instant CHECK ((state IN ('pending', 'sending')) = (settled_at IS NULL))
) WITH (fillfactor = 90);
COMMENT ON TABLE bellwork.letters IS 'Letters of all systems, and what became of each.';
COMMENT ON COLUMN bellwork.letters.kind IS 'What the system calls letters like this; one unsubscribes from system.kind.';
COMMENT ON COLUMN bellwork.letters.person IS 'The id by which the system knows its reader.';
COMMENT ON COLUMN bellwork.letters.tries IS 'How often the server asked for patience with this one.';
COMMENT ON COLUMN bellwork.letters.held IS 'How often it came back because of our own fault.';
CREATE INDEX letters_due ON bellwork.letters (not_before, id) WHERE state = 'pending' AND NOT urgent;
CREATE INDEX letters_urgent ON bellwork.letters (not_before, id) WHERE state = 'pending' AND urgent;
CREATE INDEX letters_expiring ON bellwork.letters (not_after) WHERE state = 'pending' AND not_after IS NOT NULL;
CREATE INDEX letters_sending ON bellwork.letters (job_id) WHERE state = 'sending';
CREATE INDEX letters_odd ON bellwork.letters (state, id) WHERE state IN ('unknown', 'refused', 'bounced');
CREATE INDEX letters_delivered ON bellwork.letters (message_id) WHERE state IN ('sent', 'unknown', 'bounced');
CREATE INDEX letters_person ON bellwork.letters (person, system) WHERE person IS NOT NULL;
CREATE INDEX letters_posted ON bellwork.letters USING brin (posted_at);

-- By hash: whoever was erased must get no mail, and is not to be found here by name.
CREATE TABLE bellwork.suppressed_addresses (
    address_hash text NOT NULL CONSTRAINT suppressed_addresses_hash CHECK (address_hash ~ '^[0-9a-f]{64}$'),
    list text NOT NULL DEFAULT '',
    why text NOT NULL CONSTRAINT suppressed_addresses_why CHECK (
        why IN ('refused', 'bounced', 'complained', 'unsubscribed', 'erased', 'operator')),
    said text,
    domain text,
    letter_id bigint,
    at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (address_hash, list)
);
COMMENT ON TABLE bellwork.suppressed_addresses IS 'Addresses, by SHA-256, to which no letter goes, and why.';
COMMENT ON COLUMN bellwork.suppressed_addresses.list IS 'Only letters of this system.kind; empty: of any.';

-- What came back: the hash of a message makes it count once, however often it is read.
CREATE TABLE bellwork.bounces (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    source text NOT NULL CONSTRAINT bounces_source UNIQUE,
    letter_id bigint,
    kind text NOT NULL CONSTRAINT bounces_kind CHECK (
        kind IN ('permanent', 'temporary', 'delayed', 'complaint', 'unreadable')),
    status text,
    said text,
    at timestamptz NOT NULL DEFAULT now()
);
CREATE INDEX bounces_letter ON bellwork.bounces (letter_id);
COMMENT ON TABLE bellwork.bounces IS 'Reports of mail servers about our letters, each message once.';

-- At most one row: since when nobody's letters are taken, and what is said of it.
CREATE TABLE bellwork.mail_hold (
    one boolean PRIMARY KEY DEFAULT true CONSTRAINT mail_hold_one CHECK (one),
    since timestamptz NOT NULL DEFAULT now(),
    at timestamptz NOT NULL DEFAULT now(),
    failures bigint NOT NULL DEFAULT 1,
    said text NOT NULL
);
COMMENT ON TABLE bellwork.mail_hold IS 'Why letters wait, where the fault is ours or the mail server''s; empty otherwise.';

CREATE FUNCTION bellwork.unsubscribe(letter bigint) RETURNS boolean
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
DECLARE
    whose bellwork.letters%ROWTYPE;
BEGIN
    SELECT * INTO whose FROM bellwork.letters l WHERE l.id = unsubscribe.letter AND l.can_unsubscribe;
    IF whose.address_hash IS NULL THEN
        RETURN false;
    END IF;
    INSERT INTO bellwork.suppressed_addresses (address_hash, list, why, domain, letter_id)
    VALUES (whose.address_hash, whose.system || '.' || whose.kind, 'unsubscribed', whose.domain, whose.id)
    ON CONFLICT DO NOTHING;
    IF FOUND THEN
        PERFORM bellwork.enqueue('mail.heed_unsubscribed', jsonb_build_object('letter_id', whose.id));
    END IF;
    RETURN true;
END $$;
COMMENT ON FUNCTION bellwork.unsubscribe IS
    'End letters of this kind for the reader of one of them; false where that letter is unknown. Its caller proves the right.';
REVOKE ALL ON FUNCTION bellwork.unsubscribe FROM PUBLIC;
