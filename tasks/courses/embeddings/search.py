"""Searches the texts of published courses by what words mean, or by which they are where no service is set."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.courses.embeddings import search as near
from bellwork.db.engine import transaction
from bellwork.db.vocabulary.found import Found
from bellwork.tasks.providers import embeddings

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from bellwork.db.courses.embeddings import Hit


def search_texts(
    text: str, most: int = 10, *, course: UUID | None = None, types: Sequence[str] | None = None
) -> list[Hit]:
    """Return the pieces of texts that are nearest to a text, the nearest first, 1 to 100 of them.

    Raises the providers' errors where the embedder does not answer.
    """
    embedder = embeddings()
    [asked] = embedder.embed([text])
    with transaction() as conn:
        return near(conn, asked, most, course=course, types=types, model=embedder.name)


def search(text: str, most: int) -> list[Found]:
    """Return what `bellwork search` shows."""
    return [
        Found(
            kind=each.content_type,
            id=str(each.content_id),
            title=each.title,
            text=each.chunk_text,
            similarity=each.similarity,
        )
        for each in search_texts(text, most)
    ]
