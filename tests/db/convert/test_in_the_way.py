"""Whoever holds the table is waited for, whoever wants it is not kept waiting, and two conversions are one."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from threading import Event
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bellwork.db.engine import engine, forget, transaction
from bellwork.db.partitions.convert import BlockedError, Patience, convert, examine, session
from bellwork.db.settings import SettingsError
from tests.helpers import eventually

if TYPE_CHECKING:
    from bellwork.db.vocabulary import PartitionedTable

#: Seconds that a reader holds its transaction.
HELD = 3.0
_COUNT = text("SELECT count(*) FROM public.audit_logs")
_WRITE = text("INSERT INTO public.audit_logs (action, user_id) VALUES ('meanwhile', 'user_student')")


def test_a_reader_is_named_when_patience_ends_and_the_next_run_goes_on(plain: PartitionedTable) -> None:
    """One that holds a transaction open keeps the first step off for a second; no step is lost, none is repeated."""
    with engine().begin() as reader:
        reader.execute(_COUNT)
        pid = reader.execute(text("SELECT pg_backend_pid()")).scalar_one()
        with pytest.raises(
            BlockedError, match=rf"for 1 s and was never free within 30 ms: process {pid} \(bellwork\) holds it"
        ):
            convert(plain, Patience(1.0))

    assert ["bound", "validate"] == list(convert(plain).seconds)[:2]


def test_writers_go_on_while_a_reader_holds_the_conversion_up(plain: PartitionedTable) -> None:
    """A reader holds its transaction for 3 s: the conversion waits, every insert takes less than half of that."""
    began, stop = time.monotonic(), Event()
    with ThreadPoolExecutor(2) as pool, engine().begin() as reader:
        reader.execute(_COUNT)
        writing, converting = pool.submit(_write_until, stop), pool.submit(convert, plain)
        eventually(lambda: time.monotonic() - began > HELD)
        held = converting.done()
        reader.rollback()
        done = converting.result(timeout=60)
        stop.set()
        longest, written = writing.result(timeout=60)
    with transaction() as conn:
        counted = conn.execute(text("SELECT count(*) FROM public.audit_logs WHERE action = 'meanwhile'")).scalar_one()

    assert not held
    assert "swap" in done.seconds
    assert written == counted
    assert longest < HELD / 2


def test_two_conversions_of_a_table_are_one(plain: PartitionedTable, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second is told so when its patience ends, and has changed nothing."""
    monkeypatch.setattr(session, "_OTHERS", 0.5)
    with ThreadPoolExecutor(1) as pool, engine().begin() as reader:
        reader.execute(_COUNT)
        first = pool.submit(convert, plain)
        eventually(_is_under_way)
        with pytest.raises(BlockedError, match=r"another conversion of \"public\"\.\"audit_logs\" is under way"):
            examine(plain)
        reader.rollback()

        assert "swap" in first.result(timeout=60).seconds


def test_a_pooler_that_changes_sessions_is_refused(plain: PartitionedTable, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its sessions can hold neither the settings nor the lock of a conversion; the message says what to set."""
    monkeypatch.setenv("POOLER", "transaction")
    forget()

    with pytest.raises(SettingsError, match="DATABASE_URL leading to PostgreSQL itself and BELLWORK_POOLER=none"):
        convert(plain)


def _write_until(stop: Event) -> tuple[float, int]:
    longest, written = 0.0, 0
    while not stop.is_set():
        began = time.monotonic()
        with engine().begin() as conn:
            conn.execute(_WRITE)
        longest, written = max(longest, time.monotonic() - began), written + 1
    return longest, written


def _is_under_way() -> bool:
    with engine().connect() as conn:
        held = text(
            "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND database = (SELECT oid FROM"
            " pg_database WHERE datname = current_database())"
        )
        return bool(conn.execute(held).scalar_one())
