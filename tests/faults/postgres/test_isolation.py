"""A server whose default is another isolation level changes nothing: claims never abort each other."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING
from uuid import uuid4

import pytest

from bellwork.db import ledger, sessions
from bellwork.db.engine import SESSION, single_statements, transaction
from bellwork.db.settings import SettingsError
from tests.faults import invariants
from tests.faults.ground import rows
from tests.faults.own_sessions import let
from tests.faults.own_valkey import environment

if TYPE_CHECKING:
    from pathlib import Path
    from uuid import UUID

JOBS, WORKERS = 200, 4
_ENQUEUE = "SELECT bellwork.enqueue('t.claims', queue => 'claims') FROM generate_series(1, :jobs)"
_NAMES = ("transaction_isolation", *SESSION)
_SHOWN = "SELECT " + ", ".join(f"split_part(current_setting('{name}'), ',', 1)" for name in _NAMES)


@pytest.fixture(params=["serializable", "repeatable read"])
def other(request: pytest.FixtureRequest, ground: Path) -> str:
    """A database whose administrator gave the role another isolation, another zone, and no time-outs."""
    del ground
    nothing = dict.fromkeys(("statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"), "0")
    let(default_transaction_isolation=request.param, timezone="America/New_York", **nothing)
    return str(request.param)


@pytest.mark.usefixtures("other")
def test_g5_every_session_is_read_committed_whatever_the_role_says() -> None:
    """So it is in a transaction and for a single statement; four workers claim 200 jobs without one abort."""
    with transaction() as conn:
        within = conn.exec_driver_sql(_SHOWN).one()
    with single_statements() as conn:
        alone = conn.exec_driver_sql(_SHOWN).one()
    rows(_ENQUEUE, jobs=JOBS)
    with ThreadPoolExecutor(WORKERS) as pool:
        claimed = [job for jobs in pool.map(_claim_all, [_appear() for _ in range(WORKERS)]) for job in jobs]

    assert ("read committed", *SESSION.values()) == tuple(within) == tuple(alone)
    assert JOBS == len(claimed) == len(set(claimed))
    invariants.check()


def test_g5_sessions_that_cannot_be_told_are_refused(other: str) -> None:
    """Behind a pooler the role decides: nothing starts while it says otherwise, and the line says what it should."""
    with environment(POOLER="transaction"), pytest.raises(SettingsError, match=f"isolation = '{other}'") as refused:
        sessions.check()

    assert "SET default_transaction_isolation = 'read committed';" in str(refused.value)
    assert "\n" not in str(refused.value)


def _appear() -> UUID:
    worker = ledger.Worker(uuid4(), "host", 1, 1, ["claims"], {"t.claims": None})
    with transaction() as conn:
        ledger.register_worker(conn, worker, 60)
    return worker.id


def _claim_all(worker: UUID) -> list[int]:
    claimed: list[int] = []
    with single_statements() as conn:
        while jobs := ledger.claim_next(conn, worker, "claims", ["t.claims"], 3):
            claimed.extend(job.id for job in jobs)
    return claimed
