"""Who was erased stays erased: late jobs of such a subject end at their insert, and letters to him are not sent."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from bellwork.db.engine import psycopg_of

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the table of hashes, and the triggers that ask it where a row names a person."""
    psycopg_of(op.get_bind()).execute(Path(__file__).with_suffix(".sql").read_bytes())


def downgrade() -> None:
    """Drop them; who was erased is not known any more."""
    op.execute("DROP TRIGGER erased_subject ON bellwork.jobs")
    op.execute("DROP TRIGGER erased_reader ON bellwork.letters")
    op.execute(
        "DROP FUNCTION bellwork.end_erased_job, bellwork.suppress_erased_letter, bellwork.lift_erasure,"
        " bellwork.mark_erased"
    )
    op.execute("DROP TABLE bellwork.erased_subjects")
