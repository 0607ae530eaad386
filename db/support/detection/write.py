"""Writes what was decided, in one statement: rows are opened, changed, noted or resolved, decisions are recorded."""

from __future__ import annotations

from bellwork.db.support.detection.decide import HELD_AGAIN
from bellwork.db.support.detection.rules import rank_of

#: What a level calls for; a type that a person chose stays.
_TYPE = """CASE [level] WHEN 'low' THEN 'automated_email' WHEN 'medium' THEN 'trainer_notification'
    WHEN 'high' THEN 'one_on_one_scheduled' END"""


def _type_of(level: str) -> str:
    return _TYPE.replace("[level]", level)


# Each UPDATE compares what it found when it was decided.
_SAME = "o.id = d.intervention_id AND o.deleted_at IS NULL AND (o.status || '') = d.status"
#: `:decided` is a JSON array of rows of DECIDED.
WRITTEN = f"""
WITH asked AS MATERIALIZED (
    SELECT d.*, CASE WHEN d.kind = 'opened' THEN gen_random_uuid() ELSE d.intervention_id END AS id
    FROM jsonb_to_recordset(CAST(:decided AS jsonb)) AS d(
        enrollment_id uuid, user_id uuid, course_id uuid, intervention_id uuid, status text, reasons text[],
        own_reasons text[], old_level text, old_type text, old_codes text[], kind text, held_by text, level text,
        new_level text, said text, notes text, figures jsonb)
), opened AS (
    INSERT INTO {{support}}.student_interventions AS n (
        id, student_id, enrollment_id, course_id, risk_level, risk_reasons, intervention_type, notes, created_at,
        updated_at, detected_level, figures)
    SELECT d.id, d.user_id, d.enrollment_id, d.course_id, d.level, d.reasons, {_type_of("d.level")}, d.notes, :at, :at,
           d.level, d.figures
    FROM asked d WHERE d.kind = 'opened'
    ON CONFLICT (enrollment_id) WHERE deleted_at IS NULL AND status IN ('pending', 'in_progress', 'escalated')
    DO NOTHING
    RETURNING n.id, n.risk_level
), changed AS (
    UPDATE {{support}}.student_interventions o
    SET risk_level = CASE WHEN d.kind = 'changed' THEN d.new_level ELSE o.risk_level END,
        risk_reasons = CASE WHEN d.kind = 'changed' THEN d.reasons || d.own_reasons ELSE o.risk_reasons END,
        detected_level = CASE WHEN d.kind = 'changed' THEN d.level ELSE o.detected_level END,
        notes = CASE WHEN d.kind = 'changed' THEN d.notes ELSE o.notes END,
        figures = CASE WHEN d.kind = 'changed' THEN d.figures ELSE o.figures END,
        raised_at = CASE WHEN d.kind = 'changed' AND {rank_of("d.new_level")} > coalesce({rank_of("d.old_level")}, 0)
                    THEN CAST(:at AS timestamptz) ELSE o.raised_at END,
        intervention_type = CASE
            WHEN d.kind = 'changed' AND (d.old_type IS NULL OR d.new_level IS DISTINCT FROM d.old_level AND (
                d.old_type = {_type_of("d.old_level")} OR (d.old_level, d.old_type) = ('high', 'mentor_assigned')))
            THEN {_type_of("d.new_level")} ELSE o.intervention_type END,
        cleared_at = CASE d.kind WHEN 'cleared' THEN CAST(:at AS timestamptz) WHEN 'improved' THEN o.cleared_at END,
        status = CASE d.kind WHEN 'improved' THEN 'resolved' ELSE o.status END,
        outcome = CASE d.kind WHEN 'improved' THEN 'student_improved' ELSE o.outcome END,
        resolved_at = CASE d.kind WHEN 'improved' THEN CAST(:at AS timestamptz) END,
        resolution_notes = CASE d.kind
            WHEN 'improved' THEN concat_ws(E'\\n', o.resolution_notes, 'No reason of detection is left.')
            ELSE o.resolution_notes END
    FROM asked d WHERE d.kind IN ('changed', 'returned', 'cleared', 'improved') AND {_SAME}
    RETURNING o.id, o.risk_level
), done AS (
    SELECT * FROM opened UNION ALL SELECT * FROM changed
), recorded AS (
    INSERT INTO {{support}}.decisions (enrollment_id, intervention_id, at, kind, reason, level, reasons, figures)
    SELECT d.enrollment_id, d.id, :at, d.kind,
           CASE d.kind
               WHEN 'held_back' THEN d.held_by
               WHEN 'improved' THEN 'no reason is left, and nobody had begun: resolved as student_improved'
               WHEN 'cleared' THEN 'no reason is left; a person who acts on it ends it'
               WHEN 'changed' THEN d.said || ' (before: ' || concat_ws(', ', d.old_level,
                                   nullif(array_to_string(d.old_codes, ', '), '')) || ')'
               ELSE d.said END,
           d.level, d.reasons, d.figures
    FROM asked d
    WHERE CASE WHEN d.kind = 'held_back' THEN NOT ({HELD_AGAIN}) ELSE d.id IN (SELECT id FROM done) END
    RETURNING enrollment_id, intervention_id, kind, level
)
SELECT r.enrollment_id, r.intervention_id, r.kind, r.level, done.risk_level AS row_level
FROM recorded r LEFT JOIN done ON done.id = r.intervention_id
ORDER BY r.enrollment_id
"""  # noqa: S608 - ours
