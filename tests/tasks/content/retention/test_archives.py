"""No row goes before its archive was read back and counted, and none by an archive that was changed since."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.db.engine import engine
from bellwork.db.sql import sql
from bellwork.tasks.providers import MissingObjectError, StorageError, storage
from bellwork.tasks.providers.storage.folder import Folder
from bellwork.tasks.upkeep.archive import ArchiveError
from tests.tasks.content.retention.old import Batches, add_requests, ask, change, deleted, parcels, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def _flipped(content: bytes) -> bytes:
    middle = len(content) // 2
    return content[:middle] + bytes([content[middle] ^ 1]) + content[middle + 1 :]


def _missing(_: bytes) -> bytes:
    raise MissingObjectError("nothing is stored under it")


LIES: dict[str, Callable[[bytes], bytes]] = {
    "truncated": lambda content: content[:-1],
    "bit-flipped": _flipped,
    "empty": lambda _: b"",
    "missing": _missing,
    "rubbish": lambda _: b"<html>503</html>",
}


@pytest.mark.usefixtures("district")
@pytest.mark.parametrize("lie", LIES)
def test_a4_no_row_goes_where_the_archive_does_not_come_back(lie: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Truncated, bit-flipped, empty, missing, rubbish: the run fails, no row is touched, and the next run mends it."""
    add_requests(5, 100)
    get = Folder.get
    with monkeypatch.context() as patch:
        patch.setattr(Folder, "get", lambda self, key: LIES[lie](get(self, key)))
        with pytest.raises((ArchiveError, StorageError)):
            run()
        after = (deleted(), parcels())
    run()

    assert (set(), [("broken", 0, 0)]) == after
    assert 5 == len(deleted())
    assert [("broken", 0, 0), ("done", 5, 5)] == parcels()


def test_a4_what_was_broken_is_not_left_lying_about(district: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An archive that was given up is removed from the storage: nobody would ever look for it."""
    add_requests(2, 100)
    with monkeypatch.context() as patch:
        patch.setattr(Folder, "get", lambda _self, _key: b"")
        with pytest.raises(ArchiveError):
            run()

    assert [] == list((district / "storage").rglob("*.parquet"))


@pytest.mark.usefixtures("district")
def test_a4_a_full_disk_takes_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the storage cannot take the file, the run fails with its reason and every row is as it was."""
    add_requests(2, 100)

    def full(_self: Folder, key: str, _content: bytes | Path) -> str:
        raise StorageError(f"{key!r} could not be stored: no space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(Folder, "put", full)
        with pytest.raises(StorageError, match="no space left"):
            run()

    assert set() == deleted()
    assert ["StorageError"] == [error.partition(":")[0] for error in ask("SELECT error FROM bellwork.retention")]


@pytest.mark.usefixtures("district")
def test_fewer_rows_than_were_copied_are_no_archive(monkeypatch: pytest.MonkeyPatch) -> None:
    """PostgreSQL's own count is held against what was written: one row less, and no row goes."""
    add_requests(3, 100)
    packing = sys.modules["bellwork.tasks.upkeep.sweeping.parcel"]
    write = packing.write_parquet

    def loses_one(chunks: Any, *rest: Any) -> Any:
        rows = list(chunks)
        return write(iter(rows[:-1]), *rest)

    monkeypatch.setattr(packing, "write_parquet", loses_one)
    with pytest.raises(ArchiveError, match=r"copied 3 rows .* 2 were written"):
        run()

    assert set() == deleted()


@pytest.mark.usefixtures("district")
def test_a_row_that_changed_after_it_was_archived_stays() -> None:
    """What is in the archive is not what is in the table any more: it goes by the next run, with an archive anew."""
    add_requests(5, 100)
    stopped = run(budget=Batches(1))
    change("UPDATE {content}.content_requests SET error_message = 'changed' WHERE id = 'old_00002'")
    run()
    between = deleted()
    run()

    assert stopped.unfinished
    assert {"old_00001", "old_00003", "old_00004", "old_00005"} <= between
    assert 5 == len(deleted())
    assert [("done", 5, 4), ("done", 1, 1)] == parcels()


@pytest.mark.usefixtures("district")
@pytest.mark.parametrize("lie", ["flipped", "gone"])
def test_a_verified_archive_that_was_changed_since_takes_no_row(lie: str, district: Path) -> None:
    """It is read again before its rows go: changed or gone, it is given up as it is, and its rows are archived anew."""
    add_requests(4, 100)
    run(budget=Batches(1))
    [key] = ask("SELECT key FROM bellwork.retention_parcels")
    place = district / "storage" / key
    changed = _flipped(place.read_bytes())
    place.unlink()
    if lie == "flipped":
        place.write_bytes(changed)
    swept = run()

    assert [("broken", 4, 0), ("done", 4, 4)] == parcels()
    assert 4 == len(deleted())
    assert key in (swept.said or "")
    assert (lie == "flipped") == storage().exists(key)


@pytest.mark.usefixtures("district")
def test_a_row_that_somebody_works_on_is_passed_over() -> None:
    """A lock held by another transaction makes no batch wait: that row goes by a later run."""
    add_requests(3, 100)
    with engine().connect() as other:
        other.execute(sql("SELECT FROM {content}.content_requests WHERE id = 'old_00001' FOR UPDATE"))
        swept = run()
        held_up = deleted()
        other.rollback()
    run()

    assert {"old_00002", "old_00003"} == held_up
    assert swept.longest < 4
    assert 3 == len(deleted())
