"""Second stage of a generation: the voice. From here on students can read and listen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import dramatiq

from bellwork.db.content.queries import Generation, Recording, cascade, fail_generation, publish_fast
from bellwork.db.content.tables import RequestStatus
from bellwork.tasks.content.artefacts import audio_key, obtain_narration, script_key
from bellwork.tasks.content.outside import is_retryable
from bellwork.tasks.content.render import render
from bellwork.tasks.content.scripts import RETRIES, script_of
from bellwork.tasks.content.sending import send_generation, send_notices
from bellwork.tasks.providers import storage
from bellwork.workers import job

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.content.queries import Content
    from bellwork.tasks.providers import Narration, Script

_S = RequestStatus


def _fail(conn: Connection, args: dict[str, Any], reason: str) -> None:
    fail_generation(conn, Generation(**args), _S.GENERATING_AUDIO, reason, retryable=is_retryable(reason))


@dramatiq.actor(
    actor_name="content.narrate",
    callers="internal",
    queue_name="content",
    max_retries=RETRIES,
    min_backoff=2_000,
    max_backoff=30_000,
    time_limit=60_000,
    on_dead=_fail,
)
def narrate(topic_id: str, interest_id: str, style: str) -> None:
    """Have the script spoken and stored, then serve the requests of this key and go on to the film."""
    generation = Generation(topic_id, interest_id, style)
    script = script_of(generation)
    narration = obtain_narration(generation, script)
    with job.transaction() as conn:
        _serve(conn, generation, publish_fast(conn, generation, _recording(generation, script, narration)))


def _recording(generation: Generation, script: Script, narration: Narration) -> Recording:
    return Recording(
        script_url=storage().url(script_key(generation)),
        audio_url=storage().url(audio_key(generation)),
        seconds=round(narration.duration),
        notes={"title": script.title, "told_with": script.interest_id, "scenes": len(script.scenes)},
    )


def _serve(conn: Connection, generation: Generation, content: Content) -> None:
    """Serve who waits; a film that is there already (a failed twin was taken up again) serves them at once."""
    until = _S.COMPLETED if content.has_film else _S.FAST_PATH_READY
    reached = cascade(conn, generation, until, content.id)[until]
    send_notices(conn, reached, "full" if content.has_film else "fast")
    if not content.has_film and not content.video_given_up:
        send_generation(render, generation)
