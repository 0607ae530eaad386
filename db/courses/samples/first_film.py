"""A course of one lesson whose film was just uploaded, and how far its ladder is."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.courses.seed import add, add_user
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection

_LADDER = """
SELECT v.status::text AS status, v.hls_url, v.transcript, d.failed_because,
       (SELECT count(*) FROM {courses}.video_parts p WHERE p.video_id = v.id) AS parts,
       (SELECT count(*) FROM {courses}.video_parts p WHERE p.video_id = v.id AND p.state = 'done') AS done,
       ARRAY(SELECT q.quality || ': ' || q.bitrate FROM {courses}.video_qualities q
             WHERE q.video_id = v.id ORDER BY q.bitrate) AS rungs
FROM {courses}.videos v LEFT JOIN {courses}.video_details d ON d.video_id = v.id WHERE v.id = :video
"""


class Ladder(NamedTuple):
    """How far a video is: its status, its playlist, what is said in it, its parts, and `rungs` as quality: bits."""

    status: str
    hls_url: str | None
    transcript: str | None
    failed_because: str | None
    parts: int
    done: int
    rungs: list[str]


def load_first_film(conn: Connection, title: str, url: str) -> UUID:
    """Insert the course, its instructor, and the video that was uploaded."""
    teacher = add_user(conn, "Maria", "Webb", role="instructor")
    shape = {"category": "devops", "skill_level": "beginner", "status": "published"}
    course = add(conn, "courses", instructor_id=teacher, title=title, slug="first-film", **shape)
    module = add(conn, "modules", course_id=course, title="Watch", order_index=1)
    lesson = add(conn, "lessons", module_id=module, title=title, lesson_type="video", order_index=1)
    return add(conn, "videos", lesson_id=lesson, title=title, original_url=url, status="uploading")


def ladder(conn: Connection, video: UUID) -> Ladder:
    """Tell how far the video is."""
    return Ladder(*conn.execute(sql(_LADDER), {"video": video}).one())
