"""Lines to the servers that are cut again and again leave nothing behind: no descriptor and no thread."""

from __future__ import annotations

import psutil
import psycopg
import redis

from bellwork.db.engine import single_statements, transaction
from bellwork.workers import due_set

# It waits for each to be gone: one that is merely told to go may still take a statement.
CUT = """
SELECT pg_terminate_backend(pid, 10000) FROM pg_stat_activity
WHERE pid <> pg_backend_pid() AND datname = current_database()
"""


def test_lines_that_are_cut_leave_nothing_behind(database: str, redis_url: str) -> None:
    """Twenty times both servers end every connection; each time both are reached again at once."""
    here = psutil.Process()
    held = []
    for _ in range(20):
        with psycopg.connect(database.replace("+psycopg", ""), autocommit=True) as conn:
            conn.execute(CUT)
        with redis.Redis.from_url(redis_url) as cutter:
            cutter.client_kill_filter(_type="normal", skipme=True)
        with transaction() as outer, single_statements() as inner:
            assert [1, 1] == [conn.exec_driver_sql("SELECT 1").scalar_one() for conn in (outer, inner)]
        assert [] == due_set.pop("t.reconnects", 1)
        held.append((here.num_fds(), here.num_threads()))

    assert held[4] == held[-1], held
