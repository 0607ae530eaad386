-- Partitioned by the day of which the event itself says that it happened: the same at each delivery, so that one unique
-- key decides across days who sees it first. The day it arrived on would let a second delivery past midnight in.
CREATE TABLE bellwork.seen_events (
    source text NOT NULL CHECK (length(source) BETWEEN 1 AND 100),
    event_id text NOT NULL CHECK (length(event_id) BETWEEN 1 AND 200),
    day timestamptz NOT NULL CHECK (day = date_trunc('day', day, 'UTC')),
    seen_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, event_id, day)
) PARTITION BY RANGE (day);
COMMENT ON TABLE bellwork.seen_events IS
    'Events that had their effect, by who sends them, their id, and the UTC day on which they say that they happened.';

CREATE TABLE bellwork.notices (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recipient text NOT NULL CHECK (length(recipient) BETWEEN 1 AND 200),
    kind text NOT NULL CHECK (length(kind) BETWEEN 1 AND 100),
    key text NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
    body jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(body) = 'object'),
    created_at timestamptz NOT NULL DEFAULT now(),
    read_at timestamptz,
    UNIQUE (kind, key)
);
CREATE INDEX notices_recipient ON bellwork.notices (recipient, created_at);
COMMENT ON TABLE bellwork.notices IS
    'What people of all systems are told in the application, once by kind and key; read_at is set when they have seen it.';
