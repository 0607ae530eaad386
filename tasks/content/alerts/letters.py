"""Letters about alerts, to CONTENT_ALERTS: one for each window in which an alert is open, one when it is over."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.settings import settings
from bellwork.db.vocabulary import Drop, Send
from bellwork.tasks.letters import NewLetter, post_many

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from bellwork.db.content.alerts import News
    from bellwork.db.vocabulary import PostedLetter

#: What the letters' kind is called in the ledger.
ALERT = "alert"
_OVER = "It is over."


def tell(conn: Connection, news: Iterable[News]) -> None:
    """Post a letter about each, in the caller's transaction, once by its key."""
    post_many(
        conn,
        [
            NewLetter(
                key=f"content:alert:{each.key}",
                system="content",
                kind=ALERT,
                urgent=True,
                subject=f"Content: {each.kind}" if each.said else f"Content: {each.kind} is over",
                text=f"{each.said or _OVER}\n",
            )
            for each in news
        ],
    )


def check_alert(_conn: Connection, _letter: PostedLetter) -> Send | Drop:
    """Send it to whom it concerns, if anybody is set."""
    to = settings().content_alerts
    return Send(to=to) if to else Drop("no address: CONTENT_ALERTS is not set")
