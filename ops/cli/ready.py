"""What nearly every command needs: settings that are right, a PostgreSQL that answers, and a schema in it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from db import revision
from db.engine import ping, transaction
from db.settings import SettingsError
from ops.cli import output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection


@contextmanager
def ledger() -> Iterator[Connection]:
    """Open a transaction on a database that is ready; raises SettingsError where it is not, naming what is wrong.

    Ctrl-C undoes all of it and says so; only while it is being committed nobody can say.
    """
    ping()
    if revision.current() is None:
        raise SettingsError("DATABASE_URL names a database without Bellwork's schema; run `bellwork migrate`")
    done = False
    try:
        with transaction() as conn:
            yield conn
            done = True
    except KeyboardInterrupt:
        output.warn(f"interrupted; {'look before you repeat it' if done else 'nothing was changed'}")
        raise
