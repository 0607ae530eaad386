"""Embeds texts of courses: whoever publishes or edits one sends a job for it, and a sweep finds what nobody told of."""

from __future__ import annotations

from typing import TYPE_CHECKING
from uuid import UUID

import dramatiq

from bellwork.db.courses.embeddings import forget, outdated, read, replace, texts_of
from bellwork.db.engine import transaction
from bellwork.db.failpoints import reach
from bellwork.tasks.courses.embeddings.chunks import chunks_of
from bellwork.tasks.courses.outside import outside
from bellwork.tasks.providers import embeddings, turn
from bellwork.workers import Permanent, job

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

TYPES = ("lesson", "video", "lab")
#: Texts that one sweep sends for; what is left is the next hour's, so that other jobs of the queue have their turn.
AT_ONCE = 1_000
#: Characters of a text that are embedded, from its beginning on: three times what is said in twelve hours.
MOST = 2_000_000


@dramatiq.actor(
    actor_name="courses.embed_content",
    callers="everyone",
    queue_name="courses",
    max_retries=5,
    min_backoff=10_000,
    max_backoff=600_000,
    time_limit=600_000,
)
def embed_content(content_type: str, content_id: UUID) -> None:
    """Embed a lesson's, a video's or a lab's text as it is now: all its pieces are replaced in one commit.

    Nothing is done where the same text was embedded by the same model. What is gone, empty, or of a course that is not
    published has no embeddings afterwards. Where the text changes meanwhile, it is embedded again.
    """
    if content_type not in TYPES:
        raise Permanent(f"content_type is {content_type!r}; there are {', '.join(TYPES)}")
    embedder = embeddings()
    with transaction() as conn:
        content = read(conn, content_type, content_id)
    if content is None:
        with job.transaction() as conn:
            forget(conn, content_type, content_id)
        return
    if (content.embedded_hash, content.model) == (content.hash, embedder.name):
        return
    pieces = chunks_of(content.body[:MOST])
    numbers = _embedded([f"{content.title}\n{piece}" for piece in pieces])
    reach("content_embedded", content_type)
    chunks = list(zip(pieces, numbers, strict=True))
    with job.transaction() as conn:
        if not replace(conn, content_type, content_id, content.hash, embedder.name, chunks):
            send_embed([(content_type, content_id)])


@dramatiq.actor(
    actor_name="courses.embed_changed",
    callers="internal",
    queue_name="courses",
    max_retries=3,
    min_backoff=10_000,
    time_limit=120_000,
)
def embed_changed() -> None:
    """Send for texts that are not embedded as they are: changed, new, gone, or embedded by another model; hourly.

    A thousand at most, so after a change of model what is found comes back a thousand texts an hour.
    """
    with job.transaction() as conn:
        found = outdated(conn, embeddings().name, AT_ONCE)
        send_embed(found)


def send_embed(contents: Sequence[tuple[str, UUID]]) -> None:
    """Have texts embedded, in the transaction that changed them; one that waits to be, waits once."""
    for content_type, content_id in contents:
        embed_content.send_with_options(
            kwargs={"content_type": content_type, "content_id": content_id},
            unique_key=f"courses.embed_content:{content_type}:{content_id}",
            unique="waiting",
        )


def embed_course(conn: Connection, course_id: UUID) -> None:
    """Have all texts of a course embedded that is published, in the transaction that publishes it."""
    send_embed(texts_of(conn, course_id))


def _embedded(texts: Sequence[str]) -> list[list[float]]:
    if not texts:
        return []
    embedder = embeddings()
    batches = [texts[at : at + embedder.at_once] for at in range(0, len(texts), embedder.at_once)]
    with outside(), turn("embeddings", calls=len(batches)):
        return [numbers for batch in batches for numbers in embedder.embed(batch)]
