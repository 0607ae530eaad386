"""What was said in a session: as it stands in its row, or in a file of our storage that the row names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.tasks.providers import MissingObjectError, StorageError, storage

if TYPE_CHECKING:
    from bellwork.db.companion.numbers.summaries import Session

#: Bytes of a file that are read as a transcript.
LARGEST = 2_000_000


def transcript_of(session: Session) -> str:
    """Return a session's transcript; empty where there is none, or where it lies in nobody's storage that we know.

    Raises StorageError where ours does not answer: the job tries again.
    """
    if not session.transcript_available:
        return ""
    if session.transcript and session.transcript.strip():
        return session.transcript
    key = _key(session.transcript_url)
    if key is None:
        return ""
    try:
        return storage().get(key)[:LARGEST].decode("utf-8", "replace").strip()
    except MissingObjectError:
        return ""


def _key(url: str | None) -> str | None:
    try:
        return storage().key_of(url) if url else None
    except StorageError:
        return None
