"""What people do with an intervention, as functions for callers in any language; each goes by compare-and-set.

A row is locked before its enrollment, whose flags a trigger writes, as detection does. So whoever ends an enrollment
does not touch its row: a job does that a moment later, in the same order as all others.
"""

from __future__ import annotations

from bellwork.db.support.sound import SOUND

#: Days that a snooze may last, and characters of a note.
LONGEST_SNOOZE, LONGEST_NOTE = 30, 4_000

# Days that are no Saturday and no Sunday in the zone count, whole: with 23 or 25 hours where the clock changes.
_WORKING_TIME = """
        CREATE OR REPLACE FUNCTION {support}.working_time(since timestamptz, until timestamptz, zone text)
        RETURNS interval LANGUAGE sql STABLE SET search_path = pg_catalog, pg_temp AS $$
        SELECT CASE WHEN $3 IS NULL THEN $2 - $1 ELSE coalesce((
            SELECT sum(least($2, (d + interval '1 day') AT TIME ZONE $3) - greatest($1, d AT TIME ZONE $3))
            FROM generate_series(date_trunc('day', $1 AT TIME ZONE $3),
                                 least($2, $1 + interval '30 days') AT TIME ZONE $3, interval '1 day') AS d
            WHERE extract(isodow FROM d) < 6), interval '0') END
        $$
"""
# The row, locked, or an error that says what is wrong with the id.
_TAKE = """
        CREATE OR REPLACE FUNCTION {support}.take_intervention(function_name text, intervention_id uuid)
        RETURNS {support}.student_interventions
        LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            taken {support}.student_interventions;
        BEGIN
            SELECT i.* INTO taken FROM {support}.student_interventions i
            WHERE i.id = take_intervention.intervention_id AND i.deleted_at IS NULL FOR NO KEY UPDATE;
            IF NOT FOUND THEN
                RAISE EXCEPTION '%: there is no intervention %; give the id of a row of student_interventions',
                    function_name, coalesce(CAST(take_intervention.intervention_id AS text), 'NULL')
                    USING ERRCODE = '22023';
            END IF;
            RETURN taken;
        END $$
"""
_CHECK_NOTE = f"""
        CREATE OR REPLACE FUNCTION {{support}}.checked_note(function_name text, note text) RETURNS text
        LANGUAGE plpgsql IMMUTABLE SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            IF length(note) > {LONGEST_NOTE} THEN
                RAISE EXCEPTION '%: the note has % characters; {LONGEST_NOTE} are kept at most', function_name,
                    length(note) USING ERRCODE = '22023';
            END IF;
            RETURN nullif(btrim(note), '');
        END $$
"""
_CONTACT = """
        CREATE OR REPLACE FUNCTION {support}.note_contact(
            intervention_id uuid, trainer_id uuid DEFAULT NULL, note text DEFAULT NULL) RETURNS text
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            said text := {support}.checked_note('note_contact', note_contact.note);
            taken {support}.student_interventions :=
                {support}.take_intervention('note_contact', note_contact.intervention_id);
        BEGIN
            IF taken.status NOT IN ('pending', 'in_progress', 'escalated') THEN
                RAISE EXCEPTION 'note_contact: intervention % is %; contact is noted while it is open', taken.id,
                    taken.status USING ERRCODE = '22023';
            END IF;
            IF trainer_id = taken.student_id THEN
                RAISE EXCEPTION 'note_contact: % is the student of intervention %; give the id of who made contact',
                    trainer_id, taken.id USING ERRCODE = '22023';
            END IF;
            IF trainer_id IS NOT NULL AND NOT EXISTS (
                SELECT FROM {support}.user_profiles u WHERE u.id = note_contact.trainer_id) THEN
                RAISE EXCEPTION 'note_contact: there is nobody % in user_profiles; give the id of who made contact',
                    trainer_id USING ERRCODE = '22023';
            END IF;
            UPDATE {support}.student_interventions i SET
                status = CASE taken.status WHEN 'pending' THEN 'in_progress' ELSE taken.status END,
                assigned_trainer_id = coalesce(taken.assigned_trainer_id, note_contact.trainer_id),
                assigned_at = CASE WHEN coalesce(taken.assigned_trainer_id, note_contact.trainer_id) IS NOT NULL
                                   THEN coalesce(taken.assigned_at, now()) END,
                contacted_at = coalesce(taken.contacted_at, now()),
                contacted_by = coalesce(taken.contacted_by, note_contact.trainer_id, taken.assigned_trainer_id),
                trainer_notes = CASE WHEN right(E'\\n' || taken.trainer_notes, length(said) + 1) = E'\\n' || said
                                     THEN taken.trainer_notes
                                     ELSE nullif(concat_ws(E'\\n', taken.trainer_notes, said), '') END
            WHERE i.id = taken.id;
            IF taken.contacted_at IS NULL THEN
                INSERT INTO {support}.decisions (enrollment_id, intervention_id, kind, reason, level, reasons)
                VALUES (taken.enrollment_id, taken.id, 'contacted', 'somebody made contact with the student',
                        taken.risk_level, taken.risk_reasons);
            END IF;
            RETURN CASE taken.status WHEN 'pending' THEN 'in_progress' ELSE taken.status END;
        END $$
"""
_SNOOZE = f"""
        CREATE OR REPLACE FUNCTION {{support}}.snooze(
            intervention_id uuid, until timestamptz, reason text DEFAULT NULL) RETURNS timestamptz
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            said text := {{support}}.checked_note('snooze', snooze.reason);
            taken {{support}}.student_interventions :=
                {{support}}.take_intervention('snooze', snooze.intervention_id);
        BEGIN
            IF taken.status NOT IN ('pending', 'in_progress') THEN
                RAISE EXCEPTION 'snooze: intervention % is %; what is pending or in_progress can be put off', taken.id,
                    taken.status USING ERRCODE = '22023';
            END IF;
            IF snooze.until IS NOT NULL AND (snooze.until <= now()
                OR snooze.until > now() + interval '{LONGEST_SNOOZE} days') THEN
                RAISE EXCEPTION 'snooze: until is %; give a moment of the next {LONGEST_SNOOZE} days, or NULL to end '
                    'the snooze', snooze.until USING ERRCODE = '22023';
            END IF;
            IF taken.snoozed_until IS DISTINCT FROM snooze.until THEN
                UPDATE {{support}}.student_interventions i SET snoozed_until = snooze.until WHERE i.id = taken.id;
                INSERT INTO {{support}}.decisions (enrollment_id, intervention_id, kind, reason, level, reasons)
                VALUES (taken.enrollment_id, taken.id, 'snoozed', concat_ws(': ', CASE WHEN snooze.until IS NULL
                            THEN 'it is put off no longer' ELSE format('it is put off until %s', to_char(
                                snooze.until AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI"Z"')) END, said),
                        taken.risk_level, taken.risk_reasons);
            END IF;
            RETURN snooze.until;
        END $$
"""  # noqa: S608 - ours
# [name], [into], [outcome] and [sets] differ; whoever says the same again is told that it was so before.
_END = """
        CREATE OR REPLACE FUNCTION {support}.[name](intervention_id uuid, [parameters]note text DEFAULT NULL)
        RETURNS boolean
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            said text := {support}.checked_note('[name]', [name].note);
            taken {support}.student_interventions :=
                {support}.take_intervention('[name]', [name].intervention_id);
        BEGIN
            [checks]IF taken.status = '[into]' AND taken.outcome IS NOT DISTINCT FROM [outcome] THEN
                RETURN false;
            END IF;
            IF taken.status NOT IN ('pending', 'in_progress', 'escalated') THEN
                RAISE EXCEPTION '[name]: intervention % is % already%', taken.id, taken.status,
                    coalesce(' as ' || taken.outcome, '') USING ERRCODE = '22023';
            END IF;
            UPDATE {support}.student_interventions i SET status = '[into]', outcome = [outcome],
                [sets]resolution_notes = nullif(concat_ws(E'\\n', taken.resolution_notes, said), '')
            WHERE i.id = taken.id;
            INSERT INTO {support}.decisions (enrollment_id, intervention_id, kind, reason, level, reasons)
            VALUES (taken.enrollment_id, taken.id, '[into]', 'somebody ended it as ' || [outcome], taken.risk_level,
                    taken.risk_reasons);
            RETURN true;
        END $$
"""
_OUTCOMES = ("student_improved", "student_completed", "student_dropped", "false_positive", "needs_escalation")
_CHECK_OUTCOME = f"""IF outcome IS NULL OR outcome NOT IN ({", ".join(f"'{each}'" for each in _OUTCOMES)}) THEN
                RAISE EXCEPTION 'resolve_intervention: outcome is %; it is one of {", ".join(_OUTCOMES)}',
                    coalesce(quote_literal(left(outcome, 60)), 'NULL') USING ERRCODE = '22023';
            END IF;
            """


def _ending(**parts: str) -> str:
    text = _END
    for name, part in parts.items():
        text = text.replace(f"[{name}]", part)
    return text


_RESOLVE = _ending(
    name="resolve_intervention",
    parameters="outcome text, ",
    checks=_CHECK_OUTCOME,
    into="resolved",
    outcome="resolve_intervention.outcome",
    sets="resolved_at = now(), ",
)
_DISMISS = _ending(
    name="dismiss_intervention", parameters="", checks="", into="dismissed", outcome="'false_positive'", sets=""
)
# An enrollment that ends decides what came of its open intervention: a job of the commit that ends it sees to that.
_SETTLE = """
        CREATE OR REPLACE FUNCTION {support}.settle_enrollments() RETURNS trigger
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        BEGIN
            PERFORM {support}.look_at(n.id)
            FROM old_rows o JOIN new_rows n USING (id)
            WHERE n.status IN ('completed', 'dropped') AND n.status IS DISTINCT FROM o.status AND n.is_at_risk;
            RETURN NULL;
        END $$
"""
# Rows are locked in detection's order; one that breaks a check is left alone, so that it stops no other.
_SETTLE_ENDED = """
        CREATE OR REPLACE FUNCTION {support}.settle_ended(enrollments uuid[]) RETURNS bigint
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
        DECLARE
            settled bigint;
        BEGIN
            WITH held AS MATERIALIZED (
                SELECT i.id FROM {support}.student_interventions i
                WHERE i.enrollment_id = ANY(enrollments) AND i.deleted_at IS NULL
                  AND i.status IN ('pending', 'in_progress', 'escalated') AND [sound]
                ORDER BY i.enrollment_id FOR NO KEY UPDATE
            ), ended AS (
                UPDATE {support}.student_interventions i
                SET status = 'resolved', resolved_at = now(), outcome = 'student_' || e.status,
                    resolution_notes = concat_ws(E'\\n', i.resolution_notes, 'the enrollment was ' || e.status)
                FROM held, {support}.student_enrollments e
                WHERE i.id = held.id AND e.id = i.enrollment_id AND e.status IN ('completed', 'dropped')
                  AND i.deleted_at IS NULL AND i.status IN ('pending', 'in_progress', 'escalated')
                RETURNING i.id, i.enrollment_id, i.risk_level, i.risk_reasons, e.status
            )
            INSERT INTO {support}.decisions (enrollment_id, intervention_id, kind, reason, level, reasons)
            SELECT enrollment_id, id, 'resolved', 'the enrollment was ' || status, risk_level, risk_reasons FROM ended;
            GET DIAGNOSTICS settled = ROW_COUNT;
            RETURN settled;
        END $$
""".replace("[sound]", SOUND)
_AT = "timestamp with time zone"
FUNCTIONS = {
    f"working_time({_AT}, {_AT}, text)": _WORKING_TIME,
    "take_intervention(text, uuid)": _TAKE,
    "checked_note(text, text)": _CHECK_NOTE,
    "note_contact(uuid, uuid, text)": _CONTACT,
    f"snooze(uuid, {_AT}, text)": _SNOOZE,
    "resolve_intervention(uuid, text, text)": _RESOLVE,
    "dismiss_intervention(uuid, text)": _DISMISS,
    "settle_ended(uuid[])": _SETTLE_ENDED,
    "settle_enrollments()": _SETTLE,
}
TRIGGERS = {
    "student_enrollments": {
        "interventions_of_ended": "AFTER UPDATE ON {support}.student_enrollments"
        " REFERENCING OLD TABLE AS old_rows NEW TABLE AS new_rows"
        " FOR EACH STATEMENT EXECUTE FUNCTION {support}.settle_enrollments()"
    }
}
