"""An endpoint has one holder; nothing that is due is left behind when he lets it go, dies, or comes back late."""

from __future__ import annotations

from threading import Event, Thread
from typing import TYPE_CHECKING

import psycopg
import pytest

from bellwork.db import engine
from bellwork.db.engine import transaction
from bellwork.db.webhooks import Holder, Outcome, emit, fetch, leave, release, settle, take
from bellwork.tasks.webhooks import sender
from tests.helpers import eventually
from tests.tasks.webhooks.conftest import HOUR
from tests.tasks.webhooks.told import DONE, added, deliveries, do, endpoint_row, one, told

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from bellwork.db.webhooks import Again, Ended

URL = "https://receiver.example/hook"


def holder(attempt: int = 1) -> Holder:
    """Make a job that runs, as one who delivers has it."""
    row = one("SELECT bellwork.enqueue('webhooks.deliver', queue => 'webhooks') AS id")
    do(
        "UPDATE bellwork.jobs SET state = 'running', attempt = :attempt, worker_id = gen_random_uuid(),"
        " claimed_at = now() WHERE id = :id",
        id=row["id"],
        attempt=attempt,
    )
    return Holder(row["id"], attempt)


@pytest.mark.usefixtures("database")
def test_an_endpoint_has_one_holder() -> None:
    """A second one gets nothing while the first one's attempt runs, and all of it once it does not."""
    endpoint, _ = added(URL)
    told()
    [delivery] = [d["id"] for d in deliveries()]
    first, second = holder(), holder()
    with transaction() as conn:
        assert {endpoint} == take(conn, first, [delivery])
    with transaction() as conn:
        assert set() == take(conn, second, [delivery])
        assert [] == fetch(conn, second, [endpoint], [], 10)
        assert [delivery] == [due.id for due in fetch(conn, first, [endpoint], [], 10)]
        assert [] == fetch(conn, first, [endpoint], [delivery], 10)
    do("UPDATE bellwork.jobs SET attempt = 2 WHERE id = :id", id=first.job)
    with transaction() as conn:
        assert {endpoint} == take(conn, second, None)
        assert set() == take(conn, first, None)


@pytest.mark.usefixtures("database")
def test_who_does_not_run_takes_nothing() -> None:
    """An attempt whose job was given to another one holds no endpoint."""
    added(URL)
    told()
    late = holder()
    do("UPDATE bellwork.jobs SET attempt = 2 WHERE id = :id", id=late.job)
    with transaction() as conn:
        assert set() == take(conn, late, None)


@pytest.mark.usefixtures("database")
def test_an_endpoint_is_not_let_go_while_something_is_due() -> None:
    """What is committed while the holder waits for the lock is seen, whatever his transaction saw before."""
    endpoint, _ = added(URL)
    first = holder()
    told()
    with transaction() as conn:
        take(conn, first, None)
    with transaction() as conn:
        assert set() == release(conn, first, [endpoint])
    do("UPDATE bellwork.webhook_deliveries SET next_at = now() + interval '1 hour'")
    locked, go_on = Event(), Event()

    def hold_the_row() -> None:
        with engine.transaction() as conn:
            conn.exec_driver_sql("SELECT FROM bellwork.webhook_endpoints FOR UPDATE")
            emit(conn, DONE, {"enrollment_id": 8})
            locked.set()
            go_on.wait(10)

    def let_go() -> None:
        eventually(_somebody_waits)
        go_on.set()

    other = Thread(target=hold_the_row)
    other.start()
    assert locked.wait(10)
    with transaction() as conn:
        assert [1] == list(conn.exec_driver_sql("SELECT count(*)::int FROM bellwork.webhook_deliveries").scalars())
        waits = Thread(target=let_go)
        waits.start()
        assert set() == release(conn, first, [endpoint])
    waits.join()
    other.join()
    assert endpoint_row(endpoint)["job_id"] == first.job


def _somebody_waits() -> bool:
    row = one(
        "SELECT count(*) AS n FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
    )
    return bool(row["n"])


@pytest.mark.usefixtures("database")
def test_who_leaves_names_what_is_due() -> None:
    """One delivery of each endpoint, by which the next one takes it."""
    endpoint, _ = added(URL)
    first = holder()
    told(key="1")
    told(key="2")
    with transaction() as conn:
        take(conn, first, None)
    with transaction() as conn:
        assert [min(d["id"] for d in deliveries())] == leave(conn, first, [endpoint])
    assert endpoint_row(endpoint)["job_id"] is None


@pytest.mark.usefixtures("database")
def test_an_outcome_counts_once_and_late_ones_change_nothing() -> None:
    """Of two who called for one delivery the first is written down; three times the same is once."""
    endpoint, _ = added(URL)
    told()
    [delivery] = [d["id"] for d in deliveries()]
    failed = Outcome(delivery, endpoint, 0, delivered=False, status=500, said="answered 500", wait=5.0)
    sent = Outcome(delivery, endpoint, 0, delivered=True, status=200)
    with transaction() as conn:
        again, ended = settle(conn, [failed])
    counts = []
    for _ in range(3):
        with transaction() as conn:
            counts.append([len(each) for each in settle(conn, [sent])] + [len(each) for each in settle(conn, [failed])])

    assert ([(delivery, 1)], []) == ([each[:2] for each in again], ended)
    assert [[0, 0, 0, 0]] * 3 == counts
    assert [("pending", 1)] == [(d["state"], d["tries"]) for d in deliveries()]


class _Noted:
    """What follows deliveries: kept, not sent."""

    def __init__(self) -> None:
        self.went: list[int | None] = []

    def again(self, again: Iterable[Again]) -> None:
        """Send nothing."""

    def ended(self, conn: Connection, ended: Iterable[Ended]) -> None:
        """Tell nobody."""

    def left(self, deliveries: Iterable[int | None]) -> None:
        """Note what the next sender is to deliver."""
        self.went.extend(deliveries)


@pytest.mark.usefixtures("database")
def test_what_is_asked_for_at_the_last_moment_is_left_to_the_next_sender(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asked has ended, and relies on it: a sender whose time is over, with nothing under way, hands it on."""
    monkeypatch.setattr(sender, "RUN", 0.0)
    left = _Noted()
    late = sender.Sender(holder(), left)
    late.ask_for(7)
    late.run()
    with transaction() as conn:
        late.end(conn)

    assert left.went == [7]


def test_a_sender_that_waits_for_one_endpoint_keeps_nobody_from_another(database: str) -> None:
    """While it waits to take one, another whose failure it wrote down is free: two senders do not wait in a ring."""
    wanted, _ = added(URL)
    failing, _ = added(URL)
    told()
    of = {d["endpoint"]: d["id"] for d in deliveries()}
    one_ = sender.Sender(holder(), _Noted())
    one_._outcomes.append(Outcome(of[failing], failing, 0, delivered=False, said="answered 500", wait=HOUR))
    one_._wanted.add(of[wanted])
    with psycopg.connect(database) as other:
        # Disabled, so that nothing is called afterwards.
        disable = "UPDATE bellwork.webhook_endpoints SET state = 'disabled', why = 'a test' WHERE id = %s"
        other.execute(disable, (wanted,))
        waits = Thread(target=one_._go_on)
        waits.start()
        try:
            eventually(_somebody_waits)
            other.execute("SELECT FROM bellwork.webhook_endpoints WHERE id = %s FOR UPDATE NOWAIT", (failing,))
        finally:
            other.commit()
            waits.join()

    assert {of[failing]: 1, of[wanted]: 0} == {d["id"]: d["tries"] for d in deliveries()}
