"""Transactions with the rights of bellwork_api, and no others, for whoever acts on behalf of callers outside."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from psycopg import errors

from bellwork.db.engine import psycopg_of
from bellwork.db.reading import hurried
from bellwork.db.rights import API

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sqlalchemy import Connection


class MayNotBeApi(PermissionError):  # noqa: N818 - it says what is
    """The login of DATABASE_URL may not become bellwork_api, or there is no such role."""


@contextmanager
def as_api(seconds: float) -> Iterator[Connection]:
    """Open a transaction as bellwork_api, each statement of which is cancelled after so many seconds.

    Jobs that it enqueues are those of the login: it is told of these alone, and cancels these alone. Raises MayNotBeApi
    before anything is done.
    """
    with hurried(seconds) as conn:
        try:
            psycopg_of(conn).execute(f"SET LOCAL ROLE {API}".encode())
        except (errors.InsufficientPrivilege, errors.InvalidParameterValue) as error:
            msg = (
                f"let the login of DATABASE_URL become {API}: GRANT {API} TO that login; `bellwork doctor` names roles"
            )
            raise MayNotBeApi(msg) from error
        yield conn
