"""Last stage of a generation: the film. Where it cannot be made, students keep what they have: script and audio."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dramatiq

from bellwork.db.content.queries import (
    Content,
    Generation,
    cascade,
    degrade,
    fail_generation,
    give_up_video,
    publish_full,
    read_content,
    read_topic,
)
from bellwork.db.content.tables import RequestStatus
from bellwork.db.engine import transaction
from bellwork.tasks import providers
from bellwork.tasks.content.artefacts import obtain_narration, video_key
from bellwork.tasks.content.figure import figure_of
from bellwork.tasks.content.outside import outside
from bellwork.tasks.content.scripts import script_of
from bellwork.tasks.content.sending import send_notices
from bellwork.tasks.providers import Narration, storage
from bellwork.tasks.scratch import scratch_folder
from bellwork.workers import Permanent, job

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

_S = RequestStatus


def _settle_for_less(conn: Connection, args: dict[str, Any], reason: str) -> None:
    generation = Generation(**args)
    content = read_content(conn, generation)
    if content is None:
        fail_generation(conn, generation, _S.GENERATING_AUDIO, reason, retryable=True)
    else:
        give_up_video(conn, generation, reason)
        degrade(conn, generation, content.id, reason)


@dramatiq.actor(
    actor_name="content.render",
    callers="internal",
    queue_name="video",
    max_retries=1,
    min_backoff=5_000,
    max_backoff=30_000,
    time_limit=600_000,
    on_dead=_settle_for_less,
)
def render(topic_id: str, interest_id: str, style: str) -> None:
    """Have the film made and stored, then complete every request of this key."""
    generation = Generation(topic_id, interest_id, style)
    if _begin(generation).has_film:
        with job.transaction() as conn:
            _complete(conn, generation)
        return
    narration = obtain_narration(generation, script_of(generation))
    size = _obtain_film(generation, narration)
    url = storage().url(video_key(generation))
    with job.transaction() as conn:
        publish_full(conn, generation, video_url=url, size=size, seconds=round(narration.duration))
        _complete(conn, generation)


def _begin(generation: Generation) -> Content:
    with transaction() as conn:
        content = read_content(conn, generation)
        if content is None:
            raise Permanent(f"there is no content with the key {generation.cache_key!r} that a film could be made of")
        reached = cascade(conn, generation, _S.GENERATING_VIDEO, content.id)
        send_notices(conn, reached[_S.FAST_PATH_READY], "fast")
    return content


def _complete(conn: Connection, generation: Generation) -> None:
    content = read_content(conn, generation)
    reached = cascade(conn, generation, _S.COMPLETED, content.id if content else None)
    send_notices(conn, reached[_S.COMPLETED], "full")


def _obtain_film(generation: Generation, narration: Narration) -> int:
    """Store the film unless it is there, and return its size in bytes."""
    key = video_key(generation)
    if storage().exists(key):
        return len(storage().get(key))
    with scratch_folder("film") as folder:
        path = folder / "film.mp4"
        size = _shoot(generation, narration, path)
        storage().put(key, path)
    return size


def _shoot(generation: Generation, narration: Narration, path: Path) -> int:
    with transaction() as conn:
        topic = read_topic(conn, generation.topic_id)
    figure = figure_of(topic) if topic else None
    with outside():
        return providers.render(script_of(generation), narration, path, figure).size_bytes
