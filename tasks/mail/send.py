"""The actor that sends letters of all systems, and how it is told that there are some."""

from __future__ import annotations

from typing import TYPE_CHECKING

import dramatiq
import structlog

from bellwork.db.bound import after_commit
from bellwork.db.engine import DatabaseError, current, transaction
from bellwork.db.letters import Holder, count_due, expire_letters, find_strays, take_over
from bellwork.db.settings import settings
from bellwork.tasks.mail import hooks
from bellwork.tasks.mail.deliver import Delivery
from bellwork.workers import job

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from bellwork.db.letters import Claimed
    from bellwork.db.vocabulary.letter import Ending

log = structlog.get_logger("bellwork.mail")

#: Seconds of one run; the letters that are left are the next one's. A worker that is to stop waits for it.
RUN = 10.0
#: So many letters that are due are worth another lane beside this one.
_CROWD = 20


@dramatiq.actor(
    actor_name="mail.send",
    callers="internal",
    queue_name="mail",
    max_retries=1_000,
    min_backoff=5_000,
    max_backoff=60_000,
    time_limit=900_000,
)
def send(lane: int = 0) -> None:
    """Send the letters that are due, one after the other; a crowd of them brings the next lane, up to MAIL_CONNECTIONS.

    A letter that was begun by an attempt which does not run any more becomes `unknown`, one that was not waits again.
    """
    attempt = job.current()
    words = hooks.known_words()
    _tidy_up(words)
    _call_next(lane, words)
    Delivery(Holder(attempt.id, attempt.number), words).run(RUN)
    # Whoever posted a letter while this job was unfinished sent no other: so its end is what looks last.
    with job.transaction() as conn:
        if count_due(conn, words, 1):
            _send(lane)


def wake(conn: Connection) -> None:
    """Have letters sent that are entered by this connection's transaction, as soon as it has committed.

    For what posts by its own SQL; `post` and `post_many` do it by themselves. Without it they go on the minute.
    """
    open_ = current()
    calls = open_.after_commit if open_ is not None and open_.connection is conn else after_commit(conn)
    if _wake not in calls:
        calls.append(_wake)


def _wake() -> None:
    try:
        _send(0)
    except DatabaseError as error:
        log.warning("letters go on the minute, for nobody could be told of them", error=error)


def _send(lane: int) -> None:
    send.send_with_options(kwargs={"lane": lane}, unique_key=f"mail.send:{lane}")


def _call_next(lane: int, words: list[str]) -> None:
    if lane + 1 < settings().mail_connections:
        with transaction() as conn:
            if count_due(conn, words, _CROWD * (lane + 1)) >= _CROWD * (lane + 1):
                _send(lane + 1)


def _tidy_up(words: list[str]) -> None:
    """End what was left behind by attempts that do not run any more, and letters whose time is over."""
    with transaction() as conn:
        for claimed, state in take_over(conn, words):
            if state != "pending":
                hooks.settled(conn, claimed, state)
    _end_all(words, find_strays, "unknown")
    _end_all(words, expire_letters, "expired")


def _end_all(words: list[str], find: Callable[[Connection, list[str]], list[Claimed]], state: Ending) -> None:
    while True:
        with transaction() as conn:
            found = find(conn, words)
            for claimed in found:
                hooks.settled(conn, claimed, state)
        if not found:
            return
