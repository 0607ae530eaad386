"""Deletes an organization whose contract ended 30 days ago, and all that belongs to it, in the order of the tables.

In small batches, each of which checks under a lock what the calendar checked before it sent the deletion: that the
contract is over, the last notice was sent, and its time has passed. A renewal stops it; sent early, it deletes nothing.
"""

from __future__ import annotations

from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Any

import dramatiq

from bellwork.db.content.queries import (
    classes_of,
    close_contract,
    delete_classes,
    delete_organizations,
    delete_people,
    files_of,
    in_the_way,
    lock_classes,
    lock_parts,
    lock_people,
    parts_of,
    people_of,
    read_contract,
    told_steps,
    was_deleted,
)
from bellwork.db.engine import transaction
from bellwork.tasks.content.retention.steps import KEPT, LAST_WORD, deletion_day, due_today
from bellwork.tasks.content.retention.uploads import forget, is_removed
from bellwork.tasks.upkeep.sweeping.as_job import LIMIT, as_job
from bellwork.tasks.upkeep.sweeping.run import running
from bellwork.workers import Permanent

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from bellwork.db.retention import Holder
    from bellwork.tasks.upkeep.sweeping.pace import Budget
    from bellwork.tasks.upkeep.sweeping.run import Run

KEY = "content.delete_organization"
#: Classes, people and files that are looked at together.
_FEW = 50


class Renewed(Exception):  # noqa: N818 - it is no error
    """The contract has another end now, or none: nothing more is deleted."""


@dramatiq.actor(
    actor_name=KEY,
    tenant="organization_id",
    callers="internal",
    queue_name="upkeep",
    max_retries=5,
    min_backoff=60_000,
    time_limit=LIMIT,
)
def delete_organization(organization_id: str, contract_end: str) -> None:
    """Delete an organization for good, unless its contract was renewed; Permanent before the day on which it may go."""
    try:
        end = date.fromisoformat(contract_end)
    except ValueError as wrong:
        raise Permanent(f"contract_end {contract_end!r} is no day; it looks like 2027-06-30") from wrong
    as_job(partial(delete_until_gone, organization_id, end))


def delete_until_gone(organization_id: str, end: date, holder: Holder, budget: Budget) -> Run:
    """Delete an organization until it is gone, renewed, or the time is spent; says what is in the way, if anything.

    Raises Permanent, and deletes nothing, where there is no such organization, or before its day, which it names.
    """
    _require_known(organization_id)
    with running(f"{KEY}:{organization_id}", holder, budget, first=200) as run:
        try:
            _Deletion(run, organization_id, end).go()
        except Renewed as renewed:
            run.remark(str(renewed))
    return run


class _Deletion:
    """The deletion of one organization, with the parts of it that have no contract of their own."""

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
            self._empty(part, few, lock_classes, delete_classes)

    def _delete_people(self, part: str) -> None:
        after = ""
        while self._run.may_go_on() and (few := _read(people_of, part, after, _FEW)):
            self._empty(part, few, lock_people, delete_people)
            after = few[-1]

    def _empty(
        self,
        part: str,
        few: Sequence[str],
        lock: Callable[[Connection, str, Sequence[str]], list[str]],
        delete: Callable[[Connection, Sequence[str], int], int],
    ) -> None:
        while self._run.may_go_on():
            size = self._run.pace.size
            if self._step(lambda conn, most: delete(conn, lock(conn, part, few), most)) < size:
                return

    def _delete_empty(self, conn: Connection, _most: int) -> int:
        """Delete what is empty; the commit that deletes the organization itself records that."""
        gone = delete_organizations(conn, self._parts)
        if not parts_of(conn, self._root):
            close_contract(conn, self._root, self._end)
        return gone

    def _stands(self) -> bool:
        return bool(_read(parts_of, self._root))

    def _conclude(self) -> None:
        """Say what is in the way of an organization that still stands."""
        if self._stands():
            for reason in _read(in_the_way, self._parts):
                self._run.remark(reason)

    def _step(self, take: Callable[[Connection, int], int]) -> int:
        return self._run.step(partial(self._take, take))

    def _take(self, take: Callable[[Connection, int], int], conn: Connection, most: int) -> int:
        """Take a batch under the locks of all that is deleted, so that no contract is renewed or begun meanwhile."""
        contract = read_contract(conn, self._root, lock=True)
        if contract is None or contract.end != self._end:
            raise Renewed(f"{self._root!r} is no longer without a contract since {self._end}: nothing more is deleted")
        told = told_steps(conn, self._root).get((self._root, self._end), {})
        if not due_today(self._end, contract.today, told).delete:
            raise Permanent(_too_early(self._root, self._end, told.get(LAST_WORD.name)))
        if apart := set(lock_parts(conn, self._parts)) - set(parts_of(conn, self._root)):
            raise Renewed(f"{min(apart)!r} has a contract of its own since a moment ago: nothing more is deleted now")
        return take(conn, most)

    def _require_over(self) -> None:
        with transaction() as conn:
            self._take(lambda _conn, _most: 0, conn, 0)


def _require_known(organization_id: str) -> None:
    with transaction() as conn:
        if not (parts_of(conn, organization_id) or was_deleted(conn, organization_id)):
            raise Permanent(f"there is no organization {organization_id!r}, so nothing of it is deleted")


def _too_early(organization_id: str, end: date, last_word: date | None) -> str:
    if last_word is None:
        day = deletion_day(end, end)
        return (
            f"{organization_id!r} may be deleted from {day} on, {KEPT} days after {end}, and a week after its last word"
            " at the earliest, which nobody was told yet: nothing is deleted"
        )
    day = deletion_day(end, last_word)
    return (
        f"{organization_id!r} may be deleted from {day} on; its last word was told on {last_word}: nothing is deleted"
    )


def _read(ask: Callable[..., list[Any]], *asked: object) -> list[Any]:
    with transaction() as conn:
        return ask(conn, *asked)
