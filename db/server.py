"""What the server of DATABASE_URL has to be: one that takes writes, with a database that keeps any text."""

from __future__ import annotations

from sqlalchemy import text

from bellwork.db.engine import engine, place
from bellwork.db.settings import SettingsError

_FOUND = text("""
SELECT pg_is_in_recovery() AS standby, current_setting('default_transaction_read_only')::bool AS read_only,
       getdatabaseencoding() AS encoding
""")


def encoding() -> str:
    """Name the encoding of the database, as PostgreSQL does."""
    with engine().connect() as connection:
        found: str = connection.execute(_FOUND).one().encoding
        return found


def check() -> None:
    """Raise SettingsError, in one line, for a standby, for sessions that may not write and for a database of bytes.

    SQL_ASCII is no encoding: text comes back as it was put in, whatever that was.
    """
    with engine().connect() as connection:
        found = connection.execute(_FOUND).one()
    where = place(engine().url)
    if found.standby:
        raise SettingsError(f"DATABASE_URL names a standby, which takes no writes: {where}; name the primary")
    if found.read_only:
        msg = f"DATABASE_URL leads to sessions that may only read (default_transaction_read_only is on): {where}"
        raise SettingsError(f"{msg}; let the role or the database write")
    if found.encoding == "SQL_ASCII":
        msg = f"DATABASE_URL names a database whose encoding is SQL_ASCII, which keeps bytes and not text: {where}"
        raise SettingsError(f"{msg}; create it with TEMPLATE template0 ENCODING 'UTF8'")
