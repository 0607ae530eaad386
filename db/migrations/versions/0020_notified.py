"""Callers of SQL notify the schedulers, the first one in 10 ms."""

from __future__ import annotations

import re
from pathlib import Path

from alembic import op

from bellwork.db.engine import psycopg_of

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_FUNCTION = rb"CREATE (?:OR REPLACE )?(FUNCTION bellwork\.%s\(.*?\$\$;)"


def upgrade() -> None:
    """Create the sequence and the function that notifies; those that enqueue call it."""
    psycopg_of(op.get_bind()).execute(Path(__file__).with_suffix(".sql").read_bytes())


def downgrade() -> None:
    """Let the schedulers find by polling again what is enqueued from SQL."""
    driver = psycopg_of(op.get_bind())
    for name, file in (
        (b"enqueue", "0013_waiting.sql"),
        (b"enqueue_many", "0010_callers.sql"),
        (b"try_enqueue", "0018_door.sql"),
    ):
        found = re.search(_FUNCTION % name, Path(__file__).with_name(file).read_bytes(), re.DOTALL)
        assert found is not None  # noqa: S101 - the file is ours
        # Revision 0013 taught the text of 0010 one more word.
        driver.execute(b"CREATE OR REPLACE " + found[1].replace(b'"unique_key"}', b'"unique_key", "unique_while"}'))
    driver.execute(b"DROP FUNCTION bellwork.notify_schedulers; DROP SEQUENCE bellwork.notified_at")
