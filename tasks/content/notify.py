"""Tells a student, once for each kind, that there is something to read ('fast') or to watch ('full')."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from bellwork.db.content.queries import clear_notice, enter_notices, read_notice, settle_notice
from bellwork.db.vocabulary import Drop, Send
from bellwork.tasks.letters import NewLetter, post_many
from bellwork.tasks.providers.text import plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from bellwork.db.vocabulary import PostedLetter

Kind = Literal["fast", "full"]

#: What the letters' kind is called in the ledger.
NOTICE = "notice"
_SUBJECT = {"fast": "{topic}: ready to read and listen", "full": "{topic}: your film is ready"}
_TEXT = {
    "fast": "Hello {name},\n\nyour lesson on {topic} is ready to read and to listen to. The film is being made.\n",
    "full": "Hello {name},\n\nthe film of your lesson on {topic} is ready to watch.\n",
}
KINDS = tuple(_TEXT)


def post_notices(conn: Connection, request_ids: Sequence[str], kind: Kind) -> None:
    """Post a letter about each of these requests, in the caller's transaction, unless there was one of this kind."""
    entered = enter_notices(conn, request_ids, kind) if request_ids else []
    post_many(
        conn,
        [
            NewLetter(
                key=letter_key(request_id, kind),
                system="content",
                kind=NOTICE,
                person=student_id,
                details={"request_id": request_id, "kind": kind},
            )
            for request_id, student_id in entered
        ],
    )


def check_notice(conn: Connection, letter: PostedLetter) -> Send | Drop:
    """Write it if there is still something to tell, and somebody."""
    request_id, kind = letter.details["request_id"], letter.details["kind"]
    notice = read_notice(conn, request_id, kind)
    if notice is None:
        return Drop("there is nothing to tell any more, or nobody", "superseded")
    words = {"topic": plain(notice.topic, 120), "name": plain(notice.first_name, 100)}
    return Send(to=notice.email, subject=_SUBJECT[kind].format(**words), text=_TEXT[kind].format(**words))


def notice_settled(conn: Connection, letter: PostedLetter, state: str) -> None:
    """Keep with the request what became of its letter."""
    request_id, kind = letter.details["request_id"], letter.details["kind"]
    if state == "superseded":
        clear_notice(conn, request_id, kind)
    else:
        settle_notice(conn, request_id, kind, state)


def letter_key(request_id: str, kind: str) -> str:
    """Name the letter of a request and kind, by which a second sending is known."""
    return f"content:{request_id}:{kind}"
