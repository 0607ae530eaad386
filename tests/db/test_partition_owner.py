"""Partitions belong to their table's owner, whoever made them; who may make none is told so."""

from __future__ import annotations

from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url, text
from structlog.testing import capture_logs

from bellwork.db.engine import forget, transaction
from bellwork.db.own import HISTORY, TICKS
from bellwork.db.partitions import create_ahead, create_for, refused_tables, strays
from bellwork.db.systems import partitioned
from bellwork.ops.doctor.partitions import check_partitions
from bellwork.scheduler import __main__ as scheduler
from tests.db.ledger.callers import become

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection

LONG_AGO = datetime(2019, 12, 31, 23, 59, tzinfo=UTC)
_OWNERS = text("""
SELECT DISTINCT relowner::regrole::text FROM pg_class JOIN pg_inherits ON inhrelid = oid
WHERE inhparent = to_regclass(:table)
""")
_CHILDREN = text("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = to_regclass(:table)")


class _Undo(Exception):  # noqa: N818 - an order, not an error
    """Roll back."""


@pytest.fixture
def owned(database: str) -> Iterator[Connection]:
    """A ledger whose owner is a role without other rights; whatever is done is rolled back."""
    del database
    with suppress(_Undo), transaction() as conn:
        conn.execute(text("CREATE ROLE ledger_owner"))
        conn.execute(text("GRANT CREATE, USAGE ON SCHEMA bellwork TO ledger_owner"))
        _give(conn, "ledger_owner")
        yield conn
        raise _Undo


def test_what_a_member_makes_belongs_to_the_owner(owned: Connection) -> None:
    """So the owner's next migration may change the table with all of its partitions."""
    become(owned, "a member", "ledger_owner")
    assert len(create_ahead(owned, HISTORY, HISTORY.ahead + 2)) == 2

    assert _owners(owned) == ["ledger_owner"]
    become(owned, "ledger_owner")
    owned.execute(text("ALTER TABLE bellwork.finished_jobs ADD COLUMN t_added integer"))


def test_a_month_of_ticks_long_ago_belongs_to_the_owner_too(owned: Connection) -> None:
    """Whichever member decides a tick that no partition takes."""
    become(owned, "a member", "ledger_owner")

    assert ["ticks_2019_12", "ticks_2031_02"] == create_for(owned, TICKS, [datetime(2031, 2, 3, tzinfo=UTC), LONG_AGO])
    assert ["ledger_owner"] == _owners(owned, "bellwork.ticks")
    assert [] == create_for(owned, TICKS, [LONG_AGO])


def test_where_the_owner_may_have_no_table_the_member_keeps_it(owned: Connection) -> None:
    """The partition is made all the same, and `bellwork doctor` names it with the statement that mends it."""
    owned.execute(text("CREATE ROLE maker; GRANT CREATE ON SCHEMA bellwork TO maker"))
    owned.execute(text("REVOKE CREATE ON SCHEMA bellwork FROM ledger_owner"))
    become(owned, "a member", "ledger_owner, maker")
    [made] = create_ahead(owned, HISTORY, HISTORY.ahead + 1)
    owned.execute(text("RESET SESSION AUTHORIZATION"))
    owned.execute(text("GRANT CREATE ON SCHEMA bellwork TO ledger_owner"))

    [stray] = strays(owned, partitioned())
    assert (stray.table, stray.owner) == (f"bellwork.{made}", '"a member"')
    [found] = [finding for finding in check_partitions(owned) if finding.name == "owners of partitions"]
    assert f"ALTER TABLE bellwork.{made} OWNER TO ledger_owner;" in (found.mend or "")
    owned.execute(text(stray.mend))
    assert strays(owned, partitioned()) == []


def test_who_may_make_none_is_told_the_tables(owned: Connection) -> None:
    """A member of bellwork_worker may not; a member of the owner may."""
    become(owned, "a worker", "bellwork_worker")
    refused = refused_tables(owned, partitioned())

    assert ("bellwork.finished_jobs", "ledger_owner", '"a worker"') in refused
    assert len(refused) == len(partitioned())
    become(owned, "a member", "ledger_owner")
    assert "bellwork.finished_jobs" not in {table for table, _, _ in refused_tables(owned, partitioned())}


@pytest.mark.usefixtures("database")
def test_a_scheduler_names_at_its_start_what_it_cannot_do() -> None:
    """The table, whose it is, and the statement that mends it; nothing where it may."""
    with capture_logs() as said:
        scheduler._name_refused_tables()
    assert said == []

    with suppress(_Undo), transaction() as conn:
        become(conn, "a worker", "bellwork_worker")
        with capture_logs() as said:
            scheduler._name_refused_tables()
        raise _Undo

    assert {line["event"] for line in said} == {"this scheduler cannot make partitions"}
    assert [line["table"] for line in said] == [f"{table.schema}.{table.table}" for table in partitioned()]
    assert all(line["mend"].startswith("GRANT ") and 'TO "a worker"' in line["mend"] for line in said)


def test_a_scheduler_without_rights_ends_with_one_line(
    database: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 1, what was refused and which role is asked for, and no traceback."""
    with transaction() as conn:
        conn.execute(text("CREATE ROLE t_stranger LOGIN"))
    monkeypatch.setenv(
        "DATABASE_URL", make_url(database).update_query_dict({"user": "t_stranger"}).render_as_string(False)
    )
    forget()
    try:
        assert scheduler.main() == 1
    finally:
        monkeypatch.undo()
        forget()
        with transaction() as conn:
            conn.execute(text("DROP ROLE t_stranger"))

    [line] = capsys.readouterr().err.splitlines()
    assert line.startswith("bellwork: permission denied for schema bellwork; t_stranger lacks this right: ")


def _give(conn: Connection, role: str) -> None:
    for table in ("bellwork.finished_jobs", "bellwork.ticks"):
        children = conn.execute(_CHILDREN, {"table": table}).scalars().all()
        for each in (table, *children):
            conn.execute(text(f"ALTER TABLE {each} OWNER TO {role}"))


def _owners(conn: Connection, table: str = "bellwork.finished_jobs") -> list[str]:
    return list(conn.execute(_OWNERS, {"table": table}).scalars())
