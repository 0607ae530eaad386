"""A video's film in the storage, open to the encoder, and the names of what is made of it."""

from __future__ import annotations

import hashlib
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.courses.videos.objects import note_object
from bellwork.db.engine import transaction
from bellwork.tasks.courses.videos.encoder.apart import Encoder
from bellwork.tasks.courses.videos.encoder.facts import Unusable
from bellwork.tasks.providers import StorageError, storage
from bellwork.tasks.scratch import scratch_folder
from bellwork.workers import Permanent

if TYPE_CHECKING:
    from collections.abc import Iterator
    from uuid import UUID


class Film(NamedTuple):
    """A film that is open: the encoder over it, a folder for what it writes, and the film's size in bytes."""

    encoder: Encoder
    folder: Path
    size: int


@contextmanager
def opened(url: str | None, seconds: float) -> Iterator[Film]:
    """Open the film at a URL of our storage; each step of the encoder takes so many seconds at most.

    Raises Permanent where the URL is not below STORAGE_URL, and where the film itself is at fault.
    """
    try:
        key = storage().key_of(url or "")
    except StorageError as elsewhere:
        raise Permanent(f"the film has to be uploaded into the storage: {elsewhere}") from elsewhere
    with storage().open(key) as film, scratch_folder("video") as folder:
        size = film.seek(0, 2)
        try:
            yield Film(Encoder(film, size, seconds), folder, size)
        except Unusable as unusable:
            raise Permanent(str(unusable)) from unusable


def put(video_id: UUID, name: str, content: bytes | Path, suffix: str) -> str:
    """Store what was made of a video by its content, so that who makes it again stores nothing; returns its key."""
    data = content.read_bytes() if isinstance(content, Path) else content
    key = f"{place(video_id)}/{name}-{hashlib.sha256(data).hexdigest()[:16]}.{suffix}"
    put_as(video_id, key, content)
    return key


def put_as(video_id: UUID, key: str, content: bytes | Path) -> None:
    """Store an object of a video, written down before: whoever dies in between leaves none that nobody finds."""
    with transaction() as conn:
        note_object(conn, video_id, key)
    storage().put(key, content)


def place(video_id: UUID) -> str:
    """Return below which key all lies that is made of a video."""
    return f"courses/videos/{video_id}"
