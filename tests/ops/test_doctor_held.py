"""The doctor names what keeps dead rows and WAL before a disk is full."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import psycopg
import pytest

from bellwork.db.engine import transaction
from bellwork.db.queries.held import kept_wal, old_snapshots
from bellwork.ops.doctor.held import check_held
from tests.faults.own_postgres import own_postgres
from tests.faults.own_valkey import environment
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.ops.embedded import Stack


@pytest.fixture(scope="module")
def server(stack: Stack) -> Iterator[psycopg.Connection[Any]]:
    """A server of its own that keeps prepared transactions and slots; yields a session on it."""
    with own_postgres(stack, max_prepared_transactions="2", wal_level="logical", max_wal_senders="2") as own:
        own.start()
        urls = {"DATABASE_URL": own.url, "REDIS_URL": stack.redis_url}
        with environment(**urls), psycopg.connect(own.url, autocommit=True) as conn:
            yield conn


def findings() -> dict[str, str]:
    """Return what the doctor says of both."""
    with transaction() as conn:
        return {finding.name: finding.kind for finding in check_held(conn)}


def test_nothing_is_said_of_a_server_that_is_well(server: psycopg.Connection[Any]) -> None:
    """Young transactions and slots are no finding."""
    server.execute("CHECKPOINT")  # a slot keeps WAL from the last one on
    server.execute("SELECT pg_create_physical_replication_slot('young', true)")

    assert {"dead rows": "ok", "kept WAL": "ok"} == findings()


def test_old_snapshots_are_named(server: psycopg.Connection[Any]) -> None:
    """A session in one transaction and a prepared transaction, each with who holds it."""
    with psycopg.connect(server.info.dsn) as holder:
        holder.execute("SET transaction_isolation = 'repeatable read'")
        holder.execute("SELECT 1")
        for statement in ("BEGIN", "CREATE TABLE prepared_by_nobody ()", "PREPARE TRANSACTION 'left behind'"):
            server.execute(statement.encode())

        def said() -> str:
            with transaction() as conn:
                return "; ".join(old_snapshots(conn, old=0.0))

        eventually(lambda: f"session {holder.info.backend_pid} of bellwork (idle in transaction)" in said())
        assert "prepared transaction left behind of bellwork" in said()
        server.execute("ROLLBACK PREPARED 'left behind'")


def test_a_slot_that_nobody_reads_is_named_with_what_it_keeps(server: psycopg.Connection[Any]) -> None:
    """The WAL that it keeps is told; beyond four segments the doctor warns."""
    server.execute("SELECT pg_create_physical_replication_slot('idle', true)")
    for _ in range(5):
        server.execute("SELECT pg_logical_emit_message(false, 'filled', 'x')")
        server.execute("SELECT pg_switch_wal()")
    with transaction() as conn:
        assert "slot idle, which nobody reads, keeps" in "; ".join(kept_wal(conn))
    assert "warn" == findings()["kept WAL"]
    server.execute("SELECT pg_drop_replication_slot('idle')")
    server.execute("SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots")
