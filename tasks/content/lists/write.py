"""Writes what is valid of a list: part by part, or all of it in one commit, or of a dry run nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.content.lists import apply, leavers, report
from bellwork.db.content.lists import run as runs
from bellwork.db.content.lists.run import Outcome
from bellwork.db.engine import transaction
from bellwork.db.failpoints import reach
from bellwork.db.settings import settings
from bellwork.tasks.content.lists.errors import write_errors
from bellwork.tasks.content.lists.take import Taken, commit, refuse
from bellwork.tasks.letters import wake
from bellwork.workers import job

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.content.lists.apply import Stretch

#: Looks at an atomic list, before others who make accounts at the same moment have the job try later.
_LOOKS = 3


class _ByOthers(Exception):  # noqa: N818 - it is no error
    """Rows of an atomic list became impossible while they were written: all of it is undone, and looked at again."""


def in_stretches(taken: Taken) -> None:
    """Write a list part by part: what is valid is kept, whatever the rest is."""
    order = taken.order
    reach("before_writing", order.upload_id)
    with transaction() as conn:
        parts = apply.stretches(conn, order)
    made = 0
    for part in parts:
        with commit(order, "writing", written=min(part.last, taken.rows)) as conn:
            made += _write(conn, taken, part, made)[0]
        reach("after_stretch", order.upload_id)
    if order.leavers:
        with commit(order, "writing") as conn:
            leavers.let_leave(conn, order)
    _store_errors(taken)
    with job.transaction() as conn:
        runs.take_time(conn)
        runs.go_on(conn, order, "writing", written=taken.rows)
        _conclude(conn, taken)


def at_once(taken: Taken) -> None:
    """Write all of a list or nothing, in the commit that ends it; of a dry run nothing, with the same report."""
    order = taken.order
    for _ in range(_LOOKS):
        refused = _store_errors(taken) > 0 and order.atomic
        reach("before_writing", order.upload_id)
        try:
            with job.transaction() as conn:
                runs.take_time(conn)
                runs.go_on(conn, order, "writing")
                if not (refused or order.dry_run):
                    _all_or_nothing(conn, taken)
                _conclude(conn, taken, all_or_nothing=order.atomic)
        except _ByOthers:
            refuse(taken)
            continue
        return
    raise RuntimeError(
        "accounts of the list's people were made by others meanwhile, again and again; it is tried later"
    )


def _store_errors(taken: Taken) -> int:
    with transaction() as conn:
        refused = taken.require(conn)
    if refused > report.LOGGED:
        write_errors(taken.order)
    return refused


def _all_or_nothing(conn: Connection, taken: Taken) -> None:
    _, refused = _write(conn, taken, apply.EVERYTHING, 0)
    if taken.order.leavers:
        refused += leavers.let_leave(conn, taken.order)
    if refused:
        raise _ByOthers


def _write(conn: Connection, taken: Taken, part: Stretch, posted: int) -> tuple[int, int]:
    pace = apply.Pace(settings().welcome_per_minute, posted)
    made, refused = apply.write(conn, taken.order, part, pace, enrolled=taken.enrolled)
    if made and taken.order.invite:
        wake(conn)
    return made, refused


def _conclude(conn: Connection, taken: Taken, *, all_or_nothing: bool = False) -> None:
    """End a list with its numbers."""
    order, rows = taken.order, taken.rows
    refused = taken.require(conn)
    errors = report.first_errors(conn, order)
    if refused and all_or_nothing:
        reason = f"{refused:,} of {rows:,} rows are refused, and the upload is all or nothing: nothing was written"
        runs.end(conn, order, Outcome("failed", rows, refused, errors=errors, reason=reason))
        return
    created, known, leaving, places = report.count_people(conn, order, enrolled=taken.enrolled)
    runs.end(conn, order, Outcome("completed", rows, refused, created, known, places, leaving, errors))
