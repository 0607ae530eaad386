"""What befalls attempts and processes is counted, and a worker says how many threads it has and what its clock says."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from bellwork.db.engine import psycopg_of

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the tables, and add the columns: all of them empty, which takes no rewriting."""
    psycopg_of(op.get_bind()).execute(Path(__file__).with_suffix(".sql").read_bytes())


def downgrade() -> None:
    """Drop them: what was counted is lost."""
    op.execute("ALTER TABLE bellwork.snapshot DROP COLUMN fleet")
    op.execute("ALTER TABLE bellwork.workers DROP COLUMN threads, DROP COLUMN lease, DROP COLUMN clock_ahead")
    op.execute("DROP TABLE bellwork.occurrences, bellwork.occurrence_totals")
