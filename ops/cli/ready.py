"""What nearly every command needs: settings that are right, a PostgreSQL that answers, and a schema in it."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from bellwork.db import revision
from bellwork.db.engine import ping, transaction
from bellwork.db.partitions import refused_tables
from bellwork.db.settings import SettingsError
from bellwork.ops.cli import output

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from bellwork.db.vocabulary import PartitionedTable


@contextmanager
def ledger() -> Iterator[Connection]:
    """Open a transaction on a database that is ready; raises SettingsError where it is not, naming what is wrong.

    Ctrl-C undoes all of it and says so; only while it is being committed that is unknown.
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


def insist_on_owner(conn: Connection, tables: Sequence[PartitionedTable], *, plain: bool = False) -> None:
    """End the command where this role may not make and drop partitions of one of the tables, before it is recorded."""
    for table, owner, role in refused_tables(conn, tables, plain=plain):
        mend = f"let DATABASE_URL name that role or a member of it (docs/deploy.md, Roles), or GRANT {owner} TO {role}"
        output.fail(f"{role} may not do this to {table}, which belongs to {owner}; {mend}")
