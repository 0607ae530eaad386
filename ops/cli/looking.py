"""What a command needs that only looks at jobs: the driver's own connection, to a database that has the schema."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING

from bellwork.db import quick
from bellwork.ops.cli import output

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.db.quick import Driver

#: Seconds until a server counts as away, and that a statement may take, as for all that is no look at the fleet.
PATIENCE, STATEMENT = 5, 30
# A pooler that gives connections by the transaction takes no options of a session.
_READ_ONLY = f"SET TRANSACTION READ ONLY; SET LOCAL timezone = 'UTC'; SET LOCAL statement_timeout = '{STATEMENT}s'"


@contextmanager
def looking() -> Iterator[Driver]:
    """Open a transaction that can change nothing.

    Raises SettingsError where the server cannot be used, and where the schema is missing or another one.

    What loads SQLAlchemy and all settings, which takes longer than most answers, is left to the commands that change
    something (`ready.ledger`).
    """
    try:
        with _opened() as driver, driver.transaction():
            driver.execute(_READ_ONLY.encode())
            yield driver
    except quick.NoSchema:
        from bellwork.ops.cli.ready import ledger  # noqa: PLC0415 - it says what is the matter with the schema

        with ledger():
            raise
    except KeyboardInterrupt:
        output.warn("interrupted; nothing was changed")
        raise


@contextmanager
def _opened() -> Iterator[Driver]:
    with ExitStack() as stack:
        try:
            driver = stack.enter_context(quick.session(patience=PATIENCE, statement=STATEMENT))
        except quick.Unreachable as error:
            from bellwork.db.settings import SettingsError  # noqa: PLC0415 - it loads all settings

            reason = " ".join(str(error).split())
            msg = f"DATABASE_URL names a server that cannot be used: {output.place()}: {reason}"
            raise SettingsError(msg) from None
        yield driver
