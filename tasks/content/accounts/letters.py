"""Letters about accounts: to the teacher who asked for one, and to whoever has one and no password yet.

They are posted with ids alone. An invitation's token is made right before its letter goes, and stands nowhere else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import quote

from bellwork.db.content.accounts import EXPIRED, KEPT_DAYS, make_token, read_told
from bellwork.db.settings import settings
from bellwork.db.vocabulary import Drop, Send
from bellwork.tasks.letters import NewLetter, post_many
from bellwork.tasks.providers.text import plain

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from bellwork.db.vocabulary import PostedLetter

#: What these kinds of letters are called in the ledger.
DECISION, INVITATION = "account_decision", "invitation"
_APPROVED = "Hello {name},\n\n{student} has an account now, and a place in {class_name}. An invitation is on its way.\n"
_DENIED = "Hello {name},\n\nthe account that you asked for, for {student} in {class_name}, was not opened: {why}.\n"
_UNASKED = f"nobody decided about it within {KEPT_DAYS} days. You may ask again"
_INVITED = (
    "Hello {name},\n\nthere is an account for you{school}. Choose a password for it, once, until {until}:\n\n{way}\n"
)


def tell_teachers(conn: Connection, request_ids: Sequence[str]) -> None:
    """Post a letter to whoever asked for each of these accounts, in the caller's transaction, once for each request."""
    post_many(
        conn,
        [
            NewLetter(
                key=f"content:account:{request_id}:teacher",
                system="content",
                kind=DECISION,
                details={"request_id": request_id},
            )
            for request_id in request_ids
        ],
    )


def invite_student(conn: Connection, request_id: str, user_id: str) -> None:
    """Post the letter to a student whose account was asked for, once for each request."""
    post_many(conn, [invitation(f"content:account:{request_id}:student", user_id)])


def invitation(key: str, user_id: str) -> NewLetter:
    """Make the letter by which a user without a password gets a token (bellwork.db.content.accounts.invite)."""
    return NewLetter(key=key, system="content", kind=INVITATION, person=user_id, details={"user_id": user_id})


def check_decision(conn: Connection, letter: PostedLetter) -> Send | Drop:
    """Write it if its teacher is still there."""
    told = read_told(conn, letter.details["request_id"])
    if told is None:
        return Drop("nothing is decided, or its teacher has left", "superseded")
    words = {
        "name": plain(told.name, 100),
        "student": plain(told.student, 200),
        "class_name": plain(told.class_name, 120),
        "why": _UNASKED if told.unasked and told.notes == EXPIRED else plain(told.notes or "no reason was given", 500),
    }
    subject = "{student} has an account" if told.approved else "No account for {student}"
    text = _APPROVED if told.approved else _DENIED
    return Send(to=told.email, subject=subject.format(**words), text=text.format(**words))


def check_invitation(conn: Connection, letter: PostedLetter) -> Send | Drop:
    """Make a token and write it down, unless its reader has left, or has a password."""
    invited = make_token(conn, letter.details["user_id"])
    if invited is None:
        return Drop("its reader has left, or has a password", "superseded")
    url = settings().invitation_url
    words = {
        "name": plain(invited.first_name, 100),
        "school": f" at {plain(invited.school, 120)}" if invited.school else "",
        "until": f"{invited.expires_at:%d %B %Y}",
        "way": f"{url}{'&' if '?' in url else '?'}invitation={quote(invited.token)}" if url else invited.token,
    }
    return Send(to=invited.email, subject="Your account", text=_INVITED.format(**words))


CHECKS: dict[str, Callable[[Connection, PostedLetter], Send | Drop]] = {
    DECISION: check_decision,
    INVITATION: check_invitation,
}
