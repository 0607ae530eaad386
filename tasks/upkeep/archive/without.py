"""Rewrites archives without a person: the new file whole and read back, the catalogue switched, the old one deleted.

Cut off before the switch, an archive is as it was, beside a file that nothing names and that says nothing of him; cut
off after it, the old file is listed, and the next run deletes it.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING
from uuid import uuid4

from bellwork.db.archives import NewFile, count_rows, forget_file, note_people, superseded_files, switch
from bellwork.db.engine import transaction
from bellwork.db.failpoints import reach
from bellwork.db.partitions.declared import UnknownTableError, declared
from bellwork.db.systems import rules
from bellwork.tasks.providers import storage
from bellwork.tasks.upkeep.archive.deposit import workplace
from bellwork.tasks.upkeep.archive.errors import ArchiveError, ChangedMeanwhileError
from bellwork.tasks.upkeep.archive.parquet import read_back, sha256_of, write_without

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from bellwork.db.archives import Archive
    from bellwork.tasks.upkeep.archive.parquet import Without


#: What a file's key ends in, with the mark of an earlier rewriting: keys do not grow.
_REWRITTEN = re.compile(r"(\.[0-9a-f]{8})?\.parquet$")


def columns_of(archive: Archive) -> dict[str, tuple[str, ...]]:
    """Return the columns of an archive that name persons, each with those that say more of him; none if unknown."""
    if archive.kind == "parcel":
        rule = rules().get(archive.origin)
        return dict.fromkeys(rule.person, ()) if rule else {}
    try:
        return dict(declared(archive.origin).person)
    except UnknownTableError:
        return {}


def rows_outside(archive: Archive, names: Sequence[str]) -> int:
    """Count the rows that name one of these persons in a partition that is on its way into an archive."""
    if archive.kind == "parcel":
        return 0
    with transaction() as conn:
        return count_rows(conn, archive, list(columns_of(archive)), names)


def rewrite(archive: Archive, names: Sequence[str], *, dry_run: bool) -> int:
    """Rewrite an archive without these persons; returns how many of its rows named one. Without any it stays.

    Raises ArchiveError where it is not what the catalogue says, ChangedMeanwhileError where somebody else was sooner,
    and StorageError.
    """
    with workplace() as folder:
        old, new = folder / "old.parquet", folder / "new.parquet"
        storage().fetch(storage().key_of(str(archive.url)), old)
        if (found := sha256_of(old)) != archive.sha256:
            raise ArchiveError(
                f"the archive at {archive.url} has sha256 {found[:12]}…, not {str(archive.sha256)[:12]}…"
            )
        written = write_without(old, new, names, columns_of(archive), rows_stay=archive.kind == "partition")
        if written.changed and not dry_run:
            _put_in_place(archive, new, written)
        elif not archive.is_known and not dry_run:
            with transaction() as conn:
                note_people(conn, str(archive.url), written.people)
    return written.changed


def delete_superseded() -> int:
    """Delete the files whose place others took; returns how many."""
    with transaction() as conn:
        urls = superseded_files(conn)
    for url in urls:
        storage().delete(storage().key_of(url))
        with transaction() as conn:
            forget_file(conn, url)
    return len(urls)


def _put_in_place(archive: Archive, path: Path, written: Without) -> None:
    key = f"{_REWRITTEN.sub('', storage().key_of(str(archive.url)))}.{uuid4().hex[:8]}"
    url = storage().put(f"{key}.parquet", path)
    back = path.with_name("back.parquet")
    storage().fetch(f"{key}.parquet", back)
    if sha256_of(back) != written.sha256 or read_back(back) != written.rows:
        storage().delete(f"{key}.parquet")
        raise ArchiveError(
            f"{key}.parquet came back from the storage as another file than was stored; nothing was changed"
        )
    read = written.rows
    ends = {"min_id": read.min_id, "max_id": read.max_id}
    new = NewFile(f"{key}.parquet", url, None, read.rows, written.bytes, written.sha256, read.digest, **ends)
    if archive.manifest_url:
        manifest = json.loads(storage().get(storage().key_of(archive.manifest_url)))
        whole = manifest | {name: value for name, value in new._asdict().items() if name in manifest}
        new = new._replace(manifest_url=storage().put(f"{key}.json", json.dumps(whole, indent=2).encode()))
    reach("archive_rewritten", archive.id)
    with transaction() as conn:
        switched = switch(conn, archive, new, written.people)
    if not switched:
        for each in filter(None, (url, new.manifest_url)):
            storage().delete(storage().key_of(each))
        raise ChangedMeanwhileError(f"the archive of {archive.origin} {archive.id} was changed meanwhile; run it again")
    reach("archive_switched", archive.id)
