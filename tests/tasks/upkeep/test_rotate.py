"""A partition leaves when its time is over: archived, read back and dropped, or only dropped; all else stays."""

from __future__ import annotations

import hashlib
import io
import json
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest

from bellwork.db.engine import transaction
from bellwork.db.own import HISTORY
from bellwork.db.partitions import hold, partitions, release
from bellwork.tasks.providers import storage
from bellwork.tasks.upkeep.rotation import Rotated, rotate
from tests.old_months import AUDIT, DAY, MONTH, book, exists, in_parent, old_day, old_month, state

if TYPE_CHECKING:
    from bellwork.db.partitions import Partition

pytestmark = pytest.mark.usefixtures("database")


def test_an_old_month_is_archived_and_dropped() -> None:
    """Its rows are in the storage, the manifest says which, the registry says where, and the table is gone."""
    old_month(rows=200)
    done = rotate()
    row = book(AUDIT, MONTH)
    archive = storage().get(storage().key_of(str(row.url)))
    manifest = json.loads(storage().get(storage().key_of(str(row.manifest_url))))

    assert Rotated(created=[], dropped=[MONTH], troubles={}) == done
    assert ("dropped", 200, 1, 200) == (row.state, row.rows, row.min_id, row.max_id)
    assert row.sha256 == hashlib.sha256(archive).hexdigest() == manifest["sha256"]
    assert (200, 1, 200) == (manifest["rows"], manifest["min_id"], manifest["max_id"])
    assert ("bigint", "jsonb") == (manifest["columns"]["id"], manifest["columns"]["metadata"])
    assert not exists(f"content.{MONTH}")


def test_an_old_day_of_job_history_is_only_dropped() -> None:
    """Nothing of it is stored: it is declared so."""
    old_day()

    assert [DAY] == rotate().dropped
    assert ("dropped", None) == (state(HISTORY, DAY), book(HISTORY, DAY).url)
    assert not exists(f"bellwork.{DAY}")


def test_what_is_young_stays() -> None:
    """A fresh database is rotated without a change, and every partition of it is in the registry as attached."""
    assert Rotated() == rotate()
    with transaction() as conn:
        states = {each.state for table in (AUDIT, HISTORY) for each in partitions(conn, table)}

    assert {"attached"} == states


def test_an_empty_month_is_archived_like_any_other() -> None:
    """No row is also something to be proven."""
    old_month(rows=0)

    assert [MONTH] == rotate().dropped
    assert 0 == book(AUDIT, MONTH).rows


def test_a_held_month_stays_until_it_is_released() -> None:
    """Its rows are seen as before; after the release the next rotation takes it."""
    old_month()
    with transaction() as conn:
        assert hold(conn, AUDIT, MONTH, "the office", "case 12")
    held = rotate().dropped
    seen = in_parent()
    with transaction() as conn:
        assert release(conn, AUDIT, MONTH)

    assert ([], 200) == (held, seen)
    assert [MONTH] == rotate().dropped


def test_a_hold_in_the_middle_of_the_way_stops_the_drop(monkeypatch: pytest.MonkeyPatch) -> None:
    """Held between its verification and its drop, the table stays where it is."""
    old_month()

    def hold_it(_: Partition) -> None:
        with transaction() as conn:
            hold(conn, AUDIT, MONTH, "the office", "case 12")

    monkeypatch.setattr("bellwork.tasks.upkeep.lifecycle.examine", hold_it)

    assert ([], True) == (rotate().dropped, exists(f"content.{MONTH}"))


def test_two_rotations_at_once_lose_nothing() -> None:
    """One of them does each step; the month is archived once and dropped once."""
    old_month()
    barrier = Barrier(2)

    def both() -> Rotated:
        barrier.wait(timeout=60)
        return rotate()

    with ThreadPoolExecutor(2) as pool:
        done = [future.result(timeout=60) for future in [pool.submit(both) for _ in range(2)]]
    while state(AUDIT, MONTH) != "dropped":
        rotate()

    row = book(AUDIT, MONTH)
    assert (200, "dropped") == (row.rows, row.state)
    assert 200 == _rows_of_archive(row)
    assert len(done) == 2


def _rows_of_archive(row: Partition) -> int:
    content = storage().get(storage().key_of(str(row.url)))
    return int(pq.ParquetFile(io.BytesIO(content)).metadata.num_rows)
