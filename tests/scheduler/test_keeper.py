"""A scheduler's part in the calendar: the table first, once; then rounds, whatever a round ran into."""

from __future__ import annotations

from time import monotonic

import pytest
from sqlalchemy import text
from structlog.testing import capture_logs

from bellwork.db import ledger
from bellwork.db.engine import DatabaseError, engine, transaction
from bellwork.scheduler import BadSchedule, keeper
from bellwork.scheduler.entries import calendar
from bellwork.scheduler.keeper import Keeper
from tests.helpers import eventually
from tests.scheduler.calendars import came_to, changes, entry, hourly, overdue, silence

pytestmark = pytest.mark.usefixtures("database")
ONE, TWO = "t.one", "t.two"
TABLES = {"t": (hourly(ONE), hourly(TWO))}

SENT = "INSERT INTO bellwork.jobs (actor, queue, unique_key) VALUES ('t.x', 'x', :key)"
CANCELLED = "DELETE FROM bellwork.jobs WHERE unique_key = :key"


def test_the_first_round_brings_the_tables_and_says_so_once() -> None:
    """The second changes nothing, and has nothing to say."""
    keep = Keeper()
    with capture_logs() as lines:
        keep()
        keep()

    tables = calendar()
    assert [[each.key for source in sorted(tables) for each in tables[source]]] == [line["entries"] for line in lines]
    assert ["declared"] == [what for what, _, _ in changes("upkeep.tidy_storage")]


def test_nothing_is_decided_until_the_table_is_brought(monkeypatch: pytest.MonkeyPatch) -> None:
    """A round that could not bring it fails; the next one does both."""
    Keeper(TABLES)()
    overdue(ONE, hours=0)
    keep = Keeper(TABLES)
    monkeypatch.setattr(keeper, "synchronise", _cannot)
    with pytest.raises(ConnectionError):
        keep()

    assert [] == came_to(ONE)

    monkeypatch.undo()
    keep()

    assert ["enqueued"] == came_to(ONE)


def test_a_scheduler_announces_its_tables_again_and_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """It goes on beside a newer release, says so once, and brings its own entries when that one has been silent."""
    keep, newer = Keeper(TABLES), Keeper({"t": (hourly(ONE, args={"release": 2}),)})
    monkeypatch.setattr(keeper, "ANNOUNCE", 0.0)
    keep()
    newer()
    with capture_logs() as lines:
        for _ in range(3):
            keep()
        before = entry(ONE).args, entry(TWO).retired_at is not None
        silence({"t": TABLES["t"]})
        keep()
        keep()

    assert ({"release": 2}, True) == before
    assert ({}, None) == (entry(ONE).args, entry(TWO).retired_at)
    assert [["t"], [ONE, TWO]] == [line.get("sources") or line["entries"] for line in lines]


def test_an_entry_that_cannot_be_read_fails_the_round_and_not_the_others() -> None:
    """The loop says so; the other entries are decided all the same."""
    keep = Keeper(TABLES)
    keep()
    for key in (ONE, TWO):
        overdue(key, hours=0)
    with transaction() as conn:
        ledger.update_entry(conn, ONE, zone="Europe/Atlantis")
    with pytest.raises(BadSchedule, match="Atlantis"):
        keep()

    assert ([], ["enqueued"]) == (came_to(ONE), came_to(TWO))


@pytest.mark.parametrize("taken", [SENT, CANCELLED], ids=["sent", "cancelled"])
def test_an_entry_behind_somebodys_lock_holds_up_no_other(taken: str) -> None:
    """An open transaction has sent or removed a job under its key: the others are decided at once, it is after that."""
    keep = Keeper(TABLES)
    keep()
    held, other = ONE, TWO
    for key in (held, other):
        overdue(key, hours=0)
    if taken == CANCELLED:
        with transaction() as conn:
            ledger.update_entry(conn, held, overlap="cancel")
            ledger.enqueue(conn, [ledger.NewJob("t.x", unique_key=f"entry:{held}")])
    with engine().connect() as caller:
        caller.execute(text(taken), {"key": f"entry:{held}"})
        begun = monotonic()
        with capture_logs() as lines:
            for _ in range(3):
                with pytest.raises(DatabaseError, match="lock timeout"):
                    keep()
        lasted = monotonic() - begun
        between = came_to(held), came_to(other)
        caller.rollback()
    eventually(lambda: _goes_on(keep), 10)

    assert ([], ["enqueued"]) == between
    assert lasted < 4, "three rounds, of which one waited for the lock"
    assert [held] == [line["entry"] for line in lines if "entry" in line]
    assert ["enqueued"] == came_to(held)


def test_an_entry_whose_row_is_held_keeps_a_new_scheduler_from_nothing_else() -> None:
    """Somebody changes an entry and does not commit: the table is brought later, what is due is decided now."""
    Keeper(TABLES)()
    held, other = ONE, TWO
    overdue(other, hours=0)
    with transaction() as conn:
        ledger.update_entry(conn, held, purpose="another one")
    with engine().connect() as caller:
        caller.execute(text("SELECT FROM bellwork.entries WHERE key = :key FOR UPDATE"), {"key": held})
        with pytest.raises(DatabaseError, match="lock timeout"):
            Keeper(TABLES)()
        caller.rollback()

    assert ["enqueued"] == came_to(other)


def _goes_on(keep: Keeper) -> bool:
    try:
        keep()
    except DatabaseError:
        return False
    return True


def _cannot(*_: object, **__: object) -> None:
    raise ConnectionError("PostgreSQL is away")
