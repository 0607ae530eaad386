"""Sessions come as the product needs them, whatever stands between: those that do not are refused at the start."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import text

from bellwork.db.engine import SESSION, engine
from bellwork.db.settings import SettingsError, settings

# A time-out may be shorter than asked for, but it must be there; all else must be equal, but for the order of day and
# month that datestyle names after its comma: ISO is read and written without it.
_MISMATCH = text("""
SELECT s.name, current_setting(s.name) AS found,
       format('ALTER ROLE %I IN DATABASE %I SET %s = %L;', session_user, current_database(), s.name, w.wanted) AS mend
FROM pg_settings s JOIN unnest(CAST(:names AS text[]), CAST(:wanted AS text[])) AS w(name, wanted)
     ON lower(s.name) = w.name
WHERE CASE WHEN s.unit = 'ms'
           THEN CAST(s.setting AS bigint) NOT BETWEEN 1 AND extract(epoch FROM CAST(w.wanted AS interval)) * 1000
           ELSE split_part(s.setting, ',', 1) <> w.wanted END
ORDER BY lower(s.name)
""")


@dataclass(frozen=True)
class SessionMismatch:
    """What is wrong with the sessions that DATABASE_URL leads to, and the statements that let their role mend it."""

    said: str
    sql: list[str]

    @property
    def mend(self) -> str:
        """Say what is to be done."""
        first = "" if settings().pooler == "transaction" else "set BELLWORK_POOLER=transaction; "
        return f"{first}run {' '.join(self.sql)} then let the pooler reconnect (PgBouncer: RECONNECT)"


def examine() -> SessionMismatch | None:
    """Compare a session with what each has to be (`bellwork.db.engine.SESSION`); None where it is as it should be.

    A connection of our own always is. A pooler may drop what we ask for; then the role of DATABASE_URL has to bring it.
    """
    with engine().connect() as connection:
        asked = {"names": list(SESSION), "wanted": list(SESSION.values())}
        rows = connection.execute(_MISMATCH, asked).all()
    if not rows:
        return None
    found = ", ".join(f"{row.name} = {row.found!r}" for row in rows)
    return SessionMismatch(f"sessions come with {found}", [row.mend for row in rows])


def check() -> None:
    """Raise SettingsError, in one line with what mends it, unless sessions are as the product needs them."""
    if mismatch := examine():
        raise SettingsError(f"DATABASE_URL leads to a pooler whose {mismatch.said}: {mismatch.mend}")
