"""kill -9 of the workers that record progress, grade and count: the rows are those of one undisturbed run."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bellwork.db.courses.seed import Seeded, add, add_user, enroll, seed_course
from bellwork.db.engine import transaction
from bellwork.db.sql import sql
from bellwork.tasks.courses.attempts.grade import grade_attempt
from bellwork.tasks.courses.attempts.time_out import time_out_attempts
from bellwork.tasks.courses.progress.nightly import recount_progress
from bellwork.tasks.courses.progress.record import record_progress
from tests.faults import failpoints, invariants
from tests.faults.ground import PATIENCE, rows
from tests.faults.processes import Cluster
from tests.helpers import eventually
from tests.tasks.courses.place import event

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from uuid import UUID

    from sqlalchemy import Connection

LEARNERS = 12
#: Where workers die: in the transaction of each kind of job, and before and after its commit.
KILLS = (
    ("progress_recorded", ""),
    ("before_commit", "courses-fast"),
    ("after_commit", "courses-fast"),
    ("attempt_graded", ""),
    ("after_commit", "courses.grade_attempt"),
    ("attempts_timed_out", ""),
    ("progress_set", ""),
)
_UNFINISHED = "SELECT FROM bellwork.jobs WHERE actor LIKE 'courses.%'"
_DONE = """
SELECT e.status::text, p.completed_lessons, d.seconds, d.lessons, d.quizzes,
       (SELECT count(*) FROM bellwork.notices n WHERE n.recipient = e.user_id::text
          AND n.kind = 'courses.course_completed') AS notices,
       (SELECT count(*) FROM courses.certificates c WHERE c.user_id = e.user_id) AS certificates
FROM courses.enrollments e JOIN courses.course_progress p ON p.enrollment_id = e.id
JOIN courses.learner_days d ON d.user_id = e.user_id
"""


@pytest.fixture(scope="module")
def cluster(ground: Path) -> Iterator[Cluster]:
    """Two masters and a scheduler."""
    settings = {"SMTP_URL": f"file://{ground}/mail", "LEASE": "2", "BEAT": "0.5"}
    systems = "courses=bellwork.db.courses.system"
    with Cluster(ground, systems=systems, modules="", processes=1, scheduler=True, settings=settings) as cluster:
        yield cluster


def test_progress_survives_the_death_of_its_workers(cluster: Cluster, ground: Path) -> None:
    """Each learner's film, text and two quizzes count once, and each course is completed once."""
    with transaction() as conn:
        seeded = seed_course(conn)
        conn.execute(sql("DELETE FROM {courses}.lessons WHERE lesson_type IN ('lab', 'mixed')"))
        conn.execute(sql("UPDATE {courses}.assessments SET time_limit_minutes = 1, passing_score = 0"))
        learners = [seeded.learner, *(add_user(conn) for _ in range(LEARNERS - 1))]
        for learner in learners[1:]:
            enroll(conn, learner, seeded.course)
        attempts = [_attempts(conn, seeded, learner) for learner in learners]
    eventually(cluster.is_up, PATIENCE)
    for point, subject in KILLS:
        failpoints.order(ground, point, "kill9", subject)
    for learner in learners:
        for kind, said in (("video", "video"), ("reading", "read")):
            record_progress.send(event=event(learner, seeded.lessons[kind], said))
    for attempt in attempts:
        grade_attempt.send(attempt_id=attempt)
    time_out_attempts.send()
    recount_progress.send()
    eventually(lambda: not rows(_UNFINISHED), 4 * PATIENCE)
    for again in (time_out_attempts, recount_progress):
        again.send()
    eventually(lambda: all(failpoints.taken(ground, point) for point, _ in KILLS), PATIENCE)
    eventually(lambda: not rows(_UNFINISHED), 2 * PATIENCE)

    assert [("completed", 3, 30, 3, 2, 1, 1)] * LEARNERS == [tuple(row) for row in rows(_DONE)]
    invariants.check()


def _attempts(conn: Connection, seeded: Seeded, learner: UUID) -> UUID:
    """Begin an attempt that will be submitted, and one whose time is over; returns the first."""
    row = {"user_id": learner, "assessment_id": seeded.assessments["quiz"]}
    add(conn, "assessment_attempts", **row, started_at="2026-01-01T00:00Z")
    return add(conn, "assessment_attempts", **row)
