"""All parts of a video are there: the playlists are written, whole and last, and the video is ready."""

from __future__ import annotations

from uuid import UUID

import dramatiq

from bellwork.db.courses.videos.publish import Ladder, Quality, publish_ladder, read_ladder
from bellwork.db.engine import transaction
from bellwork.tasks.courses.embeddings.embed import send_embed
from bellwork.tasks.courses.videos.encoder.boxes import Piece
from bellwork.tasks.courses.videos.encoder.facts import Source, rungs_of, size_of
from bellwork.tasks.courses.videos.films import place, put
from bellwork.tasks.courses.videos.playlists import (
    Variant,
    bits,
    captions_playlist,
    master_playlist,
    media_playlist,
    target_seconds,
)
from bellwork.tasks.courses.videos.telling import give_up_video, tell_ready
from bellwork.tasks.providers import storage
from bellwork.workers import job


@dramatiq.actor(
    actor_name="courses.join_video",
    callers="internal",
    queue_name="video",
    max_retries=3,
    min_backoff=5_000,
    max_backoff=60_000,
    time_limit=120_000,
    on_dead=give_up_video,
)
def join_video(video_id: UUID) -> None:
    """Write the playlists of a video whose parts are all done, and move it to ready; any other is left alone."""
    with transaction() as conn:
        ladder = read_ladder(conn, video_id)
    if ladder is None:
        return
    master, qualities = _playlists(video_id, ladder)
    with job.transaction() as conn:
        if publish_ladder(conn, video_id, storage().url(master), qualities):
            tell_ready(conn, video_id)
            send_embed([("video", video_id)])


def send_join(video_id: UUID | None) -> None:
    """Have a video joined, in the transaction that made its last part; nothing for None."""
    if video_id:
        join_video.send_with_options(kwargs={"video_id": video_id}, unique_key=f"courses.join_video:{video_id}")


def _playlists(video_id: UUID, ladder: Ladder) -> tuple[str, list[Quality]]:
    """Store the playlists of the rungs, of sound and captions, and at last the one that names them; returns its key."""
    source = Source.from_json(ladder.source)
    parts: dict[str, list[tuple[str, Piece]]] = {}
    for label, key, piece in ladder.parts:
        parts.setdefault(label, []).append((_near(video_id, key), Piece.from_json(piece)))
    target = target_seconds(piece for of_rung in parts.values() for _, piece in of_rung)
    listed = {label: _put(video_id, label, media_playlist(of_rung, target)) for label, of_rung in parts.items()}
    sound = [piece for _, piece in parts.get("audio", [])]
    loudest, usual = bits(sound) if sound else (0, 0)
    variants, qualities = [], []
    for rung in rungs_of(source):
        pieces = [piece for _, piece in parts[rung.label]]
        peak, average = bits(pieces)
        width, height = size_of(source, rung)
        codecs = ",".join(dict.fromkeys((pieces[0].codecs, *(piece.codecs for piece in sound))))
        uri = _near(video_id, listed[rung.label])
        rate = float(source.rate)
        variants.append(Variant(uri, width, height, rate, codecs, peak + loudest, average + usual))
        qualities.append(Quality(rung.label, average + usual, storage().url(listed[rung.label])))
    heard = _near(video_id, listed["audio"]) if sound else None
    written = None
    if ladder.captions_key:
        content = captions_playlist(_near(video_id, ladder.captions_key), float(source.seconds))
        written = _near(video_id, _put(video_id, "captions", content))
    return _put(video_id, "master", master_playlist(variants, heard, written)), qualities


def _put(video_id: UUID, name: str, playlist: str) -> str:
    return put(video_id, name, playlist.encode(), "m3u8")


def _near(video_id: UUID, key: str) -> str:
    """Return the address of an object of a video as a playlist beside it names it."""
    return key.removeprefix(f"{place(video_id)}/")
