"""An archive that cannot be put back is found by a drill each quarter, not in the year when it is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from bellwork.ops.doctor import examine
from bellwork.tasks.providers import storage
from bellwork.tasks.upkeep.drill import drill_archive
from bellwork.tasks.upkeep.rotation import rotate
from bellwork.workers.testing import run_inline
from tests.old_months import AUDIT, MONTH, book, exists, old_month

pytestmark = pytest.mark.usefixtures("database")


def test_a5_a_sound_archive_is_put_back_as_a_trial() -> None:
    """Every value is compared in a temporary table; afterwards there is a date in the ledger, and no table."""
    old_month()
    rotate()
    job = run_inline(drill_archive)

    assert ("done", False) == (job["state"], exists(f"content.{MONTH}"))
    assert book(AUDIT, MONTH).drilled_at
    assert (
        f"1 archived, the last one put back as a trial on {book(AUDIT, MONTH).drilled_at:%Y-%m-%d}" in _rotation_says()
    )


@pytest.mark.parametrize("harm", ["gone", "cut off", "changed"])
def test_a5_a_damaged_archive_is_said_until_it_is_sound_again(harm: str) -> None:
    """The job fails, the doctor names the archive; put right, the next drill is content, and so is the doctor."""
    old_month()
    rotate()
    path = Path(str(book(AUDIT, MONTH).url).removeprefix("file://"))
    sound = path.read_bytes()
    path.unlink()
    if harm != "gone":
        path.write_bytes(sound[:-9] if harm == "cut off" else sound.replace(b"PAR1", b"PAR2"))
    failed = run_inline(drill_archive)
    said = _rotation_says()
    path.write_bytes(sound)
    mended = run_inline(drill_archive)

    assert ("scheduled", "done") == (failed["state"], mended["state"])
    assert "audit_logs_2019_01" in said
    assert _rotation_says().startswith("no partition is stopped on its way out; 1 archived")


def test_a5_without_an_archive_there_is_nothing_to_do() -> None:
    """A young installation passes its drill."""
    assert "done" == run_inline(drill_archive)["state"]
    assert not storage().exists("archive/content/audit_logs/audit_logs_2019_01.1.parquet")


def _rotation_says() -> str:
    return next(found.said for found in examine() if found.name == "rotation")
