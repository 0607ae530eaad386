"""Packs due rows into an archive that is read back and counted; then the rows that the archive lists may go."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING

from bellwork.db.archives import note_people
from bellwork.db.engine import transaction
from bellwork.db.failpoints import reach
from bellwork.db.retention import (
    DIGEST,
    Evidence,
    SweepLeaseLost,
    begin_parcel,
    break_parcel,
    column_types,
    copy_due,
    finish_parcel,
    note_removed,
    remove_archived,
    verify_parcel,
)
from bellwork.tasks.providers import StorageError, storage
from bellwork.tasks.scratch import scratch_folder
from bellwork.tasks.upkeep.archive import ArchiveError, read_back, write_parquet
from bellwork.tasks.upkeep.archive.columns import read_columns
from bellwork.tasks.upkeep.archive.parquet import people_in

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Connection

    from bellwork.db.retention import Parcel
    from bellwork.db.vocabulary import RetentionRule
    from bellwork.tasks.upkeep.archive import ReadBack, Written
    from bellwork.tasks.upkeep.sweeping.run import Run

#: Rows in a parcel: a file of some megabytes, that one upload takes and one memory holds.
PARCEL = 20_000


def pack(rule: RetentionRule, run: Run) -> Parcel | None:
    """Archive the oldest due rows: written here, stored, read back and counted; None where no row is due.

    No row is touched. Raises ArchiveError for an archive that does not hold what was copied, and StorageError; the
    parcel is given up then.
    """
    with scratch_folder("parcel") as folder:
        path = folder / "parcel.parquet"
        written = _write(rule, path)
        if not written.rows:
            return None
        parcel = _begin(rule, run)
        try:
            evidence = _store(parcel, path, written)
            if rule.person:
                people = people_in(path, rule.person)
                run.renewed(lambda conn: note_people(conn, evidence.url, people))
            return _verified(parcel, evidence, run)
        except SweepLeaseLost:
            # Whoever goes on has removed the file already, perhaps before it was whole.
            with suppress(StorageError):
                storage().delete(parcel.key)
            raise
        except (ArchiveError, StorageError) as failed:
            # Where even removing it fails, the next run finds the parcel begun and removes it then.
            with suppress(StorageError):
                discard(parcel, run, str(failed))
            raise


def remove_packed(rule: RetentionRule, parcel: Parcel, run: Run) -> bool:
    """Take the rows away that the parcel's file lists, as it stands in the storage now; True once all were tried.

    Raises ArchiveError, and takes nothing away, where the file is not the one that was verified.
    """
    rows = _listed(rule, parcel)[parcel.tried :]
    while rows and run.may_go_on():
        size = run.pace.size
        run.step(lambda conn, most: _remove(conn, rule, parcel, rows[:most]))
        del rows[:size]
    if not rows:
        run.renewed(lambda conn: finish_parcel(conn, parcel))
    return not rows


def discard(parcel: Parcel, run: Run, reason: str) -> None:
    """Remove what there may be of the file of a parcel by which no row went, and say why."""
    storage().delete(parcel.key)
    run.renewed(lambda conn: break_parcel(conn, parcel, reason))


def _write(rule: RetentionRule, path: Path) -> Written:
    with transaction() as conn:
        copied = copy_due(conn, rule, PARCEL)
        written = write_parquet(iter(copied), path, column_types(conn, rule))
    if written.rows != copied.rows:
        raise ArchiveError(f"PostgreSQL copied {copied.rows:,} rows for {rule.key!r}, {written.rows:,} were written")
    return written


def _begin(rule: RetentionRule, run: Run) -> Parcel:
    parcel = run.renewed(lambda conn: begin_parcel(conn, rule))
    reach("retention_parcel_begun", rule.key)
    return parcel


def _store(parcel: Parcel, path: Path, written: Written) -> Evidence:
    url = storage().put(parcel.key, path)
    reach("retention_parcel_stored", parcel.key)
    path.unlink()
    found = _fetch(parcel.key, written.sha256, path)
    if (found.rows, found.digest) != (written.rows, written.digest):
        raise ArchiveError(f"{parcel.key!r} holds {found.rows:,} rows that are not the {written.rows:,} copied ones")
    return Evidence(url, found.rows, written.bytes, written.sha256, found.digest)


def _verified(parcel: Parcel, evidence: Evidence, run: Run) -> Parcel:
    verified = run.renewed(lambda conn: verify_parcel(conn, parcel, evidence))
    reach("retention_parcel_verified", parcel.key)
    run.parcels += 1
    return verified


def _listed(rule: RetentionRule, parcel: Parcel) -> list[tuple[str, ...]]:
    """Read the archive a second time, from the storage, before anything is taken away."""
    with scratch_folder("parcel") as folder:
        path = folder / "parcel.parquet"
        found = _fetch(parcel.key, parcel.sha256, path)
        rows = list(read_columns(path, (rule.by, DIGEST)))
    if not len(rows) == found.rows == parcel.rows or found.digest != parcel.digest:
        raise ArchiveError(f"{parcel.key!r} lists {len(rows):,} rows, not the {parcel.rows:,} that were verified")
    return rows


def _fetch(key: str, sha256: str, path: Path) -> ReadBack:
    stored = storage().get(key)
    found = hashlib.sha256(stored).hexdigest()
    if found != sha256:
        raise ArchiveError(f"{key!r} came back from the storage as {found[:12]}…, it was stored as {sha256[:12]}…")
    path.write_bytes(stored)
    return read_back(path)


def _remove(conn: Connection, rule: RetentionRule, parcel: Parcel, rows: list[tuple[str, ...]]) -> int:
    removed = remove_archived(conn, rule, [(row[0], row[1]) for row in rows])
    note_removed(conn, parcel, tried=len(rows), removed=removed)
    return removed
