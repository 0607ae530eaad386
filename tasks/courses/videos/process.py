"""A video was uploaded: it is measured, and its parts are planned, a job for each stretch in all its rungs."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import dramatiq

from bellwork.db.courses.tables import VideoStatus
from bellwork.db.courses.videos.begin import Planned, begin_video, plan_parts
from bellwork.db.engine import transaction
from bellwork.tasks.courses.videos.encode import encode_part
from bellwork.tasks.courses.videos.encoder.facts import PART, SEGMENT, Source, part_count, rungs_of
from bellwork.tasks.courses.videos.films import opened, put
from bellwork.tasks.courses.videos.telling import give_up_video
from bellwork.tasks.courses.videos.transcribe import transcribe_video
from bellwork.tasks.providers import storage
from bellwork.workers import Permanent, job

if TYPE_CHECKING:
    from collections.abc import Iterator

#: Seconds of one step: all packets of a film of twelve hours are read once.
_STEP = 800


@dramatiq.actor(
    actor_name="courses.process_video",
    callers="everyone",
    queue_name="video",
    max_retries=2,
    min_backoff=5_000,
    max_backoff=60_000,
    time_limit=1_800_000,
    on_dead=give_up_video,
)
def process_video(video_id: UUID, part_seconds: int = PART) -> None:
    """Measure an uploaded video, take its thumbnail, and plan its parts: stretches of `part_seconds` in each rung.

    A video that failed is begun anew; one that is ready, or planned already, is left alone. `part_seconds` is a
    multiple of a segment's four seconds; with any other number the video fails.
    """
    if part_seconds < SEGMENT or part_seconds % SEGMENT:
        raise Permanent(f"part_seconds is {part_seconds}; give a multiple of {SEGMENT}, the seconds of a segment")
    with transaction() as conn:
        video = begin_video(conn, video_id)
    if video is None:
        raise Permanent(f"there is no video {video_id}")
    if video.status != VideoStatus.PROCESSING or video.is_planned:
        return
    with opened(video.original_url, _STEP) as film:
        picture = film.folder / "thumbnail.jpg"
        source = film.encoder.probe(picture)
        thumbnail = put(video_id, "thumbnail", picture, "jpg")
    with job.transaction() as conn:
        planned = plan_parts(
            conn,
            video_id,
            list(parts_of(source, part_seconds)),
            source=source.as_json(),
            seconds=round(source.seconds),
            size=film.size,
            thumbnail_url=storage().url(thumbnail),
        )
        for part_id, rung in planned:
            # The job of a stretch is that of its lowest rung, which makes the others with it.
            if rung in {"captions", "audio", rungs_of(source)[0].label}:
                (transcribe_video if rung == "captions" else encode_part).send_with_options(
                    kwargs={"part_id": part_id}, unique_key=f"{_actor(rung)}:{part_id}"
                )


def parts_of(source: Source, part_seconds: int = PART) -> Iterator[Planned]:
    """Yield the parts of a film, what takes longest first: what is said, its sound, and each rung by stretches."""
    whole = max(1, round(source.seconds * 1000))
    yield Planned("captions", 0, 0, whole)
    if source.has_sound:
        yield Planned("audio", 0, 0, whole)
    count = part_count(source, part_seconds)
    for rung in reversed(rungs_of(source)):
        for number in range(count):
            end = whole if number == count - 1 else (number + 1) * part_seconds * 1000
            yield Planned(rung.label, number, number * part_seconds * 1000, end)


def _actor(rung: str) -> str:
    return (transcribe_video if rung == "captions" else encode_part).actor_name
