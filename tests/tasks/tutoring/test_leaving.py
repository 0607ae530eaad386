"""What leaves the tutoring system when: each rule on both sides of its age, archived where the document says so."""

from __future__ import annotations

from pathlib import Path

import pytest

from bellwork.db.settings import settings
from bellwork.db.systems import rules
from bellwork.tasks.upkeep.sweep_by_rule import sweep_by_rule
from bellwork.workers.testing import run_inline
from tests.tasks.tutoring.classroom import run, tutor

_ROWS = """
INSERT INTO {tutoring}.students (student_id, name) VALUES ('s', 'Sam');
INSERT INTO {tutoring}.sessions (session_id, tutor_id, student_id, scheduled_start)
SELECT 's' || d, 't1', 's', now() - make_interval(days => d) FROM unnest(ARRAY[1, 729, 731, 800]) d;
INSERT INTO {tutoring}.student_feedback (feedback_id, session_id, student_id, tutor_id, created_at, improvement_areas)
SELECT 'f' || d, 's' || d, 's', 't1', now() - make_interval(days => CASE d WHEN 800 THEN 10 ELSE d END), '{pace,"a, b"}'
FROM unnest(ARRAY[1, 731, 800]) d;
INSERT INTO {tutoring}.tutor_events (event_id, tutor_id, event_type, event_timestamp)
SELECT kind || d, 't1', kind, now() - make_interval(days => d)
FROM unnest(ARRAY[90, 92]) d, unnest(ARRAY['login', 'resignation']) kind;
INSERT INTO {tutoring}.churn_predictions (prediction_id, tutor_id, prediction_date)
SELECT 'p' || d, 't1', now() - make_interval(days => d) FROM unnest(ARRAY[364, 366]) d;
INSERT INTO {tutoring}.prediction_keys (tutor_id, source, prediction_id)
SELECT tutor_id, prediction_id, prediction_id FROM {tutoring}.churn_predictions;
INSERT INTO {tutoring}.interventions (intervention_id, tutor_id, intervention_type, status, completed_date)
SELECT status || d, 't1', 'recognition', status, now() - make_interval(days => d)
FROM unnest(ARRAY[364, 366]) d, unnest(ARRAY['completed', 'cancelled']) status;
INSERT INTO {tutoring}.explanations (tutor_id, rule, fired, reason, at)
SELECT 't1', d::text, true, '', now() - make_interval(days => d) FROM unnest(ARRAY[89, 91]) d;
INSERT INTO {tutoring}.health (kind, ok, figures, at)
SELECT d::text, true, '{}', now() - make_interval(days => d) FROM unnest(ARRAY[29, 31]) d;
INSERT INTO {tutoring}.insights (computed_at, tutors, changes, late, slowest_seconds)
SELECT now() - make_interval(days => d), 1, d, 0, 1 FROM unnest(ARRAY[29, 31]) d
"""
#: What stays of each table, by its key.
_STAYS = {
    "student_feedback": ("feedback_id", {"f1", "f800"}),
    "sessions": ("session_id", {"s1", "s729", "s800"}),
    "churn_predictions": ("prediction_id", {"p364"}),
    "prediction_keys": ("prediction_id", {"p364"}),
    "interventions": ("intervention_id", {"completed364", "cancelled364", "cancelled366"}),
    "tutor_events": ("event_id", {"login90", "resignation90", "resignation92"}),
    "explanations": ("rule", {"89"}),
    "health": ("kind", {"29"}),
    "insights": ("changes", {29}),
}


@pytest.mark.usefixtures("database")
def test_each_rule_takes_what_is_older_and_nothing_else() -> None:
    """Twice is as good as once; feedback, sessions and interventions lie in the archive; tutors and metrics stay."""
    tutor("t1")
    for statement in _ROWS.split(";"):
        run(statement)
    mine = [key for key, rule in rules().items() if rule.system == "tutoring"]
    states = {run_inline(sweep_by_rule, rule=key)["state"] for key in (*mine, *mine)}
    stays = {
        table: {row[key] for row in run(f"SELECT {key} FROM {{tutoring}}.{table}")}  # noqa: S608 - names of ours
        for table, (key, _) in _STAYS.items()
    }
    archived = {
        path.parent.parent.name for path in Path(settings().storage_url.removeprefix("file://")).rglob("*.parquet")
    }

    assert {"done"} == states
    assert {table: found for table, (_, found) in _STAYS.items()} == stays
    assert {"student_feedback", "sessions", "interventions"} == archived
    assert 2 == len(run("SELECT FROM {tutoring}.tutor_performance_metrics"))
