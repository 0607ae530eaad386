"""What detection says of any history is what a program says that knows the rules and no statement."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import insert

from bellwork.db.engine import transaction
from bellwork.db.support import detection
from bellwork.db.support.tables import metadata
from tests.tasks.support.oracle import History, judge
from tests.tasks.support.school import NOW, ask, put

if TYPE_CHECKING:
    from uuid import UUID

pytestmark = pytest.mark.usefixtures("empty")
#: Moments by which a window begins or ends are as likely as others.
_AGES = st.one_of(
    st.sampled_from([timedelta(days=days) for days in (0, 6, 7, 8, 14, 29, 30, 31, 35, 350)]),
    st.timedeltas(timedelta(days=-1), timedelta(days=60)),
).flatmap(lambda age: st.sampled_from([age, age - timedelta(microseconds=1), age + timedelta(microseconds=1)]))
_SCORES = st.one_of(st.none(), st.sampled_from([0, 59, 60, 61, 100]), st.integers(0, 10_000).map(lambda n: n / 100))
_ATTEMPTS = st.lists(st.tuples(_AGES, st.booleans(), _SCORES), max_size=14)
_HISTORIES = st.tuples(
    _AGES,
    st.one_of(st.integers(0, 1_000).map(lambda n: n / 10), st.sampled_from([5, 4.99, 5.01, 50, 100])),
    _ATTEMPTS,
    st.lists(_AGES, max_size=3),
    st.lists(_AGES, max_size=8),
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(st.lists(_HISTORIES, min_size=1, max_size=25))
def test_detection_says_what_the_oracle_says(drawn: list[Any]) -> None:
    """Of many enrollments at once and of each alone; a second run has nothing to write."""
    histories = _put(drawn)
    with transaction() as conn:
        due = [each for each in detection.list_due(conn, NOW) if each in histories]
        one, *others = histories
        detection.detect(conn, [one], NOW)
        detection.detect(conn, others, NOW)
        again = [each for each in detection.list_due(conn, NOW) if each in histories]
    said = {
        enrollment: (level, reasons)
        for enrollment, level, reasons in ask(
            "SELECT enrollment_id, risk_level, risk_reasons FROM support.student_interventions"
            " WHERE enrollment_id = ANY(:ids)",
            ids=list(histories),
        )
    }
    expected = {enrollment: judge(history, NOW) for enrollment, history in histories.items()}

    assert {each: expected[each] for each in expected if expected[each][1]} == said
    assert sorted(said) == due
    assert [] == again


def _put(drawn: list[Any]) -> dict[UUID, History]:
    [student], [course] = put("user_profiles", {}), put("courses", {})
    rows: dict[str, list[dict[str, Any]]] = {"student_enrollments": [], "quiz_attempts": []}
    rows |= {"topic_completions": [], "escalations": []}
    made = {}
    for age, completion, attempts, topics, questions in drawn:
        enrollment = uuid4()
        history = made[enrollment] = History(NOW - age, Fraction(str(completion)))
        rows["student_enrollments"].append(
            {"id": enrollment, "user_id": student, "course_id": course, "enrolled_at": NOW - age}
            | {"completion_percentage": str(completion)}
        )
        mine = {"enrollment_id": enrollment}
        for back, passed, score in attempts:
            source = str(uuid4())
            history.attempts.append((NOW - back, source, passed, None if score is None else Fraction(str(score))))
            one = {"source_id": source, "passed": passed, "score": score if score is None else str(score)}
            rows["quiz_attempts"].append(mine | one | {"submitted_at": NOW - back})
        for back in topics:
            history.topics.append(NOW - back)
            rows["topic_completions"].append(mine | {"source_id": str(uuid4()), "completed_at": NOW - back})
        for back in questions:
            history.questions.append(NOW - back)
            rows["escalations"].append(mine | {"source_id": str(uuid4()), "escalated_at": NOW - back})
    with transaction() as conn:
        for table, lines in rows.items():
            if lines:
                conn.execute(insert(metadata.tables[f"support.{table}"]), lines)
    return made
