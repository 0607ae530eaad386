"""Whoever enqueues may commit in two phases: on a server that allows it nobody notifies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from bellwork.db import migrate
from bellwork.db.engine import transaction
from bellwork.db.ledger import why_unheard
from bellwork.db.ledger.erase import still_enqueuing
from tests.faults.own_postgres import own_postgres
from tests.faults.own_valkey import environment

if TYPE_CHECKING:
    from bellwork.ops.embedded import Stack


def test_a_transaction_that_enqueued_can_be_prepared(stack: Stack) -> None:
    """Its job is there after the second phase, for which who erases looks; schedulers are told why they hear nobody."""
    with own_postgres(stack, max_prepared_transactions="2") as own:
        own.start()
        with environment(DATABASE_URL=own.url, REDIS_URL=stack.redis_url):
            migrate.upgrade()
            with psycopg.connect(own.url, autocommit=True) as caller:
                for statement in (
                    "BEGIN",
                    "SELECT bellwork.enqueue('t.x')",
                    "PREPARE TRANSACTION 'both'",
                ):
                    caller.execute(statement.encode())
                with transaction() as conn:
                    open_yet = still_enqueuing(conn, set())
                caller.execute(b"COMMIT PREPARED 'both'")
                jobs = caller.execute("SELECT actor FROM bellwork.jobs").fetchall()
            with transaction() as conn:
                reason = why_unheard(conn)
                open_then = still_enqueuing(conn, set())

    assert (1, 0) == (open_yet, open_then)
    assert [("t.x",)] == jobs
    assert reason is not None
    assert reason.startswith("max_prepared_transactions is 2")
