"""How a job sends a letter that must not go out twice: claimed before it goes, settled by the job's last transaction.

Whoever finds a claim of an earlier attempt cannot know whether its letter went out: it is `unknown` then, as it is for
whoever dies while sending (`on_dead`), and is not sent again unasked.
"""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Literal

from bellwork.db.engine import transaction
from bellwork.tasks.providers import MailRefused
from bellwork.workers import Permanent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from sqlalchemy import Connection

#: Options of an actor that writes letters: it waits for a mail server for about a day.
LETTERS: dict[str, Any] = {
    "callers": "internal",
    "queue_name": "mail",
    "max_retries": 40,
    "min_backoff": 10_000,
    "max_backoff": 3_600_000,
    "time_limit": 60_000,
}


@contextmanager
def claimed(let_go: Callable[[Connection, Literal["refused", "waiting"]], None]) -> Iterator[None]:
    """Post a claimed letter in here; what `post` returns is for the job's own transaction to settle.

    Where it was not taken, or not even written, its claim is let go in a transaction of its own before that is raised:
    `refused` for good, which raises Permanent with the server's words, or `waiting` for another attempt.
    """
    try:
        yield
    except MailRefused as refused:
        with transaction() as conn:
            let_go(conn, "refused")
        raise Permanent(str(refused)) from refused
    except Exception:
        with transaction() as conn:
            let_go(conn, "waiting")
        raise
