"""A stage's effect on the database happens exactly once: its writes, its next jobs and its end are one commit.

with job.transaction() as conn:
advance(conn, request_id, ...)      # the task's own writes
narrate.send(request_id=...)        # the jobs that come next
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from db.engine import current as open_already
from db.engine import opened
from db.engine import transaction as open_transaction
from db.failpoints import reach
from db.ledger import LostLease, begin_finished
from workers.attempt import Attempt, running
from workers.carry import send_off

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

__all__ = ["Attempt", "NoJob", "current", "transaction"]


class NoJob(RuntimeError):  # noqa: N818 - named for what is missing
    """Code that belongs into an actor was called outside of a running job."""


def current() -> Attempt:
    """Return the attempt that this thread runs; raises NoJob outside of one."""
    attempt = running.get()
    if attempt is None:
        msg = "there is no running job here; call the actor through a worker, or workers.testing.run_inline in a test"
        raise NoJob(msg)
    return attempt


@contextmanager
def transaction() -> Iterator[Connection]:
    """Finish the running job together with everything written and sent inside, in one commit; or do none of it.

    The job is finished first: if this attempt no longer holds the lease, LostLease is raised before anything is
    written, and whatever fails later takes the finish back with it. May be opened once per attempt, and not inside
    another transaction; NoJob says so.
    """
    attempt = current()
    if attempt.settled or attempt.opened:
        msg = f"job {attempt.id} is finished already; open job.transaction() once, for everything"
        raise NoJob(msg)
    if attempt.batch is not None:
        yield attempt.batch
        attempt.opened = True
        return
    if open_already():
        msg = f"job {attempt.id} opens job.transaction() inside another transaction; its commit must be its own"
        raise NoJob(msg)
    with open_transaction() as conn:
        if not begin_finished(conn, attempt.held):
            msg = f"job {attempt.id} is no longer held by attempt {attempt.number}"
            raise LostLease(msg)
        yield conn
        attempt.following = send_off(opened(), [attempt])
        reach("before_commit", attempt.actor)
    attempt.settled = True
    reach("after_commit", attempt.actor)
