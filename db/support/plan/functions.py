"""Functions for callers in any language: an input is noted once, and its enrollment is looked at after the commit."""

from __future__ import annotations

from bellwork.db.support.plan.flags import FLAGS

# A key that another open transaction inserts would be waited for until its commit, and two that note enrollments in
# different orders would wait for each other. So a transaction takes the first slot of an enrollment's bucket (one of
# 256, so that its locks are bounded) that no other open one has: usually the only one, so that events coalesce.
_LOOK = """
        CREATE OR REPLACE FUNCTION {support}.look_at(enrollment_id uuid) RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            bucket integer := CAST(hashtextextended(CAST(look_at.enrollment_id AS text), 0) & 255 AS integer);
            slot integer := 0;
        BEGIN
            WHILE NOT pg_try_advisory_xact_lock(1937076336, bucket * 1000 + slot) LOOP
                slot := slot + 1;
            END LOOP;
            PERFORM bellwork.enqueue(
                'support.detect_risk', jsonb_build_object('enrollment_id', look_at.enrollment_id), queue => 'support',
                unique_key => 'support.detect_risk:' || look_at.enrollment_id || ':' || slot,
                unique_while => 'waiting');
        END $$
"""
# What is to be true of every input; a moment of a clock that is a little ahead is taken as now.
_CHECK = """
        CREATE OR REPLACE FUNCTION {support}.checked_moment(
            function_name text, source_id text, enrollment_id uuid, at timestamptz) RETURNS timestamptz
        LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            IF checked_moment.source_id IS NULL OR checked_moment.source_id !~ '^[^[:cntrl:]]{1,200}$'
               OR checked_moment.source_id !~ '[^[:space:]]' THEN
                RAISE EXCEPTION '%: source_id is %; give the id by which you know this event, 1 to 200 characters '
                    'without control characters', function_name,
                    coalesce(quote_literal(left(checked_moment.source_id, 60)), 'NULL') USING ERRCODE = '22023';
            END IF;
            IF checked_moment.at IS NULL OR NOT isfinite(checked_moment.at) THEN
                RAISE EXCEPTION '%: at is %; give the time of the event', function_name,
                    coalesce(CAST(checked_moment.at AS text), 'NULL') USING ERRCODE = '22023';
            END IF;
            IF checked_moment.at < timestamptz '1970-01-01 00:00+00' THEN
                RAISE EXCEPTION '%: at is %, which is before 1970; give the time at which it happened',
                    function_name, checked_moment.at USING ERRCODE = '22023';
            END IF;
            IF checked_moment.at > clock_timestamp() + interval '5 minutes' THEN
                RAISE EXCEPTION '%: at is %, which lies ahead: it is % here; give the time at which it happened',
                    function_name, checked_moment.at, clock_timestamp() USING ERRCODE = '22023';
            END IF;
            PERFORM FROM {support}.student_enrollments e WHERE e.id = checked_moment.enrollment_id FOR KEY SHARE;
            IF NOT FOUND THEN
                RAISE EXCEPTION '%: there is no enrollment %; give the id of a row of student_enrollments',
                    function_name, coalesce(CAST(checked_moment.enrollment_id AS text), 'NULL')
                    USING ERRCODE = '22023';
            END IF;
            RETURN least(checked_moment.at, clock_timestamp());
        END $$
"""
_NOTE = """
        CREATE OR REPLACE FUNCTION {support}.[name](
            source_id text, enrollment_id uuid, [parameters]at timestamptz) RETURNS boolean
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            moment timestamptz := {support}.checked_moment(
                '[name]', [name].source_id, [name].enrollment_id, [name].at);
        BEGIN
            [checks]INSERT INTO {support}.[table] (source_id, enrollment_id, [columns][moment])
            VALUES ([name].source_id, [name].enrollment_id, [values]moment)
            ON CONFLICT ON CONSTRAINT [table]_pkey DO NOTHING;
            IF NOT FOUND THEN
                RETURN false;
            END IF;
            PERFORM {support}.look_at([name].enrollment_id);
            RETURN true;
        END $$
"""
_CHECKS_OF_QUIZ = """IF note_quiz_attempt.passed IS NULL THEN
                RAISE EXCEPTION 'note_quiz_attempt: passed is NULL; say true or false, once the attempt is graded'
                    USING ERRCODE = '22023';
            END IF;
            IF NOT note_quiz_attempt.score BETWEEN 0 AND 100 THEN
                RAISE EXCEPTION 'note_quiz_attempt: score is %; it is 0 to 100, or NULL where there is none',
                    note_quiz_attempt.score USING ERRCODE = '22023';
            END IF;
            """


def _noting(name: str, table: str, moment: str, **more: str) -> str:
    text = _NOTE
    for part in ("parameters", "checks", "columns", "values"):
        text = text.replace(f"[{part}]", more.get(part, ""))
    return text.replace("[name]", name).replace("[table]", table).replace("[moment]", moment)


_QUIZ = {
    "parameters": "passed boolean, score numeric, ",
    "checks": _CHECKS_OF_QUIZ,
    "columns": "passed, score, ",
    "values": "note_quiz_attempt.passed, note_quiz_attempt.score, ",
}
_AT = "timestamp with time zone"
FUNCTIONS = {
    **FLAGS,
    "look_at(uuid)": _LOOK,
    f"checked_moment(text, text, uuid, {_AT})": _CHECK,
    f"note_quiz_attempt(text, uuid, boolean, numeric, {_AT})": _noting(
        "note_quiz_attempt", "quiz_attempts", "submitted_at", **_QUIZ
    ),
    f"note_topic_completion(text, uuid, {_AT})": _noting("note_topic_completion", "topic_completions", "completed_at"),
    f"note_escalation(text, uuid, {_AT})": _noting("note_escalation", "escalations", "escalated_at"),
}
