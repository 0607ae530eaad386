"""What learners did of lessons, and whether that is all there is: positions only go forward, done is never undone."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from uuid import UUID

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

#: Percent of a video after which it counts as watched (learncraft: a video is done at 95 %).
WATCHED = 95
_ENROLLMENT = """
SELECT e.id FROM {courses}.enrollments e
JOIN {courses}.modules m ON m.course_id = e.course_id
JOIN {courses}.lessons l ON l.module_id = m.id
WHERE e.user_id = :user AND l.id = :lesson FOR NO KEY UPDATE OF e
"""
# Positions are compared with those of the row in its newest version, which ON CONFLICT has locked.
_NOTE = """
INSERT INTO {courses}.lesson_progress AS p (user_id, lesson_id, status, started_at, video_position_seconds,
    video_duration_seconds, video_completed, lab_completed, quiz_score, read_at)
SELECT u.id, l.id, 'in_progress', :at, least(:position, seen.duration), seen.duration,
       least(:position, seen.duration) * 100 >= seen.duration * [watched] AND seen.duration > 0, :lab_passed,
       (SELECT max(floor(t.percent_score))::int FROM {courses}.assessments a
        JOIN {courses}.assessment_attempts t ON t.assessment_id = a.id AND t.user_id = u.id
        WHERE a.lesson_id = l.id AND a.assessment_type <> 'practice' AND t.status <> 'in_progress'),
       CAST(:read_at AS timestamptz)
FROM {courses}.lessons l JOIN {courses}.users u ON u.id = :user LEFT JOIN {courses}.videos v ON v.lesson_id = l.id
CROSS JOIN LATERAL (SELECT CASE WHEN v.duration_seconds > 0 THEN v.duration_seconds
                                ELSE CAST(:duration AS int) END AS duration) AS seen
WHERE l.id = :lesson
ON CONFLICT (user_id, lesson_id) DO UPDATE SET
    status = CASE p.status WHEN 'not_started' THEN 'in_progress' ELSE p.status END,
    started_at = coalesce(p.started_at, excluded.started_at),
    video_position_seconds = greatest(p.video_position_seconds, excluded.video_position_seconds),
    video_duration_seconds = greatest(nullif(excluded.video_duration_seconds, 0), p.video_duration_seconds),
    video_completed = p.video_completed OR excluded.video_completed,
    lab_completed = p.lab_completed OR excluded.lab_completed,
    quiz_score = greatest(p.quiz_score, excluded.quiz_score),
    read_at = coalesce(p.read_at, excluded.read_at),
    updated_at = now()
RETURNING true
""".replace("[watched]", str(WATCHED))
# Whether each assessment of the lesson was passed; NULL where it has none that counts.
_QUIZZES = """(
    SELECT bool_and(EXISTS (SELECT FROM {courses}.assessment_attempts t
                            WHERE t.user_id = p.user_id AND t.assessment_id = a.id AND t.is_passing))
    FROM {courses}.assessments a WHERE a.lesson_id = l.id AND a.assessment_type <> 'practice')"""
_SETTLE = """
UPDATE {courses}.lesson_progress p SET status = 'completed', completed_at = now(), updated_at = now()
FROM [scope] LEFT JOIN {courses}.videos v ON v.lesson_id = l.id LEFT JOIN {courses}.labs b ON b.lesson_id = l.id
WHERE p.lesson_id = l.id AND p.status <> 'completed' AND [which] AND CASE l.lesson_type
    WHEN 'video' THEN p.video_completed
    WHEN 'lab' THEN p.lab_completed
    WHEN 'quiz' THEN [quizzes] IS TRUE
    WHEN 'reading' THEN p.read_at IS NOT NULL
    ELSE (v.id IS NULL OR p.video_completed) AND (b.id IS NULL OR p.lab_completed) AND [quizzes] IS NOT FALSE
         AND (num_nonnulls(v.id, b.id, p.read_at) > 0 OR [quizzes])
    END
RETURNING p.user_id, p.lesson_id
""".replace("[quizzes]", _QUIZZES)
_SETTLE_ONE = _SETTLE.replace("[scope]", "{courses}.lessons l").replace(
    "[which]", "p.user_id = :user AND p.lesson_id = :lesson"
)
_SETTLE_OF = _SETTLE.replace(
    "[scope]",
    """{courses}.enrollments e JOIN {courses}.modules m ON m.course_id = e.course_id
       JOIN {courses}.lessons l ON l.module_id = m.id""",
).replace("[which]", "e.id = ANY(CAST(:ids AS uuid[])) AND p.user_id = e.user_id")


class Done(NamedTuple):
    """A learner has completed a lesson just now."""

    user_id: UUID
    lesson_id: UUID


class Deed(NamedTuple):
    """What a learner did of a lesson: the position and duration of a video in seconds, a lab passed, a text read."""

    at: datetime
    position: int = 0
    duration: int = 0
    lab_passed: bool = False
    read_at: datetime | None = None


def lock_enrollment(conn: Connection, user_id: UUID, lesson_id: UUID) -> UUID | None:
    """Lock the enrollment that a learner's lesson belongs to, before his progress is written; None without one."""
    found = conn.execute(sql(_ENROLLMENT), {"user": user_id, "lesson": lesson_id}).scalar()
    return found if found is None else UUID(str(found))


def note_deed(conn: Connection, user_id: UUID, lesson_id: UUID, deed: Deed) -> bool:
    """Write down what a learner did of a lesson, and his best quiz; False where there is no such user or lesson.

    A position only goes forward; the duration that the video's own row has counts, before the one that a player says.
    """
    asked = {"user": user_id, "lesson": lesson_id, **deed._asdict()}
    return bool(conn.execute(sql(_NOTE), asked).scalar())


def settle_lesson(conn: Connection, user_id: UUID, lesson_id: UUID) -> list[Done]:
    """Complete a learner's lesson where all of it is done; returns it where that was now."""
    return [Done(*row) for row in conn.execute(sql(_SETTLE_ONE), {"user": user_id, "lesson": lesson_id})]


def settle_lessons(conn: Connection, enrollments: Sequence[UUID]) -> list[Done]:
    """Complete the lessons of enrollments that the caller has locked, where all of one is done."""
    return [Done(*row) for row in conn.execute(sql(_SETTLE_OF), {"ids": list(enrollments)})]
