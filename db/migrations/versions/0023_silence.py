"""Whether a caller has to notify is asked where it enqueues: calling a function for that cost each of them 25 µs."""

from __future__ import annotations

import re
from pathlib import Path

from alembic import op

from bellwork.db.engine import psycopg_of

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_CALL = b"PERFORM bellwork.notify_schedulers();"
# The same that notify_schedulers asks first. Where the sequence cannot be read it is NULL, and that function is asked.
_ASKED = b"""-- Most often somebody has notified in the last 10 ms.
        IF (abs(date_part('epoch', clock_timestamp()) * 1000000 - pg_sequence_last_value('bellwork.notified_at'))
            <= 10000) IS NOT TRUE THEN
            PERFORM bellwork.notify_schedulers();
        END IF;"""


def upgrade() -> None:
    """Ask in the functions for one job, and let every role that calls them read the sequence."""
    _create(_ASKED)
    op.execute("GRANT SELECT ON SEQUENCE bellwork.notified_at TO PUBLIC")


def downgrade() -> None:
    """Leave it to the function."""
    _create(_CALL)
    op.execute("REVOKE SELECT ON SEQUENCE bellwork.notified_at FROM PUBLIC")


def _create(asked: bytes) -> None:
    """Create the functions of revision 0020 with this instead of their call."""
    driver = psycopg_of(op.get_bind())
    text = Path(__file__).with_name("0020_notified.sql").read_bytes()
    for name in (b"enqueue", b"try_enqueue"):
        found = re.search(rb"CREATE OR REPLACE FUNCTION bellwork\.%s\(.*?\$\$;" % name, text, re.DOTALL)
        assert found is not None  # noqa: S101 - the file is ours
        driver.execute(found[0].replace(_CALL, asked))
