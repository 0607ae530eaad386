"""Tells somebody something: by a notice in the application, and by a letter where he wants that."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.db.notices import notify
from bellwork.tasks.letters import post

if TYPE_CHECKING:
    from uuid import UUID

    from sqlalchemy import Connection


def tell(conn: Connection, user_id: UUID, kind: str, key: str, *, subject: str, text: str, **body: Any) -> bool:  # noqa: PLR0913 - what is told
    """Tell a user something in the caller's transaction, once for `kind` and `key`; False where that was told before.

    `kind` ('lab_ends') is the letter's, and with the system's word in front of it the notice's; `subject` and `text`
    are words for both. `body` is kept with the notice. Whether the letter goes is decided right before it does.
    """
    told = {"subject": subject, "text": text, **body}
    if not notify(conn, str(user_id), f"courses.{kind}", key, told):
        return False
    key = f"courses.{kind}:{key}"
    post(
        conn,
        key=key,
        system="courses",
        kind=kind,
        person=str(user_id),
        subject=subject,
        text=text,
        can_unsubscribe=True,
    )
    return True
