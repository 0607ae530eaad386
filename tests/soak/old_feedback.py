"""Old feedback that a rule of retention is to archive under fire; in the end each row is in one archive, and gone."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from bellwork.db.content.seed import load_samples
from bellwork.db.engine import transaction
from bellwork.db.retention import Holder
from bellwork.db.systems import rules
from bellwork.tasks.providers import storage
from bellwork.tasks.upkeep.sweeping.pace import Budget
from bellwork.tasks.upkeep.sweeping.run import HeldElsewhere
from bellwork.tasks.upkeep.sweeping.sweep import sweep
from tests.soak.old_months import can_archive
from tests.soak.patience import within
from tests.soak.sql import feedback

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.soak.sql.feedback import Found

RULE = "content.archive_feedback"
#: Rows that are old from the beginning, that grow old with each blow, and that are to stay.
OLD, MORE, FRESH = 2_000, 300, 200
#: Seconds within which runs that are under way come to their end, and for one run in peace.
PATIENCE, BUDGET = 90.0, 60.0
#: How many culprits a sentence names.
_NAMED = 5


def lay_out() -> None:
    """Leave old feedback for the rule, if this installation can write archives."""
    if can_archive():
        with transaction() as conn:
            load_samples(conn)
            feedback.lay_out(conn, OLD, FRESH)


def retention_violations() -> list[str]:
    """Let the rule run once more in peace; name what did not leave, and what is not in its archive."""
    if not can_archive():
        return []
    if not within(PATIENCE, _run_in_peace):
        return [f"a run of {RULE} is not at its end {PATIENCE:g} s after all was healed"]
    with transaction() as conn:
        found, old = feedback.look(conn, RULE), feedback.old_ids(conn)
    return [*_miscounted(found, len(old)), *_misfiled(Counter(_archived(found.archives)), old)]


def _run_in_peace() -> bool:
    with transaction() as conn:
        feedback.hurry(conn, RULE)
        if feedback.is_running(conn, RULE):
            return False
    try:
        return not sweep(rules()[RULE], Holder("soak"), Budget(BUDGET)).unfinished
    except HeldElsewhere:
        return False


def _archived(keys: list[str]) -> Iterator[str]:
    from bellwork.tasks.upkeep.archive.columns import read_columns  # noqa: PLC0415 - Arrow is an extra

    with TemporaryDirectory(prefix="bellwork-soak-") as folder:
        path = Path(folder) / "parcel.parquet"
        for key in keys:
            path.write_bytes(storage().get(key))
            yield from (row[0] for row in read_columns(path, ("id",)))


def _miscounted(found: Found, old: int) -> Iterator[str]:
    if found.left_over:
        yield f"{found.left_over} rows of feedback are old enough to leave, and still there"
    if found.removed != old:
        yield f"{old} rows of feedback had to leave, {found.removed} are counted as gone"
    if found.fresh != FRESH:
        yield f"of {FRESH} rows of feedback that were to stay {found.fresh} are there"
    if found.unclosed:
        yield f"{found.unclosed} archives of feedback were never closed"


def _misfiled(archived: Counter[str], old: set[str]) -> Iterator[str]:
    for words, rows in (
        ("are in no archive", old - archived.keys()),
        ("are in several archives", {row for row, times in archived.items() if times > 1}),
        ("are in an archive and were to stay", archived.keys() - old),
    ):
        if rows:
            yield f"{len(rows)} rows of feedback {words}: {', '.join(sorted(rows)[:_NAMED])}"
