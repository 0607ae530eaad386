"""Tells a student, once for each kind, that there is something to read ('fast') or to watch ('full').

A letter cannot be taken back: the notice is claimed before it goes out and settled after. Whoever finds a claim of an
earlier attempt cannot know whether its letter went out: it is `unknown` then, and never sent again. A refused one makes
its job dead with the server's words; `bellwork jobs retry` asks for it again.
"""

from __future__ import annotations

from typing import Any, Literal

import dramatiq

from bellwork.db.content.queries import SENDING, Notice, begin_notice, clear_notice, settle_notice
from bellwork.db.engine import transaction
from bellwork.tasks.providers import Letter, MailRefused, mail, post
from bellwork.tasks.providers.text import plain
from bellwork.workers import Permanent, job

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


@dramatiq.actor(
    actor_name="content.notify_ready",
    callers="internal",
    queue_name="mail",
    max_retries=40,
    min_backoff=10_000,
    max_backoff=3_600_000,
    time_limit=60_000,
    on_dead=_forget_claim,
)
def notify_ready(request_id: str, kind: Kind) -> None:
    """Write to the student of a request, unless that was done or there is nothing to tell any more."""
    if kind not in _TEXT:
        raise Permanent(f"there is no notice {kind!r}; there are {', '.join(map(repr, _TEXT))}")
    with transaction() as conn:
        claim = begin_notice(conn, request_id, kind)
    if isinstance(claim, Notice):
        state = _deliver(claim, request_id, kind)
    elif claim == SENDING:
        state = "unknown"
    else:
        return
    with job.transaction() as conn:
        settle_notice(conn, request_id, kind, state)


def _deliver(notice: Notice, request_id: str, kind: Kind) -> str:
    """Return what became of the letter; where it was not taken, the claim is let go before that is raised."""
    try:
        return post(mail(), _letter(notice, request_id, kind))
    except MailRefused as refused:
        with transaction() as conn:
            settle_notice(conn, request_id, kind, "refused")
        raise Permanent(str(refused)) from refused
    except Exception:
        with transaction() as conn:
            clear_notice(conn, request_id, kind)
        raise


def _letter(notice: Notice, request_id: str, kind: Kind) -> Letter:
    words = {"topic": plain(notice.topic, 120), "name": plain(notice.first_name, 100)}
    return Letter(
        to=notice.email,
        subject=_SUBJECT[kind].format(**words),
        text=_TEXT[kind].format(**words),
        html=None,
        key=f"content:{request_id}:{kind}",
    )
