"""What `bellwork lists` asks of the content system: hand in a file, look how it stands, cancel and undo it."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from bellwork.db.content.lists import look as rows
from bellwork.db.engine import DatabaseError
from bellwork.db.vocabulary.class_list import ListError
from bellwork.db.wording import message_of
from bellwork.tasks.content.retention.uploads import PLACE
from bellwork.tasks.providers import StorageError, storage

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection


def hand_in(conn: Connection, file: Path, **asked: Any) -> str:
    """Store a file and enter it with the job that reads it, in the caller's transaction; returns the upload's id.

    `asked` are the parameters of content.hand_in_class_list but its file_path. Raises ListError.
    """
    key = f"{PLACE}{uuid.uuid4().hex}"
    try:
        path = storage().put(key, file)
    except StorageError as failed:
        raise ListError(str(failed)) from failed
    try:
        return rows.hand_in(conn, {**asked, "file_path": path})
    except DatabaseError as refused:
        storage().delete(key)
        raise _refused(refused) from None


def look(conn: Connection, upload_id: str) -> dict[str, Any] | None:
    """Return how an upload stands, None where there is none of this id."""
    return rows.look(conn, upload_id)


def cancel(conn: Connection, upload_id: str) -> bool:
    """Cancel an upload that is not over; tells whether it was not. Raises ListError where there is none."""
    return _asked(rows.cancel, conn, upload_id)


def undo(conn: Connection, upload_id: str) -> bool:
    """Have what an upload brought taken back; tells whether nobody had that done before. Raises ListError."""
    return _asked(rows.undo, conn, upload_id)


def _asked(function: Callable[[Connection, str], bool], conn: Connection, upload_id: str) -> bool:
    try:
        return function(conn, upload_id)
    except DatabaseError as refused:
        raise _refused(refused) from None


def _refused(error: BaseException) -> Exception:
    """Return what our own functions say (22023), or the error itself, which is nobody's mistake at this desk."""
    cause = getattr(error, "orig", error)
    if getattr(cause, "sqlstate", None) != "22023":
        return error if isinstance(error, Exception) else RuntimeError(str(error))
    return ListError(message_of(cause).partition("\n")[0])
