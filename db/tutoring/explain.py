"""Why a tutor has the churn score and the interventions that he has, or none: `bellwork explain tutor`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.db.sql import sql
from bellwork.db.tutoring.churn.factors import ADDITIONS, FACTORS
from bellwork.db.tutoring.explain_metrics import METRICS
from bellwork.db.tutoring.interventions.facts import FACTS
from bellwork.db.tutoring.interventions.propose import VERDICTS
from bellwork.db.vocabulary.explanation import Because, CannotExplain, Explainer, Explanation

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import datetime

    from sqlalchemy import Connection

_ABOUT = {each.name: each.about for each in (*FACTORS, *ADDITIONS)}
_TUTOR = "SELECT tutor_id, status FROM {tutoring}.tutors WHERE tutor_id = :id"
_PREDICTION = """
SELECT p.prediction_id, p.prediction_date, p.churn_score, p.risk_level, p.model_version, p.contributing_factors,
       k.source, k.evaluated_at, o.churn_score AS override, o.manager, o.reason
FROM {tutoring}.churn_predictions p LEFT JOIN {tutoring}.prediction_keys k ON k.prediction_id = p.prediction_id
LEFT JOIN {tutoring}.churn_overrides o ON o.prediction_id = p.prediction_id
WHERE p.tutor_id = :id ORDER BY p.prediction_date DESC, p.prediction_id DESC LIMIT 1
"""
_RULES = f"""
WITH picked AS (
    SELECT k.prediction_id, k.tutor_id, k.day FROM {{tutoring}}.prediction_keys k WHERE k.prediction_id = :prediction
), {FACTS}, {VERDICTS}
SELECT v.rule, v.type, v.fires, v.says, e.fired, e.reason FROM verdicts v
LEFT JOIN LATERAL (
    SELECT x.fired, x.reason FROM {{tutoring}}.explanations x
    WHERE x.prediction_id = v.prediction_id AND x.rule = format('rule %s, %s', v.rule, v.type)
    ORDER BY x.id DESC LIMIT 1
) AS e ON true
ORDER BY v.rule
"""  # noqa: S608 - fragments of ours, values are bound
_OPEN = """
SELECT i.intervention_id, i.intervention_type, i.status, i.assigned_to, i.due_date, i.due_date < now() AS is_late
FROM {tutoring}.interventions i
WHERE i.tutor_id = :id AND i.status IN ('pending', 'in_progress') ORDER BY i.due_date, i.intervention_id
"""


def explain_tutor(conn: Connection, asked: str) -> Explanation:
    """Say of a tutor, by id, what brought the newest score, what each rule said of it, and what stands open."""
    found = conn.execute(sql(_TUTOR), {"id": asked}).one_or_none()
    if found is None:
        raise CannotExplain(f"there is no tutor {asked[:60]!r}; its id stands in the table tutors")
    prediction = conn.execute(sql(_PREDICTION), {"id": asked}).mappings().one_or_none()
    said = [*_open(conn, asked)]
    if prediction is None:
        said.append(
            Because(
                "no prediction was ever made",
                "it comes with the night, or `bellwork jobs enqueue tutoring.predict_churn`",
            )
        )
        return Explanation(f"Tutor {asked}: {found.status}", tuple(said))
    made = dict(prediction)
    said = [*_score(made), *_rules(conn, made), *said]
    subject = (
        f"Tutor {asked}: {found.status}, churn score {made['churn_score']} ({made['risk_level']}) by"
        f" {made['model_version']}, {_moment(made['prediction_date'])}"
    )
    return Explanation(subject, tuple(said))


def _score(made: dict[str, Any]) -> Iterator[Because]:
    parts = sorted((made["contributing_factors"] or {}).items(), key=lambda part: -abs(part[1]))
    for name, points in parts:
        yield Because(f"{points:+g} {name}: {_ABOUT.get(name, 'of a model that is gone')}")
    if not parts:
        yield Because("nothing speaks for leaving")
    if made["override"] is not None:
        yield Because(f"manager {made['manager']} wrote {made['override']} over it: {made['reason']}")
    if made["evaluated_at"] is None and made["source"]:
        yield Because(
            "the rules have not looked at it yet", "`bellwork jobs list --actor tutoring.evaluate_interventions`"
        )


def _rules(conn: Connection, made: dict[str, Any]) -> Iterator[Because]:
    for row in conn.execute(sql(_RULES), {"prediction": made["prediction_id"]}):
        if row.reason is not None:
            how = "fired" if row.fired else "was held back"
            yield Because(f"rule {row.rule}, {row.type}, {how}: {row.reason}")
        else:
            how = "would fire now" if row.fires else "does not fire"
            yield Because(f"rule {row.rule}, {row.type}, {how}: {row.says}")


def _open(conn: Connection, tutor_id: str) -> Iterator[Because]:
    for row in conn.execute(sql(_OPEN), {"id": tutor_id}):
        late = "was due" if row.is_late else "is due"
        said = f"{row.intervention_type} ({row.intervention_id}) is {row.status} and {late} {_moment(row.due_date)}"
        waits = row.status == "pending" and row.assigned_to != "automatic"
        mend = f"SELECT tutoring.decide_intervention('{row.intervention_id}', 'MANAGER', true)" if waits else ""
        yield Because(said, mend)


def _moment(at: datetime | None) -> str:
    return f"{at:%Y-%m-%d %H:%M}Z" if at else "at no time"


EXPLAINERS = (
    METRICS,
    Explainer(
        "tutor", "ID", "a tutor's churn score, what each rule of interventions said, and what is open", explain_tutor
    ),
)
