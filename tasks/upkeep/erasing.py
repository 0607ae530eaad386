"""Erases a person everywhere: jobs and letters first, archives, then each system's own rows; twice is as good as once.

Each step is a transaction that a second run finds done. Systems come last, for by their rows it is known what else is
this person's. Whatever is cut off, the same command again brings it to the same end.
"""

from __future__ import annotations

from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bellwork.db.archives import archives_of
from bellwork.db.engine import DatabaseError, transaction
from bellwork.db.failpoints import reach
from bellwork.db.ledger import record_act
from bellwork.db.ledger.erase import (
    count_mentions,
    enqueuing,
    erase_history,
    erase_jobs,
    erase_letters,
    erase_mentions,
    erasure_hash,
    history_parts,
    lift_erasure,
    mark_erased,
    still_enqueuing,
)
from bellwork.db.partitions.locks import take_your_time
from bellwork.db.refused import lacks_right, may_change
from bellwork.db.systems import load, systems
from bellwork.tasks.providers import MissingObjectError, StorageError, storage
from bellwork.tasks.upkeep.archive.errors import ChangedMeanwhileError
from bellwork.tasks.upkeep.archive.without import columns_of, delete_superseded, rewrite, rows_outside

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from types import ModuleType

    from sqlalchemy import Connection

    from bellwork.db.archives import Archive
    from bellwork.db.ledger import ChangedBy

    #: Called with what a part is, how many are done, and of how many.
    Tell = Callable[[str, int, int], None]


_MAY_NOT = "this login may not change its tables; run it again as a member of bellwork_ops and bellwork_worker"


_OPEN = "transactions are open, or prepared, that wrote jobs before the person was known to be erased; run it again"
_ELSEWHERE = "their URLs do not begin with STORAGE_URL; who keeps them has to delete them"
_OF_OTHERS = "jobs of others, or of actors that declare no subject, name this person; run it again when they are done"


@dataclass(frozen=True)
class Found:
    """What was found in one place, and what became of it; `left` needs somebody, or another run."""

    where: str
    what: str
    count: int
    left: bool = False
    why: str | None = None


@dataclass
class Report:
    """What was erased where, without a word of what it was; the person is named by a hash with this ledger's key."""

    person: str
    dry_run: bool
    found: list[Found] = field(default_factory=list)

    @property
    def is_complete(self) -> bool:
        """Whether nothing was left for another run."""
        return self.dry_run or not any(each.left for each in self.found)

    def add(self, where: str, what: str, count: int, *, left: bool = False, why: str | None = None) -> None:
        """Add what was found, unless that is nothing."""
        if count:
            self.found.append(Found(where, what, count, left, why))


class _Undone(Exception):  # noqa: N818 - a dry run ends so
    """Takes a dry run's changes back."""


def erase(subject: str, by: ChangedBy, *, dry_run: bool = False, tell: Tell = lambda *_: None) -> Report:
    """Erase what is known of a person, and record it as an act of the operator; a dry run counts, and changes nothing.

    `tell` is called after each part that is read whole: of what it is one, how many are done, and of how many.

    Raises what PostgreSQL and the storage raise; what was done until then is done, and the next run goes on.
    """
    hooks = [load(each, each.erase) for each in systems() if each.erase]
    with _step(dry_run) as conn:
        report = Report(erasure_hash(conn, subject), dry_run)
        names = list(dict.fromkeys([subject, *(name for hook in hooks for name in hook.names(conn, subject))]))
        mark_erased(conn, names)
        record_act(conn, by, "erase begun", f"person {report.person[:16]}")
    with _step(dry_run) as conn:
        before = enqueuing(conn)
    _erase_ledger(report, subject, names, by.why, dry_run=dry_run, tell=tell)
    _erase_archives(report, names, dry_run=dry_run, tell=tell)
    for hook in hooks:
        _erase_system(report, hook, subject, dry_run=dry_run)
    if not dry_run:
        _look_again(report, names, by.why, before)
    with _step(dry_run) as conn:
        record_act(conn, by, "erase", f"person {report.person[:16]}", {}, _kept(report))
    return report


def lift(subject: str, by: ChangedBy) -> Report:
    """Let a person be known again, and record it; what was erased stays so."""
    with transaction() as conn:
        report = Report(erasure_hash(conn, subject), dry_run=False)
        if lift_erasure(conn, subject):
            record_act(conn, by, "erase lifted", f"person {report.person[:16]}")
            report.add("bellwork.erased_subjects", "lifted: jobs of this person run again", 1)
    return report


def _erase_ledger(  # noqa: PLR0913 - how it is to be done
    report: Report,
    subject: str,
    names: Sequence[str],
    why: str,
    *,
    dry_run: bool,
    tell: Tell,
) -> None:
    with _step(dry_run) as conn:
        _erase_labelled(conn, report, names, why)
        report.add("jobs", "left", count_mentions(conn, subject), left=True, why=_OF_OTHERS)
    reach("erase_jobs")
    with _step(dry_run) as conn:
        parts = history_parts(conn)
    for done, part in enumerate(parts, 1):
        with _step(dry_run) as conn:
            report.add("history of jobs", "emptied, found by a look at all", erase_mentions(conn, part, subject, names))
        tell("part", done, len(parts))
    with _step(dry_run) as conn:
        letters = _erase_letters(conn, report, names)
        report.add("letters", "left", letters.get("sending", 0), left=True, why="being sent right now; run again")
    reach("erase_letters")


def _look_again(report: Report, names: Sequence[str], why: str, before: set[str]) -> None:
    """Erase what transactions enqueued that were open when the person was marked; later ones know of the mark."""
    with transaction() as conn:
        still = still_enqueuing(conn, before)
        _erase_labelled(conn, report, names, why)
        _erase_letters(conn, report, names)
    report.add("jobs", "perhaps left", still, left=True, why=_OPEN)


def _erase_labelled(conn: Connection, report: Report, names: Sequence[str], why: str) -> None:
    ended = erase_jobs(conn, names, why)
    report.add("jobs", "cancelled, with what they carried", ended.get("waiting", 0))
    report.add("jobs", "cancelled while they ran", ended.get("running", 0), why="the attempt can write nothing more")
    report.add("history of jobs", "emptied, found by their label", erase_history(conn, names))


def _erase_letters(conn: Connection, report: Report, names: Sequence[str]) -> dict[str, int]:
    letters = erase_letters(conn, names)
    report.add("letters", "not sent, address and words erased", letters.get("waiting", 0))
    report.add("letters", "address and words erased", letters.get("settled", 0))
    return letters


def _erase_archives(report: Report, names: Sequence[str], *, dry_run: bool, tell: Tell) -> None:
    with _step(dry_run) as conn:
        if not may_change(conn, ("partitions", "retention_parcels", "archive_people")):
            report.add("archives", "not looked at", 1, left=True, why=_MAY_NOT)
            return
        found = [each for each in archives_of(conn, names) if columns_of(each)]
    for done, archive in enumerate(found, 1):
        where = f"archive of {archive.origin} {archive.id}"
        if archive.is_settled:
            report.add(where, "rows emptied or taken out", _rewrite(archive, names, dry_run=dry_run))
        elif archive.kind == "parcel":
            report.add(where, "left", 1, left=True, why="its rows are leaving; run again afterwards")
        else:
            report.add(
                where, "rows left", rows_outside(archive, names), left=True, why="it is being archived; run again"
            )
        tell("archive", done, len(found))
    if not dry_run:
        delete_superseded()


def _rewrite(archive: Archive, names: Sequence[str], *, dry_run: bool) -> int:
    """Rewrite an archive, or what stands in its place where somebody else rewrote it meanwhile."""
    while True:
        try:
            return rewrite(archive, names, dry_run=dry_run)
        except (ChangedMeanwhileError, MissingObjectError):
            with transaction() as conn:
                now = next((each for each in archives_of(conn, names) if each[:3] == archive[:3]), None)
            if now is None:
                return 0
            if now.url == archive.url:
                raise
            archive = now


def _erase_system(report: Report, hook: ModuleType, subject: str, *, dry_run: bool) -> None:
    try:
        with _step(dry_run) as conn:
            done = hook.erase(conn, subject)
            ours = [key for key in map(_key_of, done.files) if key]
            if not dry_run:
                _delete_files(ours)
            reach("erase_system", hook.__name__)
    except DatabaseError as error:
        if not lacks_right(error):
            raise
        report.add(hook.__name__.split(".")[-2], "not looked at", 1, left=True, why=_MAY_NOT)
        return
    report.add("storage", "files deleted", len(ours))
    report.add("storage", "files elsewhere", len(done.files) - len(ours), why=_ELSEWHERE)
    for what, rows in (("deleted", done.deleted), ("emptied", done.masked)):
        _add_rows(report, what, rows, done.kept)


def _add_rows(report: Report, what: str, rows: Mapping[str, int], kept: Mapping[str, str]) -> None:
    for table, count in rows.items():
        report.add(table, f"rows {what}", count, why=kept.get(table) if what == "emptied" else None)


def _delete_files(keys: Sequence[str]) -> None:
    """Delete files before the rows that name them: cut off in between, the next run finds the rows."""
    for key in keys:
        storage().delete(key)


def _key_of(file: str) -> str | None:
    """Return the key of a file, or of its URL; None where it lies in a storage that is not ours."""
    try:
        return storage().key_of(file) if "://" in file else file
    except StorageError:
        return None


def _kept(report: Report) -> dict[str, object]:
    return {
        "complete": report.is_complete,
        "found": [f"{each.where}: {each.count} {each.what}" for each in report.found],
    }


@contextmanager
def _step(dry_run: bool) -> Iterator[Connection]:  # noqa: FBT001 - said at each step
    with suppress(_Undone), transaction() as conn:
        take_your_time(conn)
        yield conn
        _undo(dry_run)


def _undo(dry_run: bool) -> None:  # noqa: FBT001 - as above
    if dry_run:
        raise _Undone
