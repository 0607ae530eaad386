"""What is to be done of each enrollment, given what the rules say and which row is open; all of it is one query."""

from __future__ import annotations

from bellwork.db.support.detection.figures import FIGURES
from bellwork.db.support.detection.rules import JUDGED, name_of, rank_of
from bellwork.db.support.tables.levels import Reason

_CODES = "ARRAY[" + ", ".join(f"'{each}'" for each in Reason) + "]"
_OPEN = "o.deleted_at IS NULL AND o.status IN ('pending', 'in_progress', 'escalated')"
#: An open row that an adopted table held before its checks stood: to write it would fail, and all others with it.
_SOUND = """
o.resolved_at IS NULL AND (o.assigned_trainer_id IS NULL) = (o.assigned_at IS NULL)
AND coalesce(o.outcome IN ('student_improved', 'student_completed', 'student_dropped', 'false_positive',
                           'needs_escalation'), true)
AND coalesce(o.intervention_type IN ('automated_email', 'trainer_notification', 'one_on_one_scheduled',
                                     'mentor_assigned', 'resource_recommended', 'deadline_extended', 'other'), true)
"""
# The open row: which of its reasons are the rules' and which a person's own, and the level that the rules said last.
_STANDING = f"""
SELECT j.*, o.id AS intervention_id, o.status, o.risk_level AS old_level, o.intervention_type AS old_type,
       o.cleared_at, o.notes AS old_notes, o.detected_level AS last_detected, o.id IS NULL OR ({_SOUND}) AS sound,
       coalesce(o.detected_level, o.risk_level) AS said_level,
       ARRAY(SELECT r FROM unnest(o.risk_reasons) r WHERE r = ANY({_CODES})) AS old_codes,
       ARRAY(SELECT r FROM unnest(o.risk_reasons) r WHERE r <> ALL({_CODES})) AS own_reasons
FROM judged j
LEFT JOIN {{support}}.student_interventions o ON o.enrollment_id = j.enrollment_id AND {_OPEN}
WHERE j.rank > 0 OR o.id IS NOT NULL
"""  # noqa: S608 - ours
# Low is never detected: a row may have it, and an unknown level of an adopted one ranks below all.
_WANTED = f"""
SELECT s.*, d.dismissed_at,
    CASE WHEN intervention_id IS NULL THEN 'opened'
         WHEN rank > 0 AND (rank IS DISTINCT FROM {rank_of("said_level")}
                            OR NOT (reasons @> old_codes AND reasons <@ old_codes)) THEN 'changed'
         WHEN rank > 0 AND cleared_at IS NOT NULL THEN 'returned'
         WHEN rank > 0 THEN NULL
         WHEN status = 'pending' AND own_reasons = '{{}}' THEN 'improved'
         WHEN cleared_at IS NULL AND old_codes <> '{{}}' THEN 'cleared'
    END AS wanted,
    CASE WHEN stopped_by IS NOT NULL THEN stopped_by
         WHEN NOT sound THEN 'the open row is older than the checks of student_interventions and breaks one; mend it'
         WHEN d.dismissed_at IS NOT NULL
         THEN 'dismissed at ' || to_char(d.dismissed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI "UTC"')
              || ', and the level has not risen since' END AS held_by
FROM standing s
LEFT JOIN LATERAL (
    SELECT coalesce(p.dismissed_at, p.updated_at) AS dismissed_at, p.risk_level
    FROM {{support}}.student_interventions p
    WHERE s.intervention_id IS NULL AND p.enrollment_id = s.enrollment_id AND p.deleted_at IS NULL
      AND p.status = 'dismissed' AND coalesce(p.dismissed_at, p.updated_at) > CAST(:held AS timestamptz)
    ORDER BY 1 DESC, p.id LIMIT 1
) AS d ON coalesce({rank_of("d.risk_level")}, 0) >= s.rank
"""  # noqa: S608 - ours
# What is held back again for the same reason is not written again.
_DECIDED = f"""
SELECT w.*, CASE WHEN held_by IS NULL THEN wanted ELSE 'held_back' END AS kind,
       CASE WHEN rank > 0 THEN {name_of("rank")} END AS level
FROM wanted w
WHERE wanted IS NOT NULL AND NOT (held_by IS NOT NULL AND EXISTS (
    SELECT FROM (
        SELECT l.kind, l.reason, l.level, l.reasons FROM {{support}}.decisions l
        WHERE l.enrollment_id = w.enrollment_id
          AND l.kind IN ('opened', 'changed', 'returned', 'cleared', 'improved', 'held_back')
        ORDER BY l.id DESC LIMIT 1
    ) AS l
    WHERE l.kind = 'held_back' AND l.reasons = w.reasons AND l.reason = w.held_by
      AND l.level IS NOT DISTINCT FROM CASE WHEN w.rank > 0 THEN {name_of("w.rank")} END))
"""  # noqa: S608 - ours
DECIDED = f"""
WITH figures AS ({FIGURES}), judged AS ({JUDGED}), standing AS ({_STANDING}), wanted AS ({_WANTED}),
     decided AS MATERIALIZED (SELECT d.*, gen_random_uuid() AS new_id FROM ({_DECIDED}) AS d)
"""  # noqa: S608 - ours
#: Kept beside the words, for whoever compares later.
_FIGURES = """jsonb_build_object(
    'attempts', d.attempts, 'failed', d.failed, 'scored', d.scored, 'average', round(d.points / nullif(d.scored, 0), 2),
    'completion', d.completion, 'days_enrolled', d.days_enrolled, 'last_active_at', d.last_active_at,
    'escalations', d.escalations)"""
#: The figures, of the open rows' notes the one line that is the rules'.
_NOTES = r"""concat_ws(E'\n', nullif(btrim(regexp_replace(coalesce(d.old_notes, ''), '(^|\n)Detected: [^\n]*', '', 'g'),
    E'\n'), ''), 'Detected: ' || d.said)"""
#: What a level calls for; of a type that a person chose the row keeps its own.
_TYPE = """CASE [level] WHEN 'low' THEN 'automated_email' WHEN 'medium' THEN 'trainer_notification'
    WHEN 'high' THEN 'one_on_one_scheduled' END"""
_NEW_LEVEL = f"""CASE
    WHEN d.own_reasons <> '{{}}' AND d.last_detected IS NULL
    THEN {name_of(f"greatest(d.rank, coalesce({rank_of('d.old_level')}, 0))")}
    WHEN d.level IS DISTINCT FROM d.said_level THEN d.level ELSE d.old_level END"""

WRITTEN = f"""
{DECIDED}, opened AS (
    INSERT INTO {{support}}.student_interventions AS n (
        id, student_id, enrollment_id, course_id, risk_level, risk_reasons, intervention_type, notes, created_at,
        updated_at, detected_level, figures)
    SELECT d.new_id, d.user_id, d.enrollment_id, d.course_id, d.level, d.reasons, {_TYPE.replace("[level]", "d.level")},
           {_NOTES}, :at, :at, d.level, {_FIGURES}
    FROM decided d WHERE d.kind = 'opened'
    ON CONFLICT (enrollment_id) WHERE deleted_at IS NULL AND status IN ('pending', 'in_progress', 'escalated')
    DO NOTHING
    RETURNING n.id, n.risk_level
), changed AS (
    UPDATE {{support}}.student_interventions o
    SET risk_level = d.new_level, risk_reasons = d.reasons || d.own_reasons, detected_level = d.level,
        notes = d.new_notes, figures = d.new_figures, cleared_at = NULL,
        raised_at = CASE WHEN {rank_of("d.new_level")} > coalesce({rank_of("d.old_level")}, 0)
                    THEN CAST(:at AS timestamptz) ELSE o.raised_at END,
        intervention_type = CASE
            WHEN d.old_type IS NULL
              OR d.new_level IS DISTINCT FROM d.old_level
                 AND d.old_type IN ({_TYPE.replace("[level]", "d.old_level")},
                                    CASE WHEN d.old_level = 'high' THEN 'mentor_assigned' END)
            THEN {_TYPE.replace("[level]", "d.new_level")} ELSE d.old_type END
    FROM (SELECT d.*, {_NEW_LEVEL} AS new_level, {_NOTES} AS new_notes, {_FIGURES} AS new_figures
          FROM decided d WHERE d.kind = 'changed') AS d
    WHERE o.id = d.intervention_id AND {_OPEN}
    RETURNING o.id, o.risk_level
), noted AS (
    UPDATE {{support}}.student_interventions o
    SET cleared_at = CASE d.kind WHEN 'cleared' THEN CAST(:at AS timestamptz) END
    FROM decided d WHERE d.kind IN ('cleared', 'returned') AND o.id = d.intervention_id AND {_OPEN}
    RETURNING o.id, o.risk_level
), improved AS (
    UPDATE {{support}}.student_interventions o
    SET status = 'resolved', outcome = 'student_improved', resolved_at = :at,
        resolution_notes = concat_ws(E'\\n', o.resolution_notes, 'No reason of detection is left.')
    FROM decided d WHERE d.kind = 'improved' AND o.id = d.intervention_id AND o.status = 'pending' AND {_OPEN}
    RETURNING o.id, o.risk_level
), done AS (
    SELECT * FROM opened UNION ALL SELECT * FROM changed UNION ALL SELECT * FROM noted UNION ALL SELECT * FROM improved
), recorded AS (
    INSERT INTO {{support}}.decisions (enrollment_id, intervention_id, at, kind, reason, level, reasons, figures)
    SELECT d.enrollment_id, coalesce(done.id, d.intervention_id), :at, d.kind,
           CASE d.kind
               WHEN 'held_back' THEN d.held_by
               WHEN 'improved' THEN 'no reason is left, and nobody had begun: resolved as student_improved'
               WHEN 'cleared' THEN 'no reason is left; a person who acts on it ends it'
               WHEN 'changed' THEN d.said || ' (before: ' || concat_ws(', ', d.old_level,
                                   nullif(array_to_string(d.old_codes, ', '), '')) || ')'
               ELSE d.said END,
           d.level, d.reasons, {_FIGURES}
    FROM decided d LEFT JOIN done ON done.id = CASE d.kind WHEN 'opened' THEN d.new_id ELSE d.intervention_id END
    WHERE done.id IS NOT NULL OR d.kind = 'held_back'
    RETURNING enrollment_id, intervention_id, kind, level
)
SELECT r.enrollment_id, r.intervention_id, r.kind, r.level, done.risk_level AS row_level
FROM recorded r LEFT JOIN done ON done.id = r.intervention_id AND r.kind <> 'held_back'
ORDER BY r.enrollment_id
"""  # noqa: S608 - ours
