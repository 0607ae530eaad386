"""A listener of the tests, and PostgreSQL's window of 10 ms made so long that no test can outlast it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import psycopg

if TYPE_CHECKING:
    from types import TracebackType

_END = "that was all"
#: Nobody has notified yet.
FREE = "SELECT setval('bellwork.notified_at', 1)"
#: An hour for 10 ms: time stands still.
STAND_STILL = """
DO $$
DECLARE
    name regproc;
BEGIN
    FOREACH name IN ARRAY
        '{bellwork.notify_schedulers, bellwork.enqueue, bellwork.try_enqueue, bellwork.enqueue_plain}'::regproc[] LOOP
        EXECUTE replace(replace(pg_get_functiondef(name), 'bigint := 10000;', 'bigint := 3600000000;'),
                        '<= 10000)', '<= 3600000000)');
    END LOOP;
END $$
"""


class Listener:
    """Hears what a scheduler would hear."""

    def __init__(self, url: str) -> None:
        self._connection = psycopg.connect(url, autocommit=True)
        self.execute("LISTEN bellwork")

    def execute(self, statement: str) -> None:
        """Execute and commit a statement."""
        self._connection.execute(statement.encode())

    def count(self) -> int:
        """Count what was notified by the transactions that have committed since it was last asked."""
        found = 0
        self._connection.execute("SELECT pg_notify('bellwork', %s)", [_END])
        for notification in self._connection.notifies():
            if notification.payload == _END:
                break
            found += 1
        return found

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()


def caller(url: str, role: str | None = None) -> psycopg.Connection[Any]:
    """Connect as the owner, or as a role that is set for the session."""
    connection = psycopg.connect(url, autocommit=True)
    if role:
        connection.execute(f"SET ROLE {role}".encode())
    return connection
