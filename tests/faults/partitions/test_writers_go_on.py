"""Whoever writes the audit trail hardly notices a rotation, whatever readers hold open."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import psycopg

from bellwork.db.partitions import declared
from bellwork.tasks.upkeep.rotation import rotate
from tests.benchmarks import beside
from tests.benchmarks.beside import Scene, beside_others
from tests.old_months import MONTH, old_month

if TYPE_CHECKING:
    import pytest

#: Seconds for which a reader keeps its transaction open; a plain DETACH keeps every writer waiting as long.
HELD = 3.0
_WRITE = "INSERT INTO content.audit_logs (action) VALUES ('written')"
_COUNT = "SELECT count(*) FROM content.audit_logs WHERE action = 'written'"


def test_a3_a_reader_holds_a_rotation_up_and_no_writer(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """One month is made, one archived and dropped after the reader's 3 s; writers wait less than half of it."""
    monkeypatch.setattr(beside, "BEFORE", 0.5)
    old_month()
    table, done = replace(declared("content.audit_logs"), ahead=4), []
    scene = Scene(database, [_WRITE], 200, _COUNT, HELD)
    found = beside_others(scene, lambda: done.append(rotate([table])))
    with psycopg.connect(database) as conn:
        [rows] = conn.execute(_COUNT.encode()).fetchone() or (0,)

    assert ([MONTH], {}, 1) == (done[0].dropped, done[0].troubles, len(done[0].created))
    assert found.seconds > HELD
    assert found.longest < HELD * 500
    assert {} == found.errors
    assert rows > 200 * HELD * 0.5
