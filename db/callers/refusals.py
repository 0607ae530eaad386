"""What PostgreSQL refuses a caller, in the words that a send has for it; all other errors stay the driver's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.db.callers.job import Enqueued
from bellwork.db.refusal import refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from bellwork.db.refusal import Job

#: The ledger's domains, what JSON and texts cannot hold, what is too much, and what the role may not.
_REFUSALS = ("22", "23514", "54", "42501")
_VOID = (
    "PostgreSQL itself has refused it, which voids the transaction it was in: roll that back, or back to a savepoint"
)
_NOTES = {
    "25P02": "nothing is enqueued: a statement before this one failed; roll back, or back to a savepoint",
    "42883": "the database lacks a function of this release: run `bellwork migrate`",
    "3F000": "the database has no ledger: run `bellwork migrate`",
}


def told(jobs: Sequence[Job], rows: Sequence[Sequence[Any]]) -> list[Enqueued]:
    """Read what try_enqueue has told of the jobs; raises RefusedJob where it took none, and left no trace of it."""
    for _, _, why in rows:
        if why is not None:
            raise refused(jobs, f"enqueue: {why}")
    return [Enqueued(id_, is_new) for id_, is_new, _ in rows]


def explained(error: Exception, jobs: Sequence[Job] = ()) -> Exception:
    """Return the error to raise instead of a driver's: RefusedJob for jobs that are refused, else the same one.

    A sentence says what to do where the driver's words do not.
    """
    cause, sqlstate = _cause(error)
    if jobs and sqlstate.startswith(_REFUSALS):
        refusal = refused(jobs, str(cause).splitlines()[0])
        refusal.add_note(_VOID)
        return refusal
    if sqlstate in _NOTES:
        error.add_note(_NOTES[sqlstate])
    return error


def _cause(error: BaseException) -> tuple[BaseException, str]:
    """Return the driver's own error below those of SQLAlchemy and Django, and PostgreSQL's code for it."""
    found: tuple[BaseException, str] = (error, "")
    for each in _below(error):
        sqlstate = getattr(each, "sqlstate", None) or getattr(each, "pgcode", None)
        if isinstance(sqlstate, str):
            found = (each, sqlstate)
    return found


def _below(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = getattr(error, "orig", None) or error.__cause__
