"""Makes one part of a video: a stretch of one rung, or its sound; whoever makes the last part sends the join."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any
from uuid import UUID

import dramatiq

from bellwork.db.courses.videos.fail import video_of
from bellwork.db.courses.videos.parts import Part, finish_part, read_part
from bellwork.db.engine import transaction
from bellwork.tasks.courses.videos.encoder.facts import SEGMENT, Source, rungs_of
from bellwork.tasks.courses.videos.encoder.steady import Span
from bellwork.tasks.courses.videos.films import Film, opened, put
from bellwork.tasks.courses.videos.join import send_join
from bellwork.tasks.courses.videos.telling import give_up
from bellwork.workers import job

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from bellwork.tasks.courses.videos.encoder.boxes import Piece

#: Seconds of one part: a minute of 4k, 60 frames a second, takes one thread ten minutes.
_STEP = 1_500


def _give_up_part(conn: Connection, args: dict[str, Any], reason: str) -> None:
    video = video_of(conn, UUID(args["part_id"]))
    if video:
        give_up(conn, video, reason)


@dramatiq.actor(
    actor_name="courses.encode_part",
    callers="internal",
    queue_name="video",
    max_retries=2,
    min_backoff=5_000,
    max_backoff=60_000,
    time_limit=1_800_000,
    on_dead=_give_up_part,
)
def encode_part(part_id: UUID) -> None:
    """Encode a part and store it, once; a part that is done, or whose video is over, is left alone."""
    with transaction() as conn:
        part = read_part(conn, part_id)
    if part is None:
        return
    with opened(part.original_url, _STEP) as film:
        path = film.folder / "part.mp4"
        piece = _encoded(part, film, path)
        key = put(part.video_id, f"{part.rung}/{part.part_no:04}", path, "mp4")
        size = path.stat().st_size
    with job.transaction() as conn:
        send_join(finish_part(conn, part_id, key, size, piece.as_json()))


def _encoded(part: Part, film: Film, path: Path) -> Piece:
    source = Source.from_json(part.source)
    if part.rung == "audio":
        return film.encoder.sound(path, source)
    rung = next(each for each in rungs_of(source) if each.label == part.rung)
    is_last = part.ended_at_ms == round(source.seconds * 1000)
    end = source.seconds if is_last else Fraction(part.ended_at_ms, 1000)
    return film.encoder.pictures(path, source, rung, Span(Fraction(part.started_at_ms, 1000), end, SEGMENT, is_last))
