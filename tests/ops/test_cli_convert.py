"""`bellwork partitions convert` says what it would do, does it step by step, and says why where it cannot."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bellwork.db import migrate
from bellwork.db.engine import engine, forget, transaction
from tests.db.catalog import run_script
from tests.ops.desk import Answer, ask

if TYPE_CHECKING:
    from collections.abc import Iterator

STEPS = ["bound", "validate", "require", "index", "swap", "ahead", "analyze"]
_KIND = text("SELECT relkind::text FROM pg_class WHERE oid = 'public.audit_logs'::regclass")


@pytest.fixture
def team(empty_database: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:  # noqa: ARG001
    """An adopted database whose audit trail is plain."""
    monkeypatch.setenv("SCHEMAS", "content=public")
    forget()
    with transaction() as conn:
        run_script(conn, "vividly.sql", "public")
        run_script(conn, "vividly_rows.sql", "public")
    migrate.upgrade()
    yield
    engine().dispose()


@pytest.mark.usefixtures("team")
def test_a_conversion_is_told_step_by_step() -> None:
    """A look lists the steps and changes nothing; they are numbered as they begin; a second run finds nothing to do."""
    look, data = convert("--dry-run"), json.loads(convert("--dry-run", "--json").out)
    untouched, nothing_begun = _kind(), convert("--abandon")
    first, second = convert(), convert("--json")

    assert look.out.startswith("content.audit_logs is plain: about ")
    assert len(STEPS) == look.out.count("  to do: ")
    assert (STEPS, [], "r") == ([step["name"] for step in data["steps"]], data["obstacles"], untouched)
    assert (0, "content.audit_logs was not being converted.\n") == (nothing_begun.code, nothing_begun.out)
    assert [f"{number}/7" for number in range(1, 8)] == [line.split()[0] for line in first.out.splitlines()[:7]]
    assert first.out.endswith("content.audit_logs is partitioned; nothing of it was moved.\n")
    assert ["ahead", "analyze"] == list(json.loads(second.out)["seconds"])
    assert (0, 0, "p") == (first.code, second.code, _kind())


@pytest.mark.usefixtures("team")
def test_what_is_in_the_way_is_said_in_one_line() -> None:
    """Exit code 1, no traceback, nothing changed; a dry run lists it, too."""
    with transaction() as conn:
        conn.exec_driver_sql("CREATE TABLE public.notes (about bigint REFERENCES public.audit_logs)")
    answer, look = convert(), convert("--dry-run")

    assert (1, 1) == (answer.code, answer.err.count("\n"))
    assert "cannot be converted yet: constraint notes_about_fkey on public.notes refers to it" in answer.err
    assert "  in the way: constraint notes_about_fkey" in look.out
    assert _kind() == "r"


def test_only_declared_tables_can_be_converted(database: str) -> None:
    """Another name is refused with those that there are."""
    del database
    answer = ask("partitions", "convert", "content.users")

    assert answer.code == 1
    assert "'content.users'" in answer.err
    assert "content.audit_logs" in answer.err


def convert(*options: str) -> Answer:
    """Run the command on the audit trail."""
    return ask("partitions", "convert", "content.audit_logs", *options)


def _kind() -> str:
    with transaction() as conn:
        return str(conn.execute(_KIND).scalar_one())
