"""`bellwork partitions` shows what stands and what comes next, and its answers say what was done."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bellwork.db.engine import transaction
from bellwork.tasks.upkeep.rotation import rotate
from tests.old_months import AUDIT, MONTH, book, exists, in_parent, old_day, old_month, state
from tests.ops.desk import Answer, ask

pytestmark = pytest.mark.usefixtures("database")

NAME = f"content.{MONTH}"


def test_the_list_shows_every_table_and_its_partitions() -> None:
    """Rules, ranges, states, and how far ahead they reach."""
    old_month()
    out = ask("partitions", "list").out

    assert "content.audit_logs: by the month, kept for 84 months, then archived and dropped; 3 months ahead" in out
    assert "bellwork.finished_jobs: by the day, kept for 30 days, then dropped; 14 days ahead" in out
    assert f"{MONTH} " in out


def test_the_list_as_data_has_the_evidence_of_what_is_gone() -> None:
    """Rows, hash and URL of an archive stay in the registry when its table is gone."""
    old_month()
    rotate()
    [table] = json.loads(ask("partitions", "list", "content.audit_logs", "--json").out)["tables"]
    gone = table["partitions"][0]

    assert ("content.audit_logs", 3) == (table["table"], table["ahead"])
    assert (MONTH, "dropped", 200, book(AUDIT, MONTH).sha256) == tuple(
        gone[name] for name in ("name", "state", "rows", "sha256")
    )


def test_a_plan_says_what_a_rotation_would_do_and_does_nothing() -> None:
    """What would be made and what would leave; the registry and the tables are as before."""
    old_month()
    old_day()
    out = ask("partitions", "plan").out
    data = json.loads(ask("partitions", "plan", "content.audit_logs", "--json").out)

    assert f"{MONTH} leaves: its time is over; to be archived, verified and dropped" in out
    assert "finished_jobs_2020_02_03 leaves: its time is over; to be dropped" in out
    assert [{"table": "content.audit_logs", "create": [], "leaving": [MONTH]}] == data["tables"]
    assert (200, "attached") == (in_parent(), state(AUDIT, MONTH))


def test_rotate_verify_restore_and_release_are_a_round() -> None:
    """From the table into the archive and back again, by the command line alone."""
    old_month()
    rotated = ask("partitions", "rotate")
    verified = ask("partitions", "verify", "--drill")
    restored = ask("partitions", "restore", NAME, "--reason", "case 12", "--by", "the office")
    held = ask("partitions", "plan").out
    released = ask("partitions", "release", NAME)

    assert (0, f"Created: none. Dropped: {MONTH}.\n") == (rotated.code, rotated.out)
    assert (0, f"{NAME}: as it should be\n") == (verified.code, verified.out)
    assert restored.out.startswith("200 rows restored. It is part of content.audit_logs again.\nHeld by the office;")
    assert f"{MONTH} would leave, but is held by the office: case 12" in held
    assert f"{NAME} is held no more.\n" == released.out
    assert [MONTH] == rotate().dropped


def test_a_damaged_archive_fails_the_verification() -> None:
    """Exit code 1, and the line names the archive."""
    old_month()
    rotate()
    _archive().write_bytes(b"")
    found = ask("partitions", "verify", NAME)

    assert 1 == found.code
    assert f"{NAME}: the archive of {MONTH} at file://" in found.out
    assert 1 == _failed(ask("partitions", "restore", NAME, "--reason", "x"), "has bytes 0, not")


def test_a_held_partition_stays_whatever_is_asked() -> None:
    """Who and why are kept and shown; a second hold changes nothing."""
    old_month()
    first = ask("partitions", "hold", NAME, "--reason", "case 12", "--by", "the office")
    second = ask("partitions", "hold", NAME, "--reason", "case 13", "--by", "somebody")

    assert f"{NAME} is held by the office: case 12\n" == first.out
    assert f"{NAME} is held already, by the office.\n" == second.out
    assert [] == json.loads(ask("partitions", "rotate", "--json").out)["dropped"]
    assert "held by the office: case 12" in ask("partitions", "list", "content.audit_logs").out


def test_what_stops_a_partition_is_said_by_everybody() -> None:
    """The rotation ends with code 1; list, plan and doctor know the reason."""
    old_month()
    with transaction() as conn:
        conn.exec_driver_sql("CREATE VIEW report AS SELECT * FROM content.audit_logs_2019_01")
    answer = ask("partitions", "rotate")

    assert 1 == answer.code
    assert f"Stopped: {MONTH}: cannot drop table content.{MONTH} because other objects depend on it" in answer.out
    for words in (("partitions", "list", "--json"), ("partitions", "plan"), ("doctor", "--json")):
        assert "other objects depend on it" in ask(*words).out
    assert exists(f"content.{MONTH}")


def test_unknown_names_are_answered_with_the_known_ones() -> None:
    """No traceback for a slip of the finger, whatever is in the name."""
    for name in ("content.nonesuch", "nonesuch", "", "a.b.c", "content.'; DROP TABLE x", "\x1b[31m"):
        assert 1 == _failed(ask("partitions", "hold", name, "--reason", "x"), "there is no partition")
    assert 1 == _failed(ask("partitions", "list", "content.users"), "declared are content.audit_logs")
    assert 1 == _failed(ask("partitions", "restore", NAME, "--reason", "x"), "there is no partition")


def _failed(answer: Answer, words: str) -> int:
    assert words in answer.err
    assert 1 == answer.err.count("\n")
    return answer.code


def _archive() -> Path:
    return Path(str(book(AUDIT, MONTH).url).removeprefix("file://"))
