"""A system of which Bellwork knows nothing is found, migrated and used as those that came with it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bellwork.db import engine, migrate, revision, systems
from bellwork.db.engine import transaction
from bellwork.db.ledger import ChangedBy
from bellwork.db.pipelines import Healing, compare, misfit, unindexed
from bellwork.db.rights import OPS, WORKER
from bellwork.db.sql import sql
from bellwork.scheduler import calendar
from bellwork.scheduler.declare import synchronise
from tests.stranger.place import SITE

if TYPE_CHECKING:
    from pathlib import Path

_READERS = """
SELECT has_table_privilege(:role, '{library}.loans', 'SELECT'), has_table_privilege(:role, '{library}.loans', 'DELETE'),
       has_column_privilege(:role, '{library}.visits', 'reader', 'SELECT')
"""
_MONTHS = "SELECT count(*) FROM pg_inherits WHERE inhparent = to_regclass('library.visits')"


@pytest.mark.usefixtures("installed")
def test_it_is_found_by_the_metadata_of_its_distribution() -> None:
    """Beside the built-in one, and its words count wherever systems are spoken of; gone, it is as if it never was."""
    found = [each.word for each in systems.systems()]
    assert [
        "companion",
        "content",
        "courses",
        "library",
        "support",
        "tutoring",
        "bellwork",
        "upkeep",
        "mail",
        "webhooks",
    ] == found
    assert {word: word for word in found if word not in {"bellwork", "upkeep", "mail", "webhooks"}} == systems.schemas()
    assert "library.visits" in {table.name for table in systems.partitioned()}
    assert "library.forget_loans" in systems.rules()
    assert ["library.take_back", "library.forget_loans"] == [entry.key for entry in calendar()["library"]]

    sys.path.remove(str(SITE))
    engine.forget()

    assert ["companion", "content", "courses", "support", "tutoring", "bellwork", "upkeep", "mail", "webhooks"] == [
        each.word for each in systems.systems()
    ]


@pytest.mark.usefixtures("installed")
def test_its_tables_partitions_and_rights_come_with_the_migration() -> None:
    """A book of its own, beside the ledger's; and all of it goes again with it, while the others stay."""
    assert [("library", None)] == [(each.line.word, each.found) for each in revision.behind()]
    migrate.upgrade()
    with transaction() as conn:
        months = conn.execute(text(_MONTHS)).scalar_one()
        worker, operator = (tuple(conn.execute(sql(_READERS), {"role": role}).one()) for role in (WORKER, OPS))
        ledgers = conn.execute(text("SELECT version_num FROM bellwork.alembic_version")).scalars().all()

    assert revision.is_current()
    assert [revision.head()] == ledgers, "one row, as releases before read it"
    assert 3 == months
    assert ((True, True, True), (True, False, False)) == (worker, operator)

    migrate.downgrade("base", "library")
    with transaction() as conn:
        left = conn.execute(text("SELECT to_regnamespace('library')::text, to_regclass('content.users')::text")).one()
    assert (None, "content.users") == tuple(left)


def test_it_lives_in_the_schema_that_it_is_mapped_to(installed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With SCHEMAS=library=reading there is no schema library; one that another system has is refused."""
    del installed
    monkeypatch.setenv("SCHEMAS", "library=content")
    engine.forget()
    with pytest.raises(systems.SystemsError, match="'content' and 'library' are both in one schema"):
        systems.systems()

    monkeypatch.setenv("SCHEMAS", "library=reading")
    engine.forget()
    migrate.upgrade()
    with transaction() as conn:
        made = conn.execute(text("SELECT to_regclass('reading.loans')::text, to_regnamespace('library')::text")).one()

    assert ("reading.loans", None) == tuple(made)


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", ["companion", "content", "courses", "library", "support", "tutoring"]),
        ("none", []),
        ("library", ["library"]),
        ("content , mine=own.system", ["content", "mine"]),
    ],
)
def test_the_setting_says_which_of_them_count(
    installed: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, asked: str, found: list[str]
) -> None:
    """All that are installed, some of them, none, or one that lies in the folder we start in."""
    del installed
    (tmp_path / "own").mkdir()
    (tmp_path / "own" / "system.py").write_text("from bellwork.systems import System\nSYSTEM = System('mine')\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "own", raising=False)
    monkeypatch.setenv("SYSTEMS", asked)
    engine.forget()

    assert [*found, "bellwork", "upkeep", "mail", "webhooks"] == [each.word for each in systems.systems()]


@pytest.mark.usefixtures("library")
def test_what_it_brings_is_declared_and_stays_where_it_is_not_installed() -> None:
    """Its entries are in the ledger; a scheduler that has not loaded it retires none of them."""
    synchronise()
    sys.path.remove(str(SITE))
    engine.forget()
    synchronise()
    with transaction() as conn:
        stored = conn.execute(
            text("SELECT key FROM bellwork.entries WHERE key LIKE 'library.%' AND retired_at IS NULL")
        )

        assert {"library.take_back", "library.forget_loans"} == set(stored.scalars())


@pytest.mark.usefixtures("library")
def test_a_loan_whose_job_is_lost_gets_it_by_its_pipeline() -> None:
    """As the library tells of it: the job of the status, with the loan's id; an index serves the look."""
    [loans] = [pipeline for pipeline in systems.pipelines() if pipeline.system == "library"]
    with transaction() as conn:
        conn.execute(sql("INSERT INTO {library}.loans (id, book_id, reader) VALUES ('loan_1', 'book_1', 'Ann')"))
        assert (None, None) == (misfit(conn, loans), unindexed(conn, loans))
    for _ in range(2):
        compare(loans, age=0, healing=Healing(ChangedBy("a test", "a test"), retry=False))
    with transaction() as conn:
        jobs = conn.execute(text("SELECT actor, args, unique_key FROM bellwork.jobs")).all()

    assert [("library.lend", {"loan_id": "loan_1"}, "library.lend:loan_1")] == [tuple(job) for job in jobs]
