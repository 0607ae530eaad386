"""A unique key may be held by the jobs that wait alone: what changes while one runs gets exactly one more run."""

from __future__ import annotations

import re
from pathlib import Path

from alembic import op

from bellwork.db.engine import psycopg_of

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_FUNCTION = rb"CREATE (?:OR REPLACE )?(FUNCTION bellwork\.%s\(.*?\$\$;)"
_CALLERS = b"""
CREATE TEMPORARY TABLE callers ON COMMIT DROP AS
    SELECT DISTINCT granted.grantee::regrole AS caller FROM pg_proc, aclexplode(proacl) AS granted
    WHERE pronamespace = 'bellwork'::regnamespace AND proname = 'enqueue' AND granted.grantee NOT IN (0, proowner);
DROP FUNCTION bellwork.enqueue
"""
_LET_IN = b"""
REVOKE ALL ON FUNCTION bellwork.enqueue FROM PUBLIC;
DO $$
DECLARE let_in regrole;
BEGIN
    FOR let_in IN SELECT caller FROM callers LOOP
        EXECUTE format('GRANT EXECUTE ON FUNCTION bellwork.enqueue TO %s', let_in);
    END LOOP;
    EXECUTE replace(pg_get_functiondef('bellwork.enqueue_many(jsonb)'::regprocedure),
                    '"unique_key", "unique_while"}', '"unique_key"}');
END $$;
DROP FUNCTION bellwork.hold_waiting, bellwork.retake_key
"""


def upgrade() -> None:
    """Add the two functions that hold and give back a waiting key, and teach those that enqueue about it."""
    psycopg_of(op.get_bind()).execute(Path(__file__).with_suffix(".sql").read_bytes())


def downgrade() -> None:
    """Let every key be held until its job is finished; jobs that run keep none."""
    driver = psycopg_of(op.get_bind())
    driver.execute(_CALLERS)
    for name, file in (
        (b"enqueue", "0010_callers.sql"),
        (b"enqueue_as_caller", "0010_callers.sql"),
        (b"insert_jobs", "0001_ledger.sql"),
        (b"odd_job", "0001_ledger.sql"),
        (b"retry_jobs", "0012_operators.sql"),
    ):
        found = re.search(_FUNCTION % name, Path(__file__).with_name(file).read_bytes(), re.DOTALL)
        assert found is not None  # noqa: S101 - the file is ours
        driver.execute(b"CREATE OR REPLACE " + found[1])
    driver.execute(_LET_IN)
