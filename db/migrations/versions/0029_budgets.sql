-- What each provider may cost on one day of UTC, set by operators; what is NULL is not limited.
CREATE TABLE bellwork.budgets (
    provider text PRIMARY KEY CONSTRAINT budgets_provider CHECK (provider ~ '^[a-z0-9_.-]{1,60}$'),
    money numeric(18, 6) CONSTRAINT budgets_money CHECK (money >= 0),
    calls bigint CONSTRAINT budgets_calls CHECK (calls >= 0),
    tokens bigint CONSTRAINT budgets_tokens CHECK (tokens >= 0),
    price_input numeric(18, 6) CONSTRAINT budgets_price_input CHECK (price_input >= 0),
    price_output numeric(18, 6) CONSTRAINT budgets_price_output CHECK (price_output >= 0),
    call_tokens integer NOT NULL DEFAULT 4000 CONSTRAINT budgets_call_tokens CHECK (call_tokens > 0),
    CONSTRAINT budgets_money_has_a_price CHECK (money IS NULL OR num_nonnulls(price_input, price_output) > 0)
);
COMMENT ON TABLE bellwork.budgets IS 'What each provider may cost on one day of UTC; NULL does not limit.';
COMMENT ON COLUMN bellwork.budgets.price_input IS 'Of a million tokens that are sent; of a voice: characters.';
COMMENT ON COLUMN bellwork.budgets.call_tokens IS 'What a call is reckoned with until its answer tells.';

-- What was spent, and what calls that are under way may cost: reserved before a call, settled after it.
CREATE TABLE bellwork.budget_days (
    provider text NOT NULL,
    day date NOT NULL,
    calls bigint NOT NULL DEFAULT 0 CONSTRAINT budget_days_calls CHECK (calls >= 0),
    tokens bigint NOT NULL DEFAULT 0 CONSTRAINT budget_days_tokens CHECK (tokens >= 0),
    money numeric(24, 12) NOT NULL DEFAULT 0 CONSTRAINT budget_days_money CHECK (money >= 0),
    PRIMARY KEY (provider, day)
) WITH (fillfactor = 20);
COMMENT ON TABLE bellwork.budget_days IS 'What each provider cost on each day of UTC, with what is reserved.';

CREATE FUNCTION bellwork.resume_put_off(waits_for text) RETURNS bigint
LANGUAGE sql SECURITY DEFINER SET search_path = pg_catalog, bellwork, pg_temp AS $$
    WITH back AS (
        UPDATE bellwork.jobs SET run_at = now() WHERE id = ANY(ARRAY(
            SELECT id FROM bellwork.jobs
            WHERE state = 'available' AND run_at > now() AND options #>> '{put_off,for}' = resume_put_off.waits_for
              AND options #>> '{put_off,attempt}' = attempt::text
            ORDER BY id FOR UPDATE SKIP LOCKED))
        RETURNING id)
    SELECT count(*) FROM back
$$;
COMMENT ON FUNCTION bellwork.resume_put_off IS
    'Make jobs due now that were put off for this; returns how many. For operators.';
REVOKE ALL ON FUNCTION bellwork.resume_put_off FROM PUBLIC;
