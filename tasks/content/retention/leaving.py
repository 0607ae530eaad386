"""Deletes an organization whose contract ended 30 days ago, and who and what belongs to it, in the order of the tables.

In small batches, each of which looks first whether the contract is still over: a renewal stops it where it is.
"""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import dramatiq

from db.engine import transaction
from db.queries.content import (
    classes_of,
    close_contract,
    delete_classes,
    delete_organizations,
    delete_people,
    files_of,
    in_the_way,
    parts_of,
    people_of,
    read_contract,
)
from tasks.content.retention.as_job import LIMIT, as_job
from tasks.content.retention.run import running
from tasks.content.retention.uploads import forget, is_removed
from workers import Permanent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from db.retention import Holder
    from tasks.content.retention.pace import Budget
    from tasks.content.retention.run import Run

KEY = "content.delete_organization"
#: Classes, people and files that are looked at together.
_FEW = 50


class Renewed(Exception):  # noqa: N818 - it is good news
    """The contract has another end now, or none: nothing more is deleted."""


@dramatiq.actor(actor_name=KEY, queue_name="upkeep", max_retries=5, min_backoff=60_000, time_limit=LIMIT)
def delete_organization(organization_id: str, contract_end: str) -> None:
    """Delete an organization for good, unless its contract was renewed."""
    try:
        end = date.fromisoformat(contract_end)
    except ValueError as wrong:
        raise Permanent(f"contract_end {contract_end!r} is no day; it looks like 2027-06-30") from wrong
    as_job(partial(leave, organization_id, end))


def leave(organization_id: str, end: date, holder: Holder, budget: Budget) -> Run:
    """Delete an organization until it is gone, renewed, or the time is spent; says what is in the way, if anything."""
    with running(f"{KEY}:{organization_id}", holder, budget, first=200) as run:
        try:
            _Leaving(run, organization_id, end).go()
        except Renewed as renewed:
            run.remark(str(renewed))
    return run


class _Leaving:
    """One organization on its way out, with the parts of it that have no contract of their own."""

    def __init__(self, run: Run, organization_id: str, end: date) -> None:
        self._run, self._root, self._end = run, organization_id, end
        with transaction() as conn:
            self._parts = parts_of(conn, organization_id)

    def go(self) -> None:
        """Go through the tables, children before parents; whatever is gone already takes no time."""
        self._remove_files()
        for part in self._parts:
            self._delete_classes(part)
        for part in self._parts:
            self._delete_people(part)
        while self._run.may_go_on() and self._stands() and self._step(self._delete_empty):
            continue
        if self._run.may_go_on():
            self._conclude()

    def _remove_files(self) -> None:
        after = ""
        while self._run.may_go_on() and (found := _read(files_of, self._parts, after, _FEW)):
            self._require_over()
            gone = [upload for upload in found if is_removed(upload, self._run)]
            self._step(forget(gone))
            after = found[-1].id

    def _delete_classes(self, part: str) -> None:
        while self._run.may_go_on() and (few := _read(classes_of, part, _FEW)):
            self._empty(few, delete_classes)

    def _delete_people(self, part: str) -> None:
        after = ""
        while self._run.may_go_on() and (few := _read(people_of, part, after, _FEW)):
            self._empty(few, delete_people)
            after = few[-1]

    def _empty(self, few: Sequence[str], delete: Callable[[Connection, Sequence[str], int], int]) -> None:
        while self._run.may_go_on():
            size = self._run.pace.size
            if self._step(lambda conn, most: delete(conn, few, most)) < size:
                return

    def _delete_empty(self, conn: Connection, _most: int) -> int:
        return delete_organizations(conn, self._parts)

    def _stands(self) -> bool:
        return bool(_read(parts_of, self._root))

    def _conclude(self) -> None:
        """Close the contract of an organization that is gone; of any other, say what is in the way."""
        if self._stands():
            for reason in _read(in_the_way, self._parts):
                self._run.remark(reason)
        else:
            with transaction() as conn:
                close_contract(conn, self._root, self._end)

    def _step(self, take: Callable[[Connection, int], int]) -> int:
        return self._run.step(partial(self._take, take))

    def _take(self, take: Callable[[Connection, int], int], conn: Connection, most: int) -> int:
        """Take a batch under the organization's lock, so that nobody renews the contract meanwhile."""
        contract = read_contract(conn, self._root, lock=True)
        if contract is None or contract.end != self._end:
            raise Renewed(f"{self._root!r} is no longer without a contract since {self._end}: nothing more is deleted")
        return take(conn, most)

    def _require_over(self) -> None:
        with transaction() as conn:
            self._take(lambda _conn, _most: 0, conn, 0)


def _read(ask: Callable[..., list[Any]], *asked: object) -> list[Any]:
    with transaction() as conn:
        return ask(conn, *asked)
