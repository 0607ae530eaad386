"""Asks the search of the database, which API layers call in the same way."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Sequence
    from uuid import UUID

    from sqlalchemy import Connection

_SEARCH = """
SELECT * FROM {courses}.search(CAST(:asked AS real[]), :most, of_course => :course, of_types => :types,
                               of_model => :model)
"""


class Hit(NamedTuple):
    """A piece of a text that is near to what was asked; `similarity` is the cosine, 1 for the same."""

    content_type: str
    content_id: UUID
    course_id: UUID
    lesson_id: UUID
    title: str
    chunk_index: int
    chunk_text: str
    similarity: float


def search(  # noqa: PLR0913 - what is asked, and among what
    conn: Connection,
    asked: Sequence[float],
    most: int = 10,
    *,
    course: UUID | None = None,
    types: Sequence[str] | None = None,
    model: str | None = None,
) -> list[Hit]:
    """Return the nearest pieces of texts of published courses, the nearest first; `most` is 1 to 100."""
    about = {"asked": list(asked), "most": most, "course": course, "types": types and list(types), "model": model}
    return [Hit(*row) for row in conn.execute(sql(_SEARCH), about)]
