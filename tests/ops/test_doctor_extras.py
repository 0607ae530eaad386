"""The doctor says beforehand whose night will fail for a package that is not installed."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import transaction
from bellwork.db.ledger import ChangedBy
from bellwork.db.systems import rules
from bellwork.ops.doctor.extras import check_extras
from bellwork.scheduler import operate
from bellwork.scheduler.declare import synchronise

if TYPE_CHECKING:
    from bellwork.ops.doctor import Finding

#: What archives and is no rule of retention.
_UPKEEP = {"upkeep.rotate_partitions", "upkeep.drill_archive"}


@pytest.mark.usefixtures("database")
def test_an_entry_whose_extra_is_missing_is_a_failure(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing before a scheduler brought the table; then each that archives, until it is paused or pyarrow is there."""
    archiving = _UPKEEP | {rule.key for rule in rules().values() if rule.archive}
    monkeypatch.setitem(sys.modules, "pyarrow.parquet", None)
    early = _examine()
    synchronise()
    missing = _examine()
    with transaction() as conn:
        for key in archiving:
            operate.pause(conn, key, ChangedBy("ann", "no archives here"))
    paused = _examine()
    monkeypatch.undo()

    assert ["ok", "fail", "ok", "ok"] == [early.kind, missing.kind, paused.kind, _examine().kind]
    assert archiving == {key for key in archiving if key in missing.said}
    assert "pip install '.[archive]'" in (missing.mend or "")


def _examine() -> Finding:
    with transaction() as conn:
        return check_extras(conn)
