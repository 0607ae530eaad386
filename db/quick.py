"""A session for commands that only look: plain psycopg, read-only, impatient, without SQLAlchemy and pydantic.

DATABASE_URL and REDIS_URL are taken from the environment as they stand there, where they are plain; otherwise the
settings are read as everywhere else, with all that they load.
"""

from __future__ import annotations

import os
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg

if TYPE_CHECKING:
    from collections.abc import Iterator

Driver = psycopg.Connection[Any]
#: A server that cannot be asked.
Unreachable = psycopg.OperationalError
#: A database without Bellwork's schema, or with an older one.
NoSchema = (psycopg.errors.UndefinedTable, psycopg.errors.InvalidSchemaName, psycopg.errors.UndefinedColumn)
#: Seconds until a server that does not answer counts as away, and that a statement may take.
PATIENCE, STATEMENT = 1, 2
#: What libpq reads as SQLAlchemy does: one host at most among the parameters, no driver that is not ours.
_PLAIN = re.compile(r"postgres(ql)?(\+psycopg)?://[^\s%]*$")
_OPTIONS = "-c timezone=UTC -c datestyle=ISO -c lock_timeout=500ms"
_READ_ONLY = " -c default_transaction_read_only=on"


@contextmanager
def session(*, read_only: bool = True, patience: int = PATIENCE, statement: int = STATEMENT) -> Iterator[Driver]:
    """Open a session in which each statement is a transaction; psycopg.OperationalError within a second or so.

    Without `read_only` nothing else hinders writes: for who asks whether the server itself takes them. `patience` and
    `statement` are the seconds until a server counts as away, and that each statement may take.

    Raises SettingsError as `bellwork.db.settings` does where there is no DATABASE_URL, or none that can be used.
    """
    asked = f"{_OPTIONS} -c statement_timeout={statement}s{_READ_ONLY * read_only}"
    options: dict[str, Any] = {} if _pooler() == "transaction" else {"options": asked}
    with psycopg.connect(
        database_url(),
        autocommit=True,
        connect_timeout=patience,
        tcp_user_timeout=patience * 1000,
        application_name="bellwork",
        client_encoding="utf8",
        prepare_threshold=None,
        **options,
    ) as driver:
        yield driver


def database_url() -> str:
    """Return DATABASE_URL as libpq reads it."""
    given = os.environ.get("DATABASE_URL", "").strip()
    if not _PLAIN.match(given) or given.count("host=") > 1 or not redis_is_named():
        from sqlalchemy.engine import make_url  # noqa: PLC0415 - only where the short way does not do

        from bellwork.db.settings import settings  # noqa: PLC0415

        url = make_url(settings().database_url)
        host, port = url.query.get("host"), url.query.get("port")
        if isinstance(host, tuple):
            named = [each.partition(":") for each in host]
            ports = ",".join(number or str(port or "5432") for _, _, number in named)
            url = url.update_query_dict({"host": ",".join(name for name, _, _ in named), "port": ports})
        return url.set(drivername="postgresql").render_as_string(hide_password=False)
    return given.replace("+psycopg", "", 1)


def _pooler() -> str:
    """Return BELLWORK_POOLER, by whichever name it stands there; a file is read only where there is one."""
    named = [os.environ.get(name, "").strip() for name in ("BELLWORK_POOLER", "POOLER")]
    if not any(named) and Path(".env").exists():
        from bellwork.db.settings import settings  # noqa: PLC0415 - as above

        return settings().pooler
    return next(filter(None, named), "none")


def redis_is_named() -> bool:
    """Tell whether REDIS_URL stands in the environment: then no file has to be read for it."""
    return bool(os.environ.get("REDIS_URL", "").strip())
