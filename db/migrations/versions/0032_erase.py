"""What is known of a person may be erased: functions for operators, and a key for the hash that their acts keep."""

from __future__ import annotations

from pathlib import Path

from alembic import op

from bellwork.db.engine import psycopg_of

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_DEFINITION = b"SELECT pg_get_functiondef('bellwork.retry_jobs'::regproc)"
_RETRIED, _UNLESS_ERASED = (
    "state IN ('dead', 'cancelled') AND NOT EXISTS (",
    "state IN ('dead', 'cancelled') AND NOT starts_with(reason, 'erased: ') AND NOT EXISTS (",
)


def upgrade() -> None:
    """Create them; a job whose subject was erased is not put back, for it has nothing to work on."""
    driver = psycopg_of(op.get_bind())
    driver.execute(Path(__file__).with_suffix(".sql").read_bytes())
    _change_retries(_RETRIED, _UNLESS_ERASED)


def downgrade() -> None:
    """Drop them; what was erased stays so."""
    _change_retries(_UNLESS_ERASED, _RETRIED)
    op.execute(
        "DROP FUNCTION bellwork.erase_letters, bellwork.erase_mentions, bellwork.erase_history, bellwork.erase_jobs,"
        " bellwork.erasure_hash"
    )
    op.execute("DROP TABLE bellwork.erasure_key, bellwork.archive_people, bellwork.superseded_files")
    op.execute(
        "ALTER TABLE bellwork.retention_parcels DROP CONSTRAINT retention_parcels_rows_check,"
        " ADD CONSTRAINT retention_parcels_rows_check CHECK (rows > 0) NOT VALID"
    )


def _change_retries(before: str, after: str) -> None:
    driver = psycopg_of(op.get_bind())
    ((definition,),) = driver.execute(_DEFINITION).fetchall()
    if before not in definition:
        msg = "bellwork.retry_jobs is not a release's own"
        raise RuntimeError(msg)
    driver.execute(definition.replace(before, after).encode())
