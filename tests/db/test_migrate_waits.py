"""A migration tries again where its tables are locked, keeps nothing of a step that gave way, and takes its time."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from bellwork.db import engine, migrate, revision
from bellwork.db.engine import transaction
from tests.faults.ground import rows
from tests.faults.own_sessions import locked
from tests.helpers import eventually

if TYPE_CHECKING:
    import pytest

_WAITS = "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"

_IDLE = "idle_in_transaction_session_timeout"
_INDEXES_FOR = """
SELECT coalesce(max(extract(epoch FROM clock_timestamp() - query_start)), 0) FROM pg_stat_activity
WHERE query LIKE 'CREATE INDEX CONCURRENTLY%' AND state = 'active' AND datname = current_database()
"""


def test_a_step_that_cannot_get_its_lock_is_taken_again(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Held up for longer than its lock time-out, the upgrade is done as soon as the holder lets go."""
    del database
    migrate.downgrade("0008")
    engine.forget()
    options = engine.ASKED["options"].replace("lock_timeout=5s", "lock_timeout=50")
    monkeypatch.setitem(engine.ASKED, "options", options)
    with ThreadPoolExecutor(1) as pool, locked("LOCK TABLE bellwork.jobs IN ROW EXCLUSIVE MODE") as holder:
        done = pool.submit(migrate.upgrade)
        for _ in range(2):
            eventually(lambda: rows(_WAITS)[0][0] == 1)
            eventually(lambda: rows(_WAITS)[0][0] == 0)
        assert not done.done()
        holder.rollback()
        done.result(timeout=30)

    assert revision.is_current()


def test_indexes_may_take_longer_than_a_session_may_idle(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the history is indexed by a session of its own, the migration's transaction is not ended for idling."""
    del database
    with transaction() as conn:
        conn.exec_driver_sql("SELECT bellwork.cancel(bellwork.enqueue('t.a'))")
    migrate.downgrade("0007")
    engine.forget()
    options = engine.ASKED["options"].replace("idle_in_transaction_session_timeout=10s", _IDLE + "=200")
    monkeypatch.setitem(engine.ASKED, "options", options)
    with ThreadPoolExecutor(1) as pool, locked("LOCK TABLE bellwork.finished_jobs IN ROW EXCLUSIVE MODE") as holder:
        done = pool.submit(migrate.upgrade)
        eventually(lambda: rows(_INDEXES_FOR)[0][0] > 0.5)
        holder.rollback()
        done.result(timeout=30)

    assert revision.is_current()
