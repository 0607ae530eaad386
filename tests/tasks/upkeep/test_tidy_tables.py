"""Tables that changed a good deal get their dead rows removed and statistics that are true; the others are left."""

from __future__ import annotations

import pytest

from bellwork.db.engine import engine, transaction
from bellwork.db.sql import sql
from bellwork.db.tidy import Untidy, tidy_table, untidy_tables
from bellwork.tasks.upkeep.tidy_tables import tidy_tables
from bellwork.workers.testing import run_inline
from tests.db.catalog import run_script
from tests.helpers import eventually

_DEAD = "SELECT n_dead_tup > 1000 FROM pg_stat_user_tables WHERE relid = '{content}.content_requests'::regclass"
REQUESTS = Untidy("content.content_requests", has_dead=True)


@pytest.fixture
def untidy(database: str) -> None:
    """A database in which requests have been changed 3,000 times."""
    del database
    with transaction() as conn:
        run_script(conn, "vividly_rows.sql", "content")
        conn.execute(sql("ALTER TABLE {content}.content_requests SET (autovacuum_enabled = off)"))
        conn.execute(
            sql(
                "INSERT INTO {content}.content_requests (id, student_id, original_query)"
                " SELECT 'r' || n, 'user_student', 'Why?' FROM generate_series(1, 3000) n"
            )
        )
    with transaction() as conn:
        conn.execute(sql("UPDATE {content}.content_requests SET retry_count = 1"))
    # Statistics arrive when the session that changed the rows ends or rests.
    engine().dispose()
    eventually(lambda: _is(_DEAD))


def _is(statement: str) -> bool:
    with transaction() as conn:
        return bool(conn.execute(sql(statement)).scalar())


@pytest.mark.usefixtures("untidy")
def test_what_is_untidy_is_tidied_and_what_is_not_is_left() -> None:
    """3,000 dead rows are gone after the job, and the planner knows how many live ones there are."""
    with transaction() as conn:
        before = untidy_tables(conn)
    job = run_inline(tidy_tables)

    assert REQUESTS in before
    assert Untidy("content.users", has_dead=True) not in before
    assert {"content.audit_logs", "bellwork.finished_jobs"} <= {table.name for table in before if not table.has_dead}
    assert "done" == job["state"]
    eventually(lambda: not _is(_DEAD))
    assert _is(
        "SELECT reltuples BETWEEN 2900 AND 3100 FROM pg_class WHERE oid = '{content}.content_requests'::regclass"
    )


@pytest.mark.usefixtures("untidy")
def test_a_table_that_somebody_has_locked_is_passed_over_at_once() -> None:
    """Nobody waits for the tidying, and the tidying waits for nobody; what PostgreSQL says about it is told."""
    with engine().connect() as other:
        other.execute(sql("LOCK TABLE {content}.content_requests IN SHARE UPDATE EXCLUSIVE MODE"))
        said = tidy_table(REQUESTS)
        other.rollback()

    assert any("lock not available" in line for line in said)
    assert [] == tidy_table(REQUESTS)
    assert _is("SELECT current_setting('statement_timeout') = '30s'")
