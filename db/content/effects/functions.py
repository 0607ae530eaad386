"""SQL functions that count views, completions and ratings, and move a student's progress with a topic.

Locks are taken in one order: the student's progress, then the sums of the content, then the content's own row.
"""

from __future__ import annotations

#: Days, in UTC, of which event ids are kept; what says that it is older is refused.
KEPT_DAYS = 35
#: A topic is struggled with from so many requests and views on, or so many wishes for another lesson, if not completed.
TRIES, WISHES = 3, 2
#: Seconds of one view that are believed, and stretches of time that are told apart for one student and topic.
LONGEST, MOST_STRETCHES = 86_400, 1_000

_ADD_COUNTS = """
CREATE OR REPLACE FUNCTION {content}.add_counts(
    content text, more_views integer, more_completions integer, more_ratings integer, more_stars integer
) RETURNS void LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    counted record;
BEGIN
    INSERT INTO {content}.content_counts AS c (content_id, views, completions, ratings, stars)
    SELECT g.id, coalesce(g.view_count, 0) + more_views, coalesce(g.completion_count, 0) + more_completions,
           more_ratings, more_stars
    FROM {content}.generated_content g WHERE g.id = add_counts.content
    ON CONFLICT (content_id) DO UPDATE SET views = c.views + more_views,
        completions = c.completions + more_completions, ratings = c.ratings + more_ratings, stars = c.stars + more_stars
    RETURNING * INTO counted;
    UPDATE {content}.generated_content g SET
        view_count = least(counted.views, 2147483647), completion_count = least(counted.completions, 2147483647),
        average_rating = CASE WHEN counted.ratings > 0 THEN round(CAST(counted.stars AS numeric) / counted.ratings, 2)
                              ELSE g.average_rating END
    WHERE g.id = counted.content_id;
END $$
"""
_SECONDS_OF = """
CREATE OR REPLACE FUNCTION {content}.seconds_of(stretches tstzmultirange) RETURNS numeric
LANGUAGE sql IMMUTABLE STRICT SET search_path = pg_catalog, pg_temp AS $$
    SELECT coalesce(sum(extract(epoch FROM upper(stretch) - lower(stretch))), 0) FROM unnest(stretches) AS stretch
$$
"""
# What ended before the oldest event that is still taken cannot overlap with anything: its seconds are enough.
_SETTLE = """
CREATE OR REPLACE FUNCTION {content}.settle_progress(
    student text, topic text, content text DEFAULT NULL, at timestamptz DEFAULT NULL, more_views integer DEFAULT 0,
    is_completed boolean DEFAULT false, watched tstzmultirange DEFAULT '{}', more_wishes integer DEFAULT 0
) RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    stands {content}.student_progress%ROWTYPE;
    did record;
    asked bigint;
    seen timestamptz := CASE WHEN settle_progress.at IS NOT NULL THEN least(settle_progress.at, now()) END;
    past tstzmultirange := tstzmultirange(tstzrange(NULL, now() - interval '[kept] days' - interval '3 days'));
BEGIN
    INSERT INTO {content}.student_progress (student_id, topic_id) VALUES (student, topic) ON CONFLICT DO NOTHING;
    SELECT * INTO STRICT stands FROM {content}.student_progress p
    WHERE p.student_id = student AND p.topic_id = topic FOR NO KEY UPDATE;
    INSERT INTO {content}.topic_engagement (student_id, topic_id, earlier_seconds)
    VALUES (student, topic, coalesce(stands.total_time_seconds, 0)) ON CONFLICT DO NOTHING;
    UPDATE {content}.topic_engagement e SET
        earlier_seconds = e.earlier_seconds + {content}.seconds_of(e.stretches * past),
        stretches = e.stretches - past + CASE
            WHEN (SELECT count(*) FROM unnest(e.stretches)) < [stretches] THEN watched ELSE '{}' END,
        wishes = e.wishes + more_wishes
    WHERE e.student_id = student AND e.topic_id = topic RETURNING * INTO STRICT did;
    SELECT count(*) INTO asked FROM {content}.content_requests r WHERE r.student_id = student AND r.topic_id = topic;
    stands.view_count := coalesce(stands.view_count, 0) + more_views;
    stands.status := CASE
        WHEN is_completed OR stands.status = 'completed' THEN 'completed'
        WHEN asked + stands.view_count >= [tries] OR did.wishes >= [wishes] OR stands.status = 'struggling'
            THEN 'struggling'
        WHEN stands.view_count > 0 OR stands.status = 'in_progress' THEN 'in_progress'
        ELSE 'not_started' END;
    UPDATE {content}.student_progress p SET status = stands.status, view_count = stands.view_count,
        total_time_seconds = least(floor(did.earlier_seconds + {content}.seconds_of(did.stretches)), 2147483647),
        completed_at = CASE WHEN is_completed THEN least(p.completed_at, seen) ELSE p.completed_at END,
        content_id = CASE WHEN (seen, content) >= (p.last_viewed_at, coalesce(p.content_id, ''))
                            OR seen IS NOT NULL AND p.last_viewed_at IS NULL THEN content ELSE p.content_id END,
        last_viewed_at = greatest(p.last_viewed_at, seen)
    WHERE p.id = stands.id;
    RETURN stands.status;
END $$
"""
# The student is held against deletion; of two that deliver the same event one waits until the other has committed.
_TAKE_EVENT = """
CREATE OR REPLACE FUNCTION {content}.take_event(
    kind text, event_id text, student_id text, content_id text, at timestamptz
) RETURNS text LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    today timestamptz := date_trunc('day', now(), 'UTC');
    role text;
BEGIN
    IF coalesce(take_event.event_id, '') = '' OR length(take_event.event_id) > 140 THEN
        RAISE EXCEPTION '%: event_id is %; give the event''s own id, 1 to 140 characters, the same at each delivery',
            kind, coalesce(quote_literal(left(take_event.event_id, 40)), 'NULL') USING ERRCODE = '22023';
    ELSIF take_event.at IS NULL OR NOT isfinite(take_event.at) THEN
        RAISE EXCEPTION '%: at is %; say when it happened, the same at each delivery', kind,
            coalesce(quote_literal(take_event.at), 'NULL') USING ERRCODE = '22023';
    END IF;
    SELECT u.role INTO role FROM {content}.users u
    WHERE u.id = take_event.student_id AND u.deleted_at IS NULL FOR KEY SHARE;
    IF role IS DISTINCT FROM 'student' THEN
        RAISE EXCEPTION '%: % is %; name a student who has an account', kind,
            coalesce(quote_literal(take_event.student_id), 'student_id NULL'),
            coalesce('a ' || role, 'nobody here') USING ERRCODE = '22023';
    ELSIF NOT EXISTS (SELECT FROM {content}.generated_content g WHERE g.id = take_event.content_id) THEN
        RAISE EXCEPTION '%: there is no content %; name a row of generated_content', kind,
            coalesce(quote_literal(take_event.content_id), 'NULL') USING ERRCODE = '22023';
    ELSIF take_event.at < today - interval '[kept] days' THEN
        RETURN 'too old';
    ELSIF take_event.at >= today + interval '2 days' THEN
        RETURN 'too early';
    END IF;
    INSERT INTO bellwork.seen_events (source, event_id, day)
    VALUES ('content.' || kind, take_event.student_id || ':' || take_event.event_id,
            date_trunc('day', take_event.at, 'UTC'))
    ON CONFLICT DO NOTHING;
    RETURN CASE WHEN FOUND THEN 'counted' ELSE 'known' END;
END $$
"""
_NOTE_VIEW = """
CREATE OR REPLACE FUNCTION {content}.note_view(
    event_id text, student_id text, content_id text, seconds double precision, at timestamptz
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    came text;
    shown {content}.generated_content%ROWTYPE;
    began timestamptz;
    ended timestamptz := least(note_view.at, now());
BEGIN
    IF NOT coalesce(seconds >= 0 AND seconds < 'infinity', true) THEN
        RAISE EXCEPTION 'view: seconds is %; give the time watched until then, from 0 on, or NULL', seconds
            USING ERRCODE = '22023';
    END IF;
    came := {content}.take_event('view', note_view.event_id, note_view.student_id, note_view.content_id, note_view.at);
    IF came = 'counted' THEN
        SELECT * INTO shown FROM {content}.generated_content g WHERE g.id = note_view.content_id;
        began := greatest(note_view.at - make_interval(secs => least(coalesce(seconds, 0), [longest])),
                          shown.created_at);
        PERFORM {content}.settle_progress(note_view.student_id, shown.topic_id, note_view.content_id, note_view.at, 1,
            watched => CASE WHEN began < ended THEN tstzmultirange(tstzrange(began, ended)) ELSE '{}' END);
        PERFORM {content}.add_counts(note_view.content_id, 1, 0, 0, 0);
    END IF;
    RETURN came;
END $$
"""
_NOTE_COMPLETION = """
CREATE OR REPLACE FUNCTION {content}.note_completion(
    event_id text, student_id text, content_id text, at timestamptz
) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    came text := {content}.take_event(
        'completion', note_completion.event_id, note_completion.student_id, note_completion.content_id,
        note_completion.at);
BEGIN
    IF came = 'counted' THEN
        PERFORM {content}.settle_progress(note_completion.student_id, g.topic_id, g.id, note_completion.at,
                                          is_completed => true)
        FROM {content}.generated_content g WHERE g.id = note_completion.content_id;
        PERFORM {content}.add_counts(note_completion.content_id, 0, 1, 0, 0);
    END IF;
    RETURN came;
END $$
"""
_NOTE_FEEDBACK = """
CREATE OR REPLACE FUNCTION {content}.note_feedback(feedback_id text) RETURNS bigint
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM {content}.feedback f WHERE f.id = note_feedback.feedback_id) THEN
        RAISE EXCEPTION 'note_feedback: there is no feedback %; insert the row first, in the same transaction',
            coalesce(quote_literal(note_feedback.feedback_id), 'NULL') USING ERRCODE = '22023';
    END IF;
    RETURN bellwork.enqueue(
        'content.apply_feedback', jsonb_build_object('feedback_id', note_feedback.feedback_id), queue => 'content',
        unique_key => 'content.apply_feedback:' || note_feedback.feedback_id);
END $$
"""
_NOTE_INSERTED = """
CREATE OR REPLACE FUNCTION {content}.note_inserted_feedback() RETURNS trigger
LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    PERFORM {content}.note_feedback(n.id) FROM (SELECT id FROM new_rows ORDER BY id) AS n;
    RETURN NULL;
END $$
"""
_WATCH = """
CREATE OR REPLACE FUNCTION {content}.watch_feedback(watch boolean DEFAULT true) RETURNS void
LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
BEGIN
    IF watch THEN
        ALTER TABLE {content}.feedback ENABLE TRIGGER note_inserted;
    ELSE
        ALTER TABLE {content}.feedback DISABLE TRIGGER note_inserted;
    END IF;
END $$
"""
_NUMBERS = {
    "[kept]": KEPT_DAYS,
    "[tries]": TRIES,
    "[wishes]": WISHES,
    "[longest]": LONGEST,
    "[stretches]": MOST_STRETCHES,
}


def _with_numbers(text: str) -> str:
    for name, number in _NUMBERS.items():
        text = text.replace(name, str(number))
    return text


FUNCTIONS = {
    signature: _with_numbers(text)
    for signature, text in {
        "add_counts(text, integer, integer, integer, integer)": _ADD_COUNTS,
        "seconds_of(tstzmultirange)": _SECONDS_OF,
        "settle_progress(text, text, text, timestamp with time zone, integer, boolean, tstzmultirange, integer)": (
            _SETTLE
        ),
        "take_event(text, text, text, text, timestamp with time zone)": _TAKE_EVENT,
        "note_view(text, text, text, double precision, timestamp with time zone)": _NOTE_VIEW,
        "note_completion(text, text, text, timestamp with time zone)": _NOTE_COMPLETION,
        "note_feedback(text)": _NOTE_FEEDBACK,
        "note_inserted_feedback()": _NOTE_INSERTED,
        "watch_feedback(boolean)": _WATCH,
    }.items()
}
#: Those that are for API layers and workers alone.
CALLED = ("note_view", "note_completion", "note_feedback")
