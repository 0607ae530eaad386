"""A stage's effect on the database happens exactly once: its writes, its next jobs and its end are one commit.

with job.transaction() as conn:
advance(conn, request_id, ...)      # the task's own writes
narrate.send(request_id=...)        # the jobs that come next
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bellwork.db.engine import DatabaseError, at_once, opened
from bellwork.db.engine import current as open_already
from bellwork.db.engine import transaction as open_transaction
from bellwork.db.failpoints import reach
from bellwork.db.ledger import LostLease, begin_finished, create_history_partitions, lacks_partition
from bellwork.workers.attempt import Attempt, running
from bellwork.workers.inline import continue_inline
from bellwork.workers.pipelines import NoResult, send_next

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

__all__ = ["Attempt", "NoJob", "NoResult", "current", "set_result", "transaction"]


class NoJob(RuntimeError):  # noqa: N818 - named for what is missing
    """Code that belongs into an actor was called outside of a running job."""


def current() -> Attempt:
    """Return the attempt that this thread runs; raises NoJob outside of one."""
    attempt = running.get()
    if attempt is None:
        msg = (
            "there is no running job here; call the actor through a worker,"
            " or bellwork.workers.testing.run_inline in a test"
        )
        raise NoJob(msg)
    return attempt


@contextmanager
def transaction() -> Iterator[Connection]:
    """Finish the running job together with everything written and sent inside, in one commit; or do none of it.

    The job is finished first: if this attempt no longer holds the lease, LostLease is raised before anything is
    written, and whatever fails later takes the finish back with it. The next stage of a pipeline goes in as well; where
    it takes this job's result, `set_result` has to name it inside, else NoResult is raised before the commit. May be
    opened once per attempt, and not inside another transaction; NoJob says so.
    """
    attempt = current()
    if attempt.settled or attempt.opened:
        msg = f"job {attempt.id} is finished already; open job.transaction() once, for everything"
        raise NoJob(msg)
    if attempt.batch is not None:
        with _part_of_batch(attempt, attempt.batch), _block(attempt):
            yield attempt.batch
        attempt.opened = True
        return
    if open_already():
        msg = f"job {attempt.id} opens job.transaction() inside another transaction; its commit must be its own"
        raise NoJob(msg)
    with open_transaction() as conn:
        if not _begin_finished(conn, attempt):
            msg = f"job {attempt.id} is no longer held by attempt {attempt.number}"
            raise LostLease(msg)
        with _block(attempt):
            yield conn
        attempt.following = continue_inline(opened(), [attempt])
        reach("before_commit", attempt.actor)
    attempt.settled = True
    reach("after_commit", attempt.actor)


def set_result(value: Any) -> None:
    """Name what the next stage of the running job's pipeline is given; only inside `job.transaction()`.

    Without that block what the actor returns is its result; with it the job is finished, and the next stage sent,
    before the actor has returned. Raises NoJob outside of the block.
    """
    attempt = current()
    if not attempt.inside:
        msg = f"job {attempt.id} names its result outside of job.transaction(); without that block, return it"
        raise NoJob(msg)
    attempt.named, attempt.result = True, value


@contextmanager
def _block(attempt: Attempt) -> Iterator[None]:
    attempt.inside, attempt.named = True, False
    try:
        yield
    finally:
        attempt.inside = False
    send_next(attempt)


def _begin_finished(conn: Connection, attempt: Attempt) -> bool:
    """Begin with the finish, once more where the history had no partition for today and this process can make one."""
    try:
        return begin_finished(conn, attempt.held)
    except DatabaseError as error:
        if not lacks_partition(error):
            raise
        at_once(conn, b"ROLLBACK")
        create_history_partitions(conn)
        at_once(conn, b"COMMIT")
        return begin_finished(conn, attempt.held)


@contextmanager
def _part_of_batch(attempt: Attempt, conn: Connection) -> Iterator[None]:
    """Undo what is written and sent inside where an exception leaves it, also one that the actor catches outside.

    Without savepoints that cannot be done here: the batch, told by `undone`, is rolled back and run again with them.
    """
    open_ = opened()
    sent = len(open_.outbox)
    if attempt.savepoints:
        at_once(conn, b"SAVEPOINT block")
    try:
        yield
    except BaseException:
        if attempt.savepoints:
            at_once(conn, b"ROLLBACK TO SAVEPOINT block")
            del open_.outbox[sent:]
        attempt.undone = True
        raise
