"""Whoever enqueues may commit in two phases: on a server that allows it nobody notifies."""

from __future__ import annotations

from typing import TYPE_CHECKING

import psycopg

from bellwork.db import migrate
from bellwork.db.engine import transaction
from bellwork.db.ledger import why_unheard
from tests.faults.own_postgres import own_postgres
from tests.faults.own_valkey import environment

if TYPE_CHECKING:
    from bellwork.ops.embedded import Stack


def test_a_transaction_that_enqueued_can_be_prepared(stack: Stack) -> None:
    """Its job is there after the second phase; schedulers are told why they hear nobody."""
    with own_postgres(stack, max_prepared_transactions="2") as own:
        own.start()
        with environment(DATABASE_URL=own.url, REDIS_URL=stack.redis_url):
            migrate.upgrade()
            with psycopg.connect(own.url, autocommit=True) as caller:
                for statement in (
                    "BEGIN",
                    "SELECT bellwork.enqueue('t.x')",
                    "PREPARE TRANSACTION 'both'",
                    "COMMIT PREPARED 'both'",
                ):
                    caller.execute(statement.encode())
                jobs = caller.execute("SELECT actor FROM bellwork.jobs").fetchall()
            with transaction() as conn:
                reason = why_unheard(conn)

    assert [("t.x",)] == jobs
    assert reason is not None
    assert reason.startswith("max_prepared_transactions is 2")
