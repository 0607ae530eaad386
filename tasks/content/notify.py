"""Tells a student, once for each kind, that there is something to read ('fast') or to watch ('full').

A refused letter makes its job dead with the server's words; `bellwork jobs retry` asks for it again.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any, Literal

import dramatiq

from bellwork.db.content.queries import SENDING, Notice, begin_notice, clear_notice, settle_notice
from bellwork.db.engine import transaction
from bellwork.tasks.content.claims import LETTERS, claimed
from bellwork.tasks.providers import Letter, mail, post
from bellwork.tasks.providers.text import plain
from bellwork.workers import Permanent, job

if TYPE_CHECKING:
    from sqlalchemy import Connection

Kind = Literal["fast", "full"]

_SUBJECT = {"fast": "{topic}: ready to read and listen", "full": "{topic}: your film is ready"}
_TEXT = {
    "fast": "Hello {name},\n\nyour lesson on {topic} is ready to read and to listen to. The film is being made.\n",
    "full": "Hello {name},\n\nthe film of your lesson on {topic} is ready to watch.\n",
}


def _forget_claim(conn: Any, args: dict[str, Any], reason: str) -> None:
    """A job that died while it was sending leaves nobody the wiser; one that was told to wait is not claimed."""
    del reason
    settle_notice(conn, str(args.get("request_id")), str(args.get("kind")), "unknown")


@dramatiq.actor(actor_name="content.notify_ready", on_dead=_forget_claim, **LETTERS)
def notify_ready(request_id: str, kind: Kind) -> None:
    """Write to the student of a request, unless that was done or there is nothing to tell any more."""
    if kind not in _TEXT:
        raise Permanent(f"there is no notice {kind!r}; there are {', '.join(map(repr, _TEXT))}")
    with transaction() as conn:
        claim = begin_notice(conn, request_id, kind)
    if isinstance(claim, Notice):
        with claimed(partial(_let_go, request_id, kind)):
            state = post(mail(), _letter(claim, request_id, kind))
    elif claim == SENDING:
        state = "unknown"
    else:
        return
    with job.transaction() as conn:
        settle_notice(conn, request_id, kind, state)


def _let_go(request_id: str, kind: Kind, conn: Connection, state: str) -> None:
    if state == "refused":
        settle_notice(conn, request_id, kind, state)
    else:
        clear_notice(conn, request_id, kind)


def _letter(notice: Notice, request_id: str, kind: Kind) -> Letter:
    words = {"topic": plain(notice.topic, 120), "name": plain(notice.first_name, 100)}
    return Letter(
        to=notice.email,
        subject=_SUBJECT[kind].format(**words),
        text=_TEXT[kind].format(**words),
        html=None,
        key=letter_key(request_id, kind),
    )


def letter_key(request_id: str, kind: str) -> str:
    """Name the letter of a request and kind, by which a second sending is known."""
    return f"content:{request_id}:{kind}"
