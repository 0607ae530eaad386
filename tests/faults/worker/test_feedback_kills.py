"""kill -9 of the worker that applies feedback, at each step to its acknowledgement: each has its effect once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bellwork.db.content.queries import Generation
from bellwork.db.content.seed import load_samples
from bellwork.db.engine import transaction
from bellwork.db.sql import sql
from bellwork.tasks.content.feedback import send_feedback
from tests.faults import failpoints, invariants
from tests.faults.ground import PATIENCE, rows
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from sqlalchemy import Connection

STUDENTS = ("user_student_amara", "user_student_diego", "user_student_hana", "user_student_jonah")
TOPIC, INTEREST = "topic_phys_newton_3", "int_basketball"
KINDS = ("make_simpler", "mark_complete", "report_issue")
#: Where the worker dies: in the transaction, before and after its commit, and before the queue hears of it.
KILLS = (
    ("feedback_applied", ""),
    ("before_commit", "content.apply_feedback"),
    ("after_commit", "content.apply_feedback"),
    ("before_ack", "content.apply_feedback"),
)
_MAKE = """
INSERT INTO {content}.generated_content (id, topic_id, interest_id, style, cache_key, content_type, video_url)
VALUES (:id, :topic, :interest, :style, :key, 'vivid_learning', 'file:///film.mp4')
"""
_SERVE = """
INSERT INTO {content}.content_requests (id, student_id, original_query, topic_id, interest_id, status,
    generated_content_id, completed_at)
VALUES ('req_' || :student, :student, 'Newton', :topic, :interest, 'completed', :content, now())
"""
_SAY = """
INSERT INTO {content}.feedback (id, student_id, content_id, feedback_type, rating)
VALUES (:id, :student, :content, CAST(:kind AS {content}.feedback_type), 4)
"""
_EDITOR = """
INSERT INTO {content}.users (id, email, password_hash, first_name, last_name, role, org_id)
VALUES ('user_ed', 'ed@example.org', '!', 'Ed', 'Itor', 'vividly_curriculum', 'org_mnps')
"""
_UNFINISHED = "SELECT FROM bellwork.jobs WHERE actor LIKE 'content.%' OR actor = 'mail.send'"
_PROGRESS = "SELECT status::text, view_count FROM content.student_progress"
_FIGURES = """
SELECT view_count, completion_count, average_rating::text, manual_review_status
FROM content.generated_content WHERE style = 'conversational'
"""


@pytest.fixture(scope="module")
def cluster(ground: Path) -> Iterator[Cluster]:
    """Two masters and a scheduler."""
    settings = {"SMTP_URL": f"file://{ground}/mail", "LEASE": "2", "BEAT": "0.5"}
    with Cluster(ground, systems="content", modules="", processes=1, scheduler=True, settings=settings) as cluster:
        yield cluster


def test_feedback_survives_the_death_of_its_worker_at_every_step(cluster: Cluster, ground: Path) -> None:
    """One request, one completion, one rating and one letter for each, and a request is served by what is there."""
    with transaction() as conn:
        feedback = _lay_out(conn)
    eventually(cluster.is_up, PATIENCE)
    for point, subject in KILLS:
        failpoints.order(ground, point, "kill9", subject)
    for _ in range(2):
        for each in feedback:
            send_feedback(each)
    eventually(lambda: not rows(_UNFINISHED), 4 * PATIENCE)
    for each in feedback:
        send_feedback(each)
    eventually(lambda: all(failpoints.taken(ground, point) for point, _ in KILLS), PATIENCE)
    eventually(lambda: not rows(_UNFINISHED), 2 * PATIENCE)

    count, students = len(feedback), len(STUDENTS)
    assert [(count,)] == rows("SELECT count(*) FROM content.feedback_effects WHERE reason IS NULL")
    assert [("completed", students)] == rows(
        "SELECT status::text, count(*) FROM content.content_requests WHERE metadata ? 'feedback_id' GROUP BY 1"
    )
    assert [("completed", 0)] * students == rows(_PROGRESS)
    assert [(0, students, "4.00", "flagged")] == rows(_FIGURES)
    assert [(0, students, count, 4 * count)] == [
        tuple(row) for row in rows("SELECT views, completions, ratings, stars FROM content.content_counts")
    ]
    assert [(1,)] == rows("SELECT count(*) FROM bellwork.letters WHERE kind = 'issue'")
    invariants.check()


def _lay_out(conn: Connection) -> list[str]:
    """Serve each student the lesson, of which a simple one is there as well; returns what each says of it."""
    load_samples(conn)
    conn.execute(sql(_EDITOR))
    feedback = []
    for style in ("conversational", "simple"):
        made = Generation(TOPIC, INTEREST, style)
        row = {"id": made.content_id, "topic": TOPIC, "interest": INTEREST, "style": style, "key": made.cache_key}
        conn.execute(sql(_MAKE), row)
    content = Generation(TOPIC, INTEREST).content_id
    for student in STUDENTS:
        conn.execute(sql(_SERVE), {"student": student, "topic": TOPIC, "interest": INTEREST, "content": content})
        for kind in KINDS:
            said = {"id": f"{student[-5:]}_{kind}", "student": student, "content": content, "kind": kind}
            conn.execute(sql(_SAY), said)
            feedback.append(said["id"])
    return feedback
