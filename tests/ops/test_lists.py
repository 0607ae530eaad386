"""`bellwork lists`: a file is handed in, each refused row is named, and the exit code says how it went."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.workers.testing import drain
from tests.ops.desk import ask
from tests.tasks.content.lists.conftest import school
from tests.tasks.content.lists.office import change, people
from tests.tasks.content.lists.test_rows import SEVEN

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["school"]
WHO = ("--school", "school_hillsboro_hs", "--by", "user_head")


@pytest.fixture
def lists(school: Path) -> Path:
    """Two files: one with seven faults, one with none."""
    (school / "seven.csv").write_text(SEVEN)
    (school / "none.csv").write_text("email,first,last,grade\nada@example.org,Ada,Lovelace,9\n")
    return school


@pytest.fixture
def worker(lists: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody who reads what is handed in, while the command waits."""
    del lists
    drain("lists")  # its first words are not the command's
    monkeypatch.setattr("bellwork.ops.cli.lists.time.sleep", lambda _: drain("lists"))


def told(*words: str) -> tuple[int, dict[str, Any]]:
    """Run a command with --json and return how it ended, and its document."""
    answer = ask("lists", *words, "--json")
    return answer.code, json.loads(answer.out)


@pytest.mark.usefixtures("worker")
def test_each_fault_is_named_by_its_row(lists: Path) -> None:
    """For people and for programs; 1 where a row is refused, 0 where none is."""
    dry = ask("lists", "read", str(lists / "seven.csv"), *WHO, "--dry-run")
    assert [] == people()
    code, report = told("read", str(lists / "seven.csv"), *WHO)
    good = ask("lists", "read", str(lists / "none.csv"), *WHO, "--atomic", "--no-letters")

    assert (1, 1, 0) == (dry.code, code, good.code)
    assert [3, 4, 5, 6, 7, 8, 9] == [line["row"] for line in report["error_log"]]
    assert "a dry run" in dry.out
    assert "9 rows: 2 would be new, 0 known, 1 places in classes, 0 would be leaving, 7 refused." in dry.out
    assert "the school has no" not in dry.out
    assert "the column of 'first' begins with '=', as a formula does" in dry.out
    assert "1 rows: 1 new" in good.out


@pytest.mark.usefixtures("worker")
def test_what_was_read_is_shown_and_undone(lists: Path) -> None:
    """Undone by a worker; shown as it stands."""
    _, report = told("read", str(lists / "none.csv"), *WHO)
    assert 1 == len(people())
    undone = ask("lists", "undo", report["id"])
    again = ask("lists", "undo", report["id"])
    drain("lists")
    assert told("show", report["id"])[1]["undone_at"]

    assert ("A worker takes it back.\n", 0) == (undone.out, undone.code)
    assert "There is nothing to take back, or it was asked before.\n" == again.out
    assert [] == people()
    assert told("cancel", report["id"])[0] == 0
    change("UPDATE {content}.class_lists SET undo_asked_at = NULL")
    change("UPDATE {content}.bulk_upload_jobs SET completed_at = now() - interval '2 days'")
    late = ask("lists", "undo", report["id"])
    assert (1, True) == (late.code, "it can be undone for 24 hours" in late.err)


def test_without_a_worker_it_waits_and_can_be_cancelled(lists: Path) -> None:
    """3 where an upload is not over: nothing is read by the command itself."""
    code, report = told("read", str(lists / "none.csv"), *WHO, "--wait", "0")
    said = ask("lists", "cancel", report["id"])
    shown, after = told("show", report["id"])

    assert (3, "queued", []) == (code, report["status"], people())
    assert ("It is cancelled.\n", 1, "cancelled before it was begun") == (said.out, shown, after["reason"])


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("read", "nowhere.csv", *WHO), "nowhere.csv is no file"),
        (("read", "none.csv", "--school", "x", "--by", "user_head"), "there is no school 'x'"),
        (("read", "none.csv", *WHO, "--role", "school_admin"), "a list makes students and teachers, nobody else"),
        (("show", "none"), "there is no upload 'none'"),
        (("cancel", "none"), "there is no upload 'none'"),
        (("undo", "none"), "there is no upload 'none'"),
    ],
)
def test_what_cannot_be_done_is_said_in_one_line(
    lists: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], said: str
) -> None:
    """And no file is left in the storage."""
    monkeypatch.chdir(lists)
    answer = ask("lists", *words)

    assert 1 == answer.code
    assert said in answer.err
    assert 1 == answer.err.count("\n")
    assert [] == list(lists.glob("storage/uploads/*"))
