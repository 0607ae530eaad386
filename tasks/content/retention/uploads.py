"""Removes the files of class lists that were read in a week ago: they hold names and addresses, and nobody needs them.

The file goes first, then its row forgets it: cut off in between, the next run removes what is gone already.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import dramatiq

from bellwork.db.content.queries import forget_files, old_uploads
from bellwork.db.engine import transaction
from bellwork.tasks.providers import StorageError, storage
from bellwork.tasks.upkeep.sweeping.as_job import LIMIT, as_job
from bellwork.tasks.upkeep.sweeping.run import running

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from bellwork.db.content.queries import UploadFile
    from bellwork.db.retention import Holder
    from bellwork.tasks.upkeep.sweeping.pace import Budget
    from bellwork.tasks.upkeep.sweeping.run import Begun, Run

KEY = "content.remove_uploads"
#: Where uploads lie in the storage. Whatever a row says, no other file is ever removed for it.
PLACE = "uploads/"
#: Files at a time.
_FEW = 50


@dramatiq.actor(
    actor_name=KEY, callers="internal", queue_name="upkeep", max_retries=5, min_backoff=60_000, time_limit=LIMIT
)
def remove_uploads() -> None:
    """Remove the files of uploads that were read in, or given up, seven days ago."""
    as_job(remove_old_uploads)


def remove_old_uploads(holder: Holder, budget: Budget, *, begun: Begun = lambda _: None) -> Run:
    """Remove old files until there are none or the time is spent; what is no upload of ours stays, and is told.

    `begun` is called in the transaction in which the run begins.
    """
    with running(KEY, holder, budget, begun=begun) as run:
        after = ""
        while run.may_go_on() and (found := _next(after)):
            gone = [upload for upload in found if is_removed(upload, run)]
            run.step(forget(gone))
            after = found[-1].id
    return run


def remove_file(path: str) -> None:
    """Remove an uploaded file by its URL or its key; raises StorageError, and touches nothing, for any other place."""
    storage().delete(upload_key(path))


def upload_key(path: str) -> str:
    """Return the key of an uploaded file by its URL or its key; raises StorageError for any other place."""
    key = storage().key_of(path) if "://" in path else path
    if not key.startswith(PLACE):
        raise StorageError(f"{path!r} does not lie below {PLACE!r} in the storage; remove it by hand")
    storage().url(key)  # which is refused for what is no key
    return key


def forget(gone: list[UploadFile]) -> Callable[[Connection, int], int]:
    """Return the batch that notes that these files are gone."""
    return lambda conn, _most: forget_files(conn, gone)


def _next(after: str) -> list[UploadFile]:
    with transaction() as conn:
        return old_uploads(conn, after, _FEW)


def is_removed(upload: UploadFile, run: Run) -> bool:
    """Remove an upload's files and tell whether they are gone; if not, the run remarks why."""
    try:
        remove_file(upload.path)
        if upload.errors:
            remove_file(upload.errors)
    except StorageError as failed:
        run.remark(f"the file of upload {upload.id!r} stays: {failed}")
        return False
    return True
