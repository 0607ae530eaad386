"""A migration outdates statements that connections had prepared before it: the same call works on new connections."""

from __future__ import annotations

from functools import wraps
from typing import TYPE_CHECKING, ParamSpec, TypeVar

from psycopg import Error
from psycopg.errors import FeatureNotSupported
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    from collections.abc import Callable

P = ParamSpec("P")
T = TypeVar("T")


def is_outdated(error: BaseException) -> bool:
    """Tell whether PostgreSQL refused a statement for being prepared before a migration ('cached plan must not …').

    It is known by the place in PostgreSQL that raises it, for its words are translated and its code is not its own.
    """
    cause = error.orig if isinstance(error, DBAPIError) else error
    return isinstance(cause, FeatureNotSupported) and cause.diag.source_function == "RevalidateCachedQuery"


def through_migrations(act: Callable[P, T]) -> Callable[P, T]:
    """Call again, once, where a migration outdated a statement; for what opens its own connection, and may begin anew.

    `bellwork.db.engine` uses no connection again that was open when it heard of that.
    """

    @wraps(act)
    def twice(*args: P.args, **kwargs: P.kwargs) -> T:
        try:
            return act(*args, **kwargs)
        except (DBAPIError, Error) as error:
            if not is_outdated(error):
                raise
        return act(*args, **kwargs)

    return twice
