"""A version of a course: handed in, checked, decided about. Each move compares the course's status and the version."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.courses.tables import COURSE_MACHINE, CourseStatus, ReviewState
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Connection

_MOVE = """
UPDATE {courses}.courses SET status = CAST(:to AS {courses}.course_status), updated_at = now(),
    published_at = CASE WHEN CAST(:to AS text) = 'published' THEN coalesce(published_at, now()) ELSE published_at END
WHERE id = :course AND status = ANY(CAST(:sources AS {courses}.course_status[])) AND deleted_at IS NULL
"""
# The course's row is locked by its move, so that versions follow each other.
_SUBMIT = """
INSERT INTO {courses}.course_reviews (course_id, version, submitted_by)
SELECT :course, coalesce(max(version), 0) + 1, :by FROM {courses}.course_reviews WHERE course_id = :course
RETURNING version
"""
_HOLD = """
SELECT r.course_id, r.version, r.state, c.title, c.instructor_id, r.submitted_by, r.missing
FROM {courses}.course_reviews r JOIN {courses}.courses c ON c.id = r.course_id
WHERE r.course_id = :course AND r.version = :version AND c.status = 'pending_review' AND c.deleted_at IS NULL
  AND NOT EXISTS (SELECT FROM {courses}.course_reviews l WHERE l.course_id = r.course_id AND l.version > r.version)
FOR NO KEY UPDATE OF c, r
"""
_NOTE = """
UPDATE {courses}.course_reviews
SET state = CAST(:state AS text), missing = CAST(:missing AS jsonb), why = coalesce(:why, why),
    decided_by = coalesce(:by, decided_by),
    decided_at = CASE WHEN CAST(:state AS text) IN ('approved', 'rejected') THEN now() END
WHERE course_id = :course AND version = :version
"""
_RECORD = """
INSERT INTO {courses}.audit_records (course_id, operator, act, details)
VALUES (:course, :operator, :act, jsonb_build_object('version', CAST(:version AS int), 'why', CAST(:why AS text)))
"""


class Review(NamedTuple):
    """The newest version of a course that waits for its review."""

    course_id: UUID
    version: int
    state: str
    title: str
    instructor_id: UUID
    submitted_by: UUID | None
    missing: list[str]


def submit(conn: Connection, course_id: UUID, by: UUID | None) -> int | None:
    """Hand a course in; returns its version, None where its status does not let it (draft, revision needed do)."""
    if not _move(conn, course_id, CourseStatus.PENDING_REVIEW):
        return None
    return int(conn.execute(sql(_SUBMIT), {"course": course_id, "by": by}).scalar_one())


def hold_review(conn: Connection, course_id: UUID, version: int) -> Review | None:
    """Return a version that waits for its review, and hold it; None for one that was decided, or is not the newest."""
    row = conn.execute(sql(_HOLD), {"course": course_id, "version": version}).one_or_none()
    return Review(*row) if row else None


def check(conn: Connection, review: Review, missing: Sequence[str]) -> None:
    """Keep what a version lacks: with anything of it the course goes back to its author."""
    _note(conn, review, ReviewState.INCOMPLETE if missing else ReviewState.CHECKED, missing)
    if missing:
        _move(conn, review.course_id, CourseStatus.REVISION_NEEDED)


def decide(conn: Connection, review: Review, by: UUID, *, approved: bool, why: str) -> None:
    """Publish a version, or send it back; kept among what operators did about courses."""
    state, to = (
        (ReviewState.APPROVED, CourseStatus.PUBLISHED)
        if approved
        else (ReviewState.REJECTED, CourseStatus.REVISION_NEEDED)
    )
    _note(conn, review, state, review.missing, why=why, by=by)
    _move(conn, review.course_id, to)
    act = {
        "course": review.course_id,
        "operator": str(by),
        "act": f"course {state}",
        "version": review.version,
        "why": why,
    }
    conn.execute(sql(_RECORD), act)


def _move(conn: Connection, course_id: UUID, to: CourseStatus) -> bool:
    # An archived course is published again without a review, and that is nobody's business here.
    sources = sorted(COURSE_MACHINE.sources(to) - {CourseStatus.ARCHIVED})
    return bool(conn.execute(sql(_MOVE), {"course": course_id, "to": to, "sources": sources}).rowcount)


def _note(conn: Connection, review: Review, state: ReviewState, missing: Sequence[str], **decided: object) -> None:
    asked = {"course": review.course_id, "version": review.version, "state": state}
    lacks = {"missing": json.dumps(list(missing)), "why": None, "by": None}
    conn.execute(sql(_NOTE), asked | lacks | decided)
