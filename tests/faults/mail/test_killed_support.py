"""kill -9 of whoever acts for students at risk, at each step: each row is assigned once, each key is one mail."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

import pytest

from tests.faults import failpoints
from tests.faults.ground import PATIENCE, rows
from tests.faults.processes import Cluster
from tests.helpers import eventually
from tests.tasks.mail.office import Office, opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Where whoever does a duty dies: before its commit, after it, when its job is about to be finished, and in a letter.
POINTS = [
    *(("before_support_commit", f"support.{duty}") for duty in ("assign", "escalate", "tell", "silence")),
    *(("after_support_commit", f"support.{duty}") for duty in ("tell", "silence")),
    ("before_commit", "support.sweep"),
    ("after_letter_marked", ""),
    ("after_letter_offered", ""),
]
_STUDENT = """
WITH student AS (INSERT INTO support.user_profiles (name, email) VALUES ('Ada', :email) RETURNING id),
trainer AS (INSERT INTO support.user_profiles (name, email) VALUES ('Tess', :trainer) RETURNING id),
owner AS (INSERT INTO support.user_profiles (name, email) VALUES ('Olga', :owner) RETURNING id),
course AS (INSERT INTO support.courses (title, owner_id) SELECT 'Algebra', id FROM owner RETURNING id),
hired AS (INSERT INTO support.trainers (id, courses) SELECT t.id, ARRAY[c.id] FROM trainer t, course c),
enrolled AS (
    INSERT INTO support.student_enrollments (user_id, course_id, enrolled_at, completion_percentage)
    SELECT s.id, c.id, now() - interval '8 days', 50 FROM student s, course c RETURNING *),
other AS (
    INSERT INTO support.student_enrollments (user_id, course_id, status)
    SELECT t.id, c.id, 'active' FROM trainer t, course c RETURNING *)
INSERT INTO support.student_interventions (student_id, enrollment_id, course_id, risk_level, risk_reasons, created_at,
    intervention_type, status, contacted_at, raised_at)
SELECT user_id, id, course_id, 'medium', ARRAY['inactive'], now(), 'trainer_notification', 'pending', NULL, NULL
FROM enrolled
UNION ALL
SELECT user_id, id, course_id, 'high', ARRAY['quiz_failures'], now() - interval '2 days', 'one_on_one_scheduled',
       'in_progress', now(), now()
FROM other
"""
_ROWS = """
SELECT i.status, count(DISTINCT d.id) AS decisions, i.assigned_trainer_id IS NOT NULL AS assigned
FROM support.student_interventions i JOIN support.courses k ON k.id = i.course_id
JOIN support.user_profiles o ON o.id = k.owner_id
LEFT JOIN support.decisions d ON d.intervention_id = i.id AND d.kind IN ('assigned', 'escalated')
WHERE o.email = :owner GROUP BY i.id ORDER BY i.status
"""
_LETTERS = """
SELECT l.state FROM bellwork.letters l JOIN support.user_profiles p ON CAST(p.id AS text) = l.person
WHERE p.email = ANY(:people) ORDER BY l.id
"""


@pytest.fixture(scope="module")
def office() -> Iterator[Office]:
    """A real mail server."""
    with opened() as office:
        yield office


@pytest.fixture(scope="module")
def cluster(ground: Path, office: Office) -> Iterator[Cluster]:
    """Two masters and a scheduler."""
    settings = {"SMTP_URL": office.url, "MAIL_FROM": "mail@school.example", "LEASE": "2", "BEAT": "0.5"}
    with Cluster(
        ground, systems="support=bellwork.db.support.system", modules="", processes=1, scheduler=True, settings=settings
    ) as cluster:
        yield cluster


def look() -> None:
    """Have everything looked at, as the calendar does again and again."""
    for actor in ("support.sweep", "support.write_to_silent", "mail.wake"):
        rows(
            "SELECT bellwork.enqueue(CAST(:actor AS text), unique_key => 'look:' || CAST(:actor AS text))", actor=actor
        )


@pytest.mark.parametrize(("point", "subject"), POINTS)
def test_m4_m6_whoever_dies_at_any_step_leaves_one_row_and_one_mail_for_each_key(
    point: str, subject: str, cluster: Cluster, office: Office, ground: Path
) -> None:
    """A trainer's row, an escalated one and a silent student: three letters, each come once, or unknown where it died.

    The dead one's work is done by another, and nothing of it twice.
    """
    eventually(cluster.is_up, 2 * PATIENCE)
    mark = f"{point}.{subject}".replace("_", "-").rstrip(".")
    people = [f"{who}-{mark}@school.example" for who in ("ada", "tess", "olga")]
    failpoints.order(ground, point, "kill9", subject)
    rows(_STUDENT, email=people[0], trainer=people[1], owner=people[2])
    look()
    eventually(lambda: failpoints.taken(ground, point), PATIENCE)

    def settled() -> bool:
        look()
        states = [state for (state,) in rows(_LETTERS, people=people)]
        return len(states) == 3 and not {"pending", "sending"} & set(states)

    eventually(settled, 2 * PATIENCE)
    states = Counter(state for (state,) in rows(_LETTERS, people=people))
    came = Counter(str(message["To"]) for message in office.messages)

    assert states["sent"] + states["unknown"] == 3
    assert states["unknown"] <= 1  # the one that the same process was sending when it died
    assert states["sent"] <= sum(came[each] for each in people) <= 3
    assert {1} >= {came[each] for each in people if came[each]}
    assert [("escalated", 1, False), ("pending", 1, True)] == [tuple(row) for row in rows(_ROWS, owner=people[2])]
