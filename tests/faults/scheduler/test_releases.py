"""Schedulers of two releases side by side, as in a rolling deploy and when it is rolled back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.engine import transaction
from bellwork.db.ledger import ChangedBy
from bellwork.scheduler import operate
from tests.faults.almanac import Schedulers, declare, entry, far_away, named
from tests.faults.ground import PATIENCE, rows
from tests.helpers import eventually

if TYPE_CHECKING:
    from pathlib import Path

KEPT, OLD, NEW = "kept", "old only", "new only"
# Eleven minutes pass, in which the newest release was not seen.
_SILENT = """
UPDATE bellwork.declarations SET since = since - interval '11 minutes', seen_at = seen_at - CASE
    WHEN id = (SELECT max(id) FROM bellwork.declarations) THEN interval '11 minutes' ELSE interval '0' END
"""


def test_s7_a_release_in_the_middle_of_its_deploy_and_rolled_back(folder: Path) -> None:
    """An old scheduler that starts again beside a new one leaves its entries; when the new ones are gone, it does not.

    Pauses survive both ways, and what was really removed is retired.
    """
    before, after = folder / "before", folder / "after"
    for release in (before, after):
        release.mkdir()
    declare(before, entry(KEPT, far_away()), entry(OLD, far_away()))
    declare(after, entry(KEPT, far_away(), args={"release": 2}), entry(NEW, far_away()))
    with Schedulers(before, 1, ANNOUNCE="0.2") as old:
        eventually(lambda: _standing() == {KEPT: {"name": KEPT}, OLD: {"name": OLD}}, PATIENCE)
        with transaction() as conn:
            operate.pause(conn, named(KEPT), ChangedBy("ada", "holidays"))
        with Schedulers(after, 2, ANNOUNCE="0.2") as new:
            deployed = {KEPT: {"release": 2}, NEW: {"name": NEW}}
            eventually(lambda: _standing() == deployed, PATIENCE)
            changes = _changes()
            old.kept[0].process.terminate()
            eventually(lambda: old.kept[0].starts == 2, PATIENCE)
            eventually(lambda: "another release's entries count" in old.kept[0].said(), PATIENCE)

            assert (deployed, changes) == (_standing(), _changes())
            assert [0, 0] == [kept.stop() for kept in new.kept]
        rows(_SILENT)
        eventually(lambda: _standing() == {KEPT: {"name": KEPT}, OLD: {"name": OLD}}, PATIENCE)

    assert [("ada", "holidays")] == rows("SELECT paused_by, pause_reason FROM bellwork.entries WHERE paused_by <> ''")


def _standing() -> dict[str, object]:
    found = rows("SELECT key, args FROM bellwork.entries WHERE retired_at IS NULL")
    return {row.key.partition(".")[2]: row.args for row in found}


def _changes() -> int:
    [(count,)] = rows("SELECT count(*) FROM bellwork.entry_changes")
    return int(count)
