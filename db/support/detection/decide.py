"""What is to be done of each enrollment, given what the rules say and which row is open; all of it is one query.

Each stage ends with OFFSET 0, which keeps the planner from writing its expressions into every place that reads them:
else planning one enrollment takes several times as long as looking at it.
"""

from __future__ import annotations

from bellwork.db.support.detection.figures import FIGURES, MOMENT
from bellwork.db.support.detection.rules import JUDGED, SAID, name_of, rank_of
from bellwork.db.support.sound import sound, told_apart
from bellwork.db.support.words import Reason

_CODES = "ARRAY[" + ", ".join(f"'{each}'" for each in Reason) + "]"
# The status is no bare column, so that no index of statuses fits: rows are looked up by their enrollment. Before a
# table that grew at once is analyzed, the planner would take it for empty, and read all open rows for each enrollment.
_OPEN = "o.deleted_at IS NULL AND (o.status || '') IN ('pending', 'in_progress', 'escalated')"
# The open row: which of its reasons are the rules' and which a person's own, and the level that the rules said last.
_STANDING = f"""
SELECT j.*, o.*
FROM judged j
LEFT JOIN LATERAL (
    SELECT o.id AS intervention_id, o.status, o.risk_level AS old_level, o.intervention_type AS old_type,
           o.cleared_at, o.notes AS old_notes, o.detected_level, coalesce(o.detected_level, o.risk_level) AS said_level,
           ({sound("o")}) IS FALSE AS broken, ({told_apart("o")}) IS FALSE AS unreadable,
           ARRAY(SELECT r FROM unnest(o.risk_reasons) r WHERE r = ANY({_CODES})) AS old_codes,
           ARRAY(SELECT r FROM unnest(o.risk_reasons) r WHERE r <> ALL({_CODES})) AS own_reasons
    FROM {{support}}.student_interventions o WHERE o.enrollment_id = j.enrollment_id AND {_OPEN} LIMIT 1
) AS o ON true
WHERE j.rank > 0 OR o.intervention_id IS NOT NULL
OFFSET 0
"""  # noqa: S608 - ours
#: When a person ended a row as a false positive, in either way.
_DISMISSED_AT = "coalesce(p.dismissed_at, p.resolved_at, p.updated_at)"
# Low is never detected: a row may have it, and an unknown level of an adopted one ranks below all.
_WANTED = f"""
SELECT s.*,
    CASE WHEN intervention_id IS NULL THEN 'opened'
         WHEN rank > 0 AND (rank IS DISTINCT FROM {rank_of("said_level")}
                            OR NOT (reasons @> old_codes AND reasons <@ old_codes)) THEN 'changed'
         WHEN rank > 0 AND cleared_at IS NOT NULL THEN 'returned'
         WHEN rank > 0 THEN NULL
         WHEN status = 'pending' AND own_reasons = '{{}}' THEN 'improved'
         WHEN cleared_at IS NULL AND old_codes <> '{{}}' THEN 'cleared'
    END AS wanted,
    CASE WHEN stopped_by IS NOT NULL THEN stopped_by
         WHEN broken OR (unreadable AND rank = 0)
         THEN 'the open row is older than the checks of student_interventions and breaks one; mend it'
         WHEN intervention_id IS NULL THEN (
             SELECT 'dismissed at ' || to_char({_DISMISSED_AT} AT TIME ZONE 'UTC', {MOMENT})
                    || ', and the level has not risen since'
             FROM {{support}}.student_interventions p
             WHERE p.enrollment_id = s.enrollment_id AND p.deleted_at IS NULL
               AND ((p.status || '') = 'dismissed'
                    OR ((p.status || ''), p.outcome) = ('resolved', 'false_positive'))
               AND {_DISMISSED_AT} > CAST(:held AS timestamptz)
               AND {rank_of("p.risk_level")} >= s.rank
             ORDER BY {_DISMISSED_AT} DESC, p.id LIMIT 1)
    END AS held_by
FROM standing s
OFFSET 0
"""  # noqa: S608 - ours
#: Of the open rows' notes the one line that is the rules'.
_NOTES = rf"""concat_ws(E'\n', nullif(btrim(regexp_replace(coalesce(old_notes, ''), '(^|\n)Detected: [^\n]*', '', 'g'),
    E'\n'), ''), 'Detected: ' || {SAID})"""
#: Kept beside the words, for whoever compares later.
_FIGURES = """jsonb_build_object(
    'attempts', attempts, 'failed', failed, 'scored', scored, 'average', round(points / nullif(scored, 0), 2),
    'completion', completion, 'days_enrolled', days_enrolled, 'last_active_at', last_active_at,
    'escalations', escalations)"""
#: A level that a trainer set stands until the rules say another one than they did; of a row that a person opened the
#: higher one counts at first.
_NEW_LEVEL = f"""CASE
    WHEN own_reasons <> '{{}}' AND detected_level IS NULL AND rank > 0
    THEN {name_of(f"greatest(rank, {rank_of('old_level')})")}
    WHEN rank IS DISTINCT FROM {rank_of("said_level")} THEN {name_of("rank")} ELSE old_level END"""

#: Of whom there is something to decide, and all that is to be written of them; `kind` is the decision's.
DECIDED = f"""
WITH figures AS ({FIGURES}), judged AS ({JUDGED}), standing AS ({_STANDING}), wanted AS ({_WANTED})
SELECT enrollment_id, user_id, course_id, intervention_id, status, reasons, own_reasons, old_level, old_type,
       old_codes, CASE WHEN held_by IS NULL THEN wanted ELSE 'held_back' END AS kind, held_by,
       {name_of("rank")} AS level, {_NEW_LEVEL} AS new_level, {SAID} AS said, {_NOTES} AS notes, {_FIGURES} AS figures
FROM wanted WHERE wanted IS NOT NULL
"""  # noqa: S608 - ours

#: Whether a decision of `d`, to hold back, is the enrollment's last one already; it is not written again.
HELD_AGAIN = """
d.kind = 'held_back' AND EXISTS (
    SELECT FROM (
        SELECT l.kind, l.reason, l.level, l.reasons FROM {support}.decisions l
        WHERE l.enrollment_id = d.enrollment_id
          AND l.kind IN ('opened', 'changed', 'returned', 'cleared', 'improved', 'held_back')
        ORDER BY l.id DESC LIMIT 1
    ) AS l
    WHERE (l.kind, l.reason, l.reasons) = ('held_back', d.held_by, d.reasons) AND l.level IS NOT DISTINCT FROM d.level)
"""
