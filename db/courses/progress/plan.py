"""What callers in any language read and call of progress and attempts: streaks, and the beginning of an attempt."""

from __future__ import annotations

from bellwork.db.migrations.plan import Plan

#: Days in a row up to today or yesterday, by the learner's clock: today is not lost before it is over.
_STREAKS = """
WITH run AS (
    SELECT user_id, min(day) AS first, max(day) AS last, count(*)::int AS days
    FROM (SELECT user_id, day, day - (row_number() OVER (PARTITION BY user_id ORDER BY day))::int AS start
          FROM {courses}.learner_days) AS numbered
    GROUP BY user_id, start
)
SELECT r.user_id,
       coalesce(max(r.days) FILTER (
           WHERE r.last >= CAST(timezone(coalesce(z.zone, 'UTC'), now()) AS date) - 1), 0) AS current_days,
       max(r.days) AS longest_days, max(r.last) AS last_day
FROM run r LEFT JOIN {courses}.learner_zones z ON z.user_id = r.user_id
GROUP BY r.user_id
"""
# The learner's row is the lock: of two that begin at once the second counts the first one's attempt.
_BEGIN = """
CREATE OR REPLACE FUNCTION {courses}.begin_attempt(user_id uuid, assessment_id uuid) RETURNS uuid
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    asked record;
    taken bigint;
    attempt uuid;
BEGIN
    PERFORM FROM {courses}.users u WHERE u.id = begin_attempt.user_id AND u.deleted_at IS NULL FOR NO KEY UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'begin_attempt: there is no user %; name one who has an account', begin_attempt.user_id
            USING ERRCODE = '22023';
    END IF;
    SELECT a.max_attempts, a.time_limit_minutes INTO asked
    FROM {courses}.assessments a WHERE a.id = begin_attempt.assessment_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'begin_attempt: there is no assessment %', begin_attempt.assessment_id USING ERRCODE = '22023';
    END IF;
    SELECT t.id INTO attempt FROM {courses}.assessment_attempts t
    WHERE t.user_id = begin_attempt.user_id AND t.assessment_id = begin_attempt.assessment_id
      AND t.status = 'in_progress'
      AND (t.started_at + asked.time_limit_minutes * interval '1 minute' > now()) IS NOT FALSE
    ORDER BY t.started_at DESC LIMIT 1;
    IF FOUND THEN
        RETURN attempt;
    END IF;
    SELECT count(*) INTO taken FROM {courses}.assessment_attempts t
    WHERE t.user_id = begin_attempt.user_id AND t.assessment_id = begin_attempt.assessment_id;
    IF taken >= asked.max_attempts THEN
        RAISE EXCEPTION 'begin_attempt: all % attempts of this assessment are taken', asked.max_attempts
            USING ERRCODE = '22023', HINT = 'Raise max_attempts of the assessment, or offer another one.';
    END IF;
    INSERT INTO {courses}.assessment_attempts (user_id, assessment_id)
    VALUES (begin_attempt.user_id, begin_attempt.assessment_id) RETURNING id INTO attempt;
    RETURN attempt;
END $$
"""
PROGRESS = Plan(
    system="courses",
    revision="0002",
    document="learncraft.md",
    types={},
    functions={"begin_attempt(uuid, uuid)": _BEGIN},
    tables={},
    indexes={},
    checks={},
    triggers={},
    views={"learner_streaks": _STREAKS},
)
