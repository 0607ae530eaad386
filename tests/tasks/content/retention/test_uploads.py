"""The files of class lists go a week after they were read in; no other file ever goes for what a row says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bellwork.tasks.content.retention import uploads
from bellwork.tasks.content.retention.uploads import remove_uploads
from bellwork.tasks.providers import StorageError, storage
from bellwork.tasks.upkeep.sweeping.pace import Budget
from bellwork.workers.testing import run_inline
from tests.tasks.content.retention.old import ME, PLENTY, ask, change

if TYPE_CHECKING:
    from pathlib import Path


def add(upload_id: str, path: str, status: str = "completed", days: float = 8) -> None:
    """Insert an upload that came to its end so many days ago."""
    change(
        """
        INSERT INTO {content}.bulk_upload_jobs (id, uploaded_by, school_id, file_path, status, completed_at)
        VALUES (:id, 'user_teacher', 'school_hillsboro_hs', :path, CAST(CAST(:status AS text) AS {content}.job_status),
                now() - make_interval(secs => 86400 * CAST(:days AS float8)))
        """,
        id=upload_id,
        path=path,
        status=status,
        days=days,
    )


def stored(name: str) -> str:
    """Store an upload and return its URL."""
    return storage().put(f"uploads/{name}", b"Ada,ada@example.org")


@pytest.mark.usefixtures("district")
def test_vv21_old_files_go_and_what_is_still_needed_stays() -> None:
    """Read in or given up 7 days ago: gone, by URL or by key. Younger, waiting or being read: untouched."""
    add("url", stored("a.csv"))
    stored("b.csv")
    add("key", "uploads/b.csv", "failed")
    add("young", stored("c.csv"), days=6.9)
    add("waiting", stored("d.csv"), "queued", days=30)
    add("reading", stored("e.csv"), "processing", days=30)
    job = run_inline(remove_uploads)

    assert "done" == job["state"]
    assert [False, False, True, True, True] == [storage().exists(f"uploads/{name}.csv") for name in "abcde"]
    assert {"key", "url"} == set(ask("SELECT id FROM {content}.bulk_upload_jobs WHERE file_path = ''"))


@pytest.mark.usefixtures("district")
@pytest.mark.parametrize("again", [False, True])
def test_vv21_cut_off_between_file_and_row_the_next_run_ends_it(again: bool) -> None:
    """The file is gone and its row does not know: removing it once more is no error, and the row learns it."""
    add("url", stored("a.csv"))
    if again:
        storage().delete("uploads/a.csv")
    run = uploads.remove_old_uploads(ME, Budget(PLENTY))
    second = uploads.remove_old_uploads(ME, Budget(PLENTY))

    assert (1, 0) == (run.rows, second.rows)
    assert [""] == ask("SELECT file_path FROM {content}.bulk_upload_jobs WHERE id = 'url'")


def test_vv21_no_other_file_goes_for_what_a_row_says(district: Path) -> None:
    """Films, archives, other stores, paths of this machine, ways out of the folder: kept, said, and in nobody's way."""
    film = storage().put("videos/key.mp4", b"film")
    mine = district / "mine.csv"
    mine.write_text("mine")
    ways = [
        film,
        "videos/key.mp4",
        str(mine),
        "../mine.csv",
        "uploads/../videos/key.mp4",
        "s3://bucket/uploads/a.csv",
        "x" * 400,
    ]
    for number, way in enumerate(ways):
        add(f"a{number}", way)
    add("z", stored("z.csv"))
    run = uploads.remove_old_uploads(ME, Budget(PLENTY))

    assert 1 == run.rows
    assert mine.exists()
    assert storage().exists("videos/key.mp4")
    assert len(ways) == len(run.remarks) + run.unsaid
    assert "and 2 more" in (run.said or "")


@pytest.mark.usefixtures("district")
def test_vv21_a_storage_that_is_away_costs_nothing_but_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """The file could not be removed, so its row keeps it; the next run takes both."""
    add("url", stored("a.csv"))
    with monkeypatch.context() as patch:

        def away(_path: str) -> None:
            raise StorageError("the store is away")

        patch.setattr(uploads, "remove_file", away)
        first = uploads.remove_old_uploads(ME, Budget(PLENTY))
    second = uploads.remove_old_uploads(ME, Budget(PLENTY))

    assert (0, 1) == (first.rows, second.rows)
    assert "the file of upload 'url' stays: the store is away" == first.said
