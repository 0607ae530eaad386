"""Uploads films as the videos of courses, as an API layer does."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.courses.seed import seed_course
from bellwork.db.engine import transaction
from bellwork.db.sql import sql
from bellwork.tasks.providers import storage

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

_UPLOADED = "UPDATE {courses}.videos SET status = 'uploading', original_url = :url WHERE id = :video"


class Uploaded(NamedTuple):
    """A video that was uploaded, its instructor, and the course of both."""

    video: UUID
    instructor: UUID
    course: UUID


def upload_film(film: Path) -> Uploaded:
    """Upload a film as the video of a new course."""
    url = storage().put(f"uploads/{film.name.lower()}", film)
    with transaction() as conn:
        course = seed_course(conn)
        conn.execute(sql(_UPLOADED), {"video": course.videos["video"], "url": url})
    return Uploaded(course.videos["video"], course.instructor, course.course)
