"""Whatever a storage does with an archive, the rows stay in the database until it was read back, twice, as written."""

from __future__ import annotations

import tempfile
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.db import engine
from bellwork.tasks import providers
from bellwork.tasks.upkeep.archive import deposit, examine
from bellwork.tasks.upkeep.archive.bring_back import bring_back
from bellwork.tasks.upkeep.rotate import rotate_partitions
from bellwork.tasks.upkeep.rotation import rotate
from bellwork.workers.testing import drain, run_inline
from tests.faults.audit.liars import LIES, Liar, flipped
from tests.faults.small_volume import full, small_volume
from tests.old_months import AUDIT, MONTH, book, exists, old_month, rows_of, state

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("lie", LIES)
def test_a4_a_storage_that_lies_costs_no_row(lie: str, month: list[Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """The table stays, row for row, and the ledger says why; with a storage that works it is archived and goes."""
    with monkeypatch.context() as patch:
        _use(patch, LIES[lie]())
        first, second = rotate(), rotate()
    kept, blamed = rows_of(f"content.{MONTH}"), book(AUDIT, MONTH).error
    mended = rotate()

    assert [MONTH] == list(first.troubles) == list(second.troubles)
    assert (month, second.troubles[MONTH]) == (kept, blamed)
    assert ([MONTH], {}) == (mended.dropped, mended.troubles)
    assert bring_back(AUDIT, book(AUDIT, MONTH), "a test", "to compare") is None
    assert month == rows_of(f"content.{MONTH}")


@pytest.mark.usefixtures("month")
def test_a4_a_lie_between_the_two_readings_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was right when it was read first and is damaged the second time is not relied on."""
    kept, seen = providers.storage(), []

    class Rotting:
        def __getattr__(self, name: str) -> Any:
            return getattr(kept, name)

        def fetch(self, key: str, path: Path) -> None:
            kept.fetch(key, path)
            seen.append(key)
            if len(seen) == 2:
                path.write_bytes(flipped(path.read_bytes(), 200))

    _use(monkeypatch, Rotting())

    assert "has sha256" in rotate().troubles[MONTH]
    assert (True, "detached") == (exists(f"content.{MONTH}"), state(AUDIT, MONTH))


@pytest.mark.usefixtures("month")
def test_a4_an_archive_lost_after_its_verification_is_noticed_before_the_drop(monkeypatch: pytest.MonkeyPatch) -> None:
    """A rotation that goes on later examines the archive again: the table stays, and is archived anew."""

    def interrupted(*_: object) -> None:
        raise OSError("interrupted")

    with monkeypatch.context() as patch:
        patch.setattr("bellwork.tasks.upkeep.lifecycle.drop", interrupted)
        rotate()
    monkeypatch.setattr("bellwork.tasks.upkeep.lifecycle.BELIEVED", timedelta(hours=-1))
    providers.storage().delete(providers.storage().key_of(str(book(AUDIT, MONTH).url)))
    done = rotate()

    assert "nothing is stored under" in done.troubles[MONTH]
    assert exists(f"content.{MONTH}")
    assert [MONTH] == rotate().dropped


@pytest.mark.usefixtures("database")
def test_a4_the_job_tries_five_times_and_then_says_why(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each try makes another archive; after the fifth the job is dead, with the reason, and the table stands."""
    old_month()
    _use(monkeypatch, Liar(lambda content: content[:-1]))
    job = run_inline(rotate_partitions)
    drain("upkeep", later=True)

    assert "scheduled" == job["state"]
    assert (True, 6) == (exists(f"content.{MONTH}"), book(AUDIT, MONTH).take)
    assert "has bytes" in str(book(AUDIT, MONTH).error)


@pytest.mark.usefixtures("database")
def test_a4_a_full_disk_costs_no_row(monkeypatch: pytest.MonkeyPatch) -> None:
    """No room for the archive, neither here nor in the storage: the table stays, and goes when there is room."""
    old_month(rows=20_000)
    with small_volume(4) as place:
        for variable in ("TMPDIR", "STORAGE_URL"):
            with full(place), monkeypatch.context() as patch:
                _let_everything_be(patch, variable, place)
                why = rotate().troubles[MONTH]
            assert "No space left on device" in why
            assert (True, "detached") == (exists(f"content.{MONTH}"), state(AUDIT, MONTH))
    _let_everything_be(monkeypatch, "", None)

    assert [MONTH] == rotate().dropped


def _use(monkeypatch: pytest.MonkeyPatch, storage: Any) -> None:
    for module in (deposit, examine):
        monkeypatch.setattr(module, "storage", lambda: storage)


def _let_everything_be(patch: pytest.MonkeyPatch, variable: str, place: Path | None) -> None:
    if variable == "TMPDIR":
        patch.setattr(tempfile, "tempdir", str(place))
    elif variable:
        patch.setenv(variable, f"file://{place}")
    engine.forget()
