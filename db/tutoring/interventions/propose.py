"""Looks at predictions that nobody looked at yet, and begins the interventions that the rules want; one statement.

A rule that fires is held back by fewer than three completed sessions, by a week that has not lasted, by an open
intervention of its type, by one of the last 7 days, by an earlier rule of the same type, or by five earlier ones. Which
rule fired, which was held back and why is kept in `explanations`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellwork.db.sql import sql
from bellwork.db.tutoring.interventions.facts import FACTS
from bellwork.db.tutoring.interventions.rules import (
    AUTOMATIC,
    COOLDOWN,
    LASTING_DAYS,
    LEAST_SESSIONS,
    MOST_AT_ONCE,
    RULES,
)

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

    from bellwork.db.tutoring.interventions.rules import Rule


def _row(rule: Rule) -> str:
    lasting = "NULL::int" if rule.lasting is None else rule.lasting
    return (
        f"({rule.number}, '{rule.type}', {rule.due_days}, '{rule.who}', {lasting},"
        f" coalesce({rule.fires}, false), {rule.says})"
    )


#: Every rule for every tutor of `f`: whether it fires, and its sentence.
VERDICTS = f"""
verdicts AS (
    SELECT f.*, r.* FROM f CROSS JOIN LATERAL (
        VALUES {", ".join(_row(rule) for rule in RULES)}
    ) AS r(rule, type, due_days, who, lasting, fires, says)
)"""  # noqa: S608 - lines of the table of rules
#: What `decided` holds beside the facts.
_OTHERS = (
    *("prediction_id", "tutor_id", "rule", "type", "due_days", "who", "lasting", "fires", "says"),
    *("reason", "of_type", "place", "held_by"),
)
_OPEN = "i.status IN ('pending', 'in_progress')"
#: What holds a rule back that fires, as words; NULL where nothing does.
HELD = f"""
held AS (
    SELECT v.*, CASE
        WHEN v.completed < {LEAST_SESSIONS}
            THEN format('%s completed sessions in 30 days, at least {LEAST_SESSIONS} are needed', v.completed)
        WHEN v.lasting IS NOT NULL AND v.lowest_of_week IS NULL
            THEN format('no prediction on each of the last {LASTING_DAYS} days; all must be above %s', v.lasting)
        WHEN v.lasting IS NOT NULL AND v.lowest_of_week <= v.lasting
            THEN format('the lowest score of the last {LASTING_DAYS} days is %s, all must be above %s',
                        v.lowest_of_week, v.lasting)
        WHEN last.is_open THEN 'an intervention of this type is open'
        WHEN last.is_recent THEN 'one of this type began in the last {COOLDOWN} days'
        END AS reason
    FROM verdicts v LEFT JOIN LATERAL (
        SELECT bool_or({_OPEN}) AS is_open,
               bool_or(i.recommended_date > now() - interval '{COOLDOWN} days') AS is_recent
        FROM {{tutoring}}.interventions i
        WHERE i.tutor_id = v.tutor_id AND i.intervention_type = v.type
          AND ({_OPEN} OR i.recommended_date > now() - interval '{COOLDOWN} days')
    ) AS last ON true
    WHERE v.fires
), first AS (
    SELECT held.*, first_value(rule) OVER (PARTITION BY tutor_id, type ORDER BY reason IS NOT NULL, rule) AS of_type
    FROM held
), ranked AS (
    SELECT first.*, count(*) FILTER (WHERE reason IS NULL AND rule = of_type)
        OVER (PARTITION BY tutor_id ORDER BY rule) AS place
    FROM first
), decided AS (
    SELECT ranked.*, CASE
        WHEN reason IS NOT NULL THEN reason
        WHEN rule <> of_type THEN format('rule %s begins one of this type', of_type)
        WHEN place > {MOST_AT_ONCE} THEN 'the first {MOST_AT_ONCE} rules that fire are enough at once'
        END AS held_by
    FROM ranked
)"""  # noqa: S608 - fragments of ours, values are bound
_PICKED = """
picked AS (
    SELECT DISTINCT ON (taken.tutor_id) taken.prediction_id, taken.tutor_id, taken.day
    FROM taken
    WHERE NOT EXISTS (
        SELECT FROM {tutoring}.churn_predictions newer
        WHERE newer.tutor_id = taken.tutor_id AND newer.prediction_date > taken.predicted_at)
    ORDER BY taken.tutor_id, taken.predicted_at DESC, taken.prediction_id DESC
)"""
_PROPOSE = f"""
WITH taken AS (
    UPDATE {{tutoring}}.prediction_keys i SET evaluated_at = now()
    WHERE i.evaluated_at IS NULL {{who}} RETURNING i.prediction_id, i.tutor_id, i.day, i.predicted_at
), {_PICKED}, {FACTS}, {VERDICTS}, {HELD}, new AS (
    INSERT INTO {{tutoring}}.interventions (intervention_id, tutor_id, intervention_type, trigger_reason,
        recommended_date, assigned_to, status, due_date)
    SELECT 'int_' || left(encode(sha256(convert_to(prediction_id || '|' || rule, 'UTF8')), 'hex'), 40),
           tutor_id, type, says, now(), who, 'pending', now() + make_interval(days => due_days)
    FROM decided WHERE held_by IS NULL ORDER BY tutor_id, rule
    ON CONFLICT DO NOTHING
    RETURNING intervention_id, tutor_id, intervention_type, trigger_reason, assigned_to, due_date
), told AS (
    INSERT INTO {{tutoring}}.explanations (tutor_id, rule, fired, reason, facts, prediction_id, intervention_id)
    SELECT d.tutor_id, format('rule %s, %s', d.rule, d.type), new.intervention_id IS NOT NULL,
           d.says || CASE WHEN new.intervention_id IS NULL
               THEN '; held back: ' || coalesce(d.held_by, 'an intervention of this type was begun meanwhile')
               ELSE '' END,
           to_jsonb(d) - CAST(:others AS text[]), d.prediction_id, new.intervention_id
    FROM decided d LEFT JOIN new
        ON new.tutor_id = d.tutor_id AND new.intervention_type = d.type AND d.held_by IS NULL
    ORDER BY d.tutor_id, d.rule
)
SELECT intervention_id, tutor_id, intervention_type, trigger_reason, assigned_to, due_date FROM new
ORDER BY tutor_id, due_date, intervention_type
"""  # noqa: S608 - fragments of ours, values are bound


@dataclass(frozen=True)
class Proposed:
    """An intervention that was begun: why, who looks after it ('automatic': nobody), and until when."""

    id: str
    tutor_id: str
    type: str
    reason: str
    who: str
    due: datetime

    @property
    def is_automatic(self) -> bool:
        """Tell whether it is carried out without a person, by a letter to the tutor."""
        return self.who == AUTOMATIC


def propose(conn: Connection, tutor_id: str | None = None) -> list[Proposed]:
    """Begin what the newest unlooked-at prediction of each tutor (of one) calls for; returns what was begun.

    Each prediction is looked at once, whoever asks how often; the rest of the promise is the unique index of open rows.
    """
    who = "" if tutor_id is None else "AND i.tutor_id = :tutor"
    rows = conn.execute(sql(_PROPOSE.replace("{who}", who)), {"tutor": tutor_id, "others": list(_OTHERS)})
    return [Proposed(*row) for row in rows]
