"""What operators do to jobs, by command and by page: retry, cancel, reveal; one, many, or all that a filter finds."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from bellwork.db.ledger import act_on_jobs, cancel, find_jobs, record_act, retry_finished, show_job

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.ledger import ChangedBy, Which

#: Jobs that are changed in one transaction: a session that waits for one of them waits a tenth of a second.
BATCH = 1_000
#: The states of jobs that may be retried, and of those that may be cancelled.
FINISHED, UNFINISHED = ("dead", "cancelled"), ("scheduled", "available", "running")


def retry_jobs(conn: Connection, ids: list[int], by: ChangedBy) -> list[int]:
    """Put dead and cancelled jobs back, due now, and record it; returns which."""
    return act_on_jobs(conn, by, "jobs retry", ids, retry_finished)


def cancel_jobs(conn: Connection, ids: list[int], by: ChangedBy) -> list[int]:
    """Cancel unfinished jobs, and record it; returns which. A running attempt can write nothing any more."""
    return act_on_jobs(conn, by, "jobs cancel", ids, partial(cancel, reason=by.why))


def reveal_job(conn: Connection, job: int, by: ChangedBy) -> dict[str, Any] | None:
    """Return everything about a job, its arguments unmasked, and record who saw them; None where there is none."""
    found = show_job(conn, job)
    if found:
        record_act(conn, by, "jobs reveal", f"job {job}")
    return found


class Found:
    """The jobs that a filter finds, a batch with each call, the newest first; what comes meanwhile is left alone."""

    def __init__(self, which: Which) -> None:
        self.ids: list[int] = []
        self._which = which

    def next(self, conn: Connection) -> list[int]:
        """Return the next batch, empty where none is left."""
        batch = find_jobs(conn, self._which, BATCH, before=self.ids[-1] if self.ids else None)
        self.ids += batch
        return batch
