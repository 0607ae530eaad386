"""Makes parts of a video: a stretch in all its rungs, or its sound; whoever makes the last part sends the join."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any
from uuid import UUID

import dramatiq

from bellwork.db.courses.videos.fail import video_of
from bellwork.db.courses.videos.parts import Made, Part, finish_parts, read_stretch
from bellwork.db.engine import transaction
from bellwork.tasks.courses.videos.encoder.facts import SEGMENT, Source, rungs_of
from bellwork.tasks.courses.videos.encoder.steady import Span
from bellwork.tasks.courses.videos.films import Film, opened, put
from bellwork.tasks.courses.videos.join import send_join
from bellwork.tasks.courses.videos.telling import give_up
from bellwork.workers import job

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from sqlalchemy import Connection

    from bellwork.tasks.courses.videos.encoder.boxes import Piece

#: Seconds of one step: 20 s in all rungs up to 4k, 60 frames a second, take one thread five minutes.
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
    """Encode a part, and those of its stretch in the other rungs with it, and store them, each once.

    What is done, or whose video is over, is left alone. The film is decoded once for all rungs.
    """
    with transaction() as conn:
        parts = read_stretch(conn, part_id)
    if not parts:
        return
    with opened(parts[0].original_url, _STEP) as film:
        paths = [film.folder / f"{part.rung}.mp4" for part in parts]
        pieces = _encoded(parts, film, paths)
        made = [
            Made(
                part.id,
                put(part.video_id, f"{part.rung}/{part.part_no:04}", path, "mp4"),
                path.stat().st_size,
                piece.as_json(),
            )
            for part, path, piece in zip(parts, paths, pieces, strict=True)
        ]
    with job.transaction() as conn:
        send_join(finish_parts(conn, made))


def _encoded(parts: Sequence[Part], film: Film, paths: Sequence[Path]) -> list[Piece]:
    part = parts[0]
    source = Source.from_json(part.source)
    if part.rung == "audio":
        return [film.encoder.sound(paths[0], source)]
    is_last = part.ended_at_ms == round(source.seconds * 1000)
    end = source.seconds if is_last else Fraction(part.ended_at_ms, 1000)
    rungs = {rung.label: rung for rung in rungs_of(source)}
    wanted = [(path, rungs[each.rung]) for each, path in zip(parts, paths, strict=True)]
    return film.encoder.pictures(source, Span(Fraction(part.started_at_ms, 1000), end, SEGMENT, is_last), wanted)
