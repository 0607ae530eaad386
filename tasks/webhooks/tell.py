"""Tells of an endpoint that is disabled: a notice for operators, and a letter to whom the endpoint names."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.notices import notify
from bellwork.tasks.letters import post

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.webhooks import Ended

#: Whose notices they are: of nobody in particular.
OPERATORS = "operators"
_SUBJECT = "Webhook endpoint {endpoint} is disabled"
_TEXT = """The webhook endpoint {endpoint} ({url}) gets no more events: {why}.

What it would have been told waits for it. When it works again:

    bellwork webhooks enable {endpoint} --reason "…"
"""


def tell(conn: Connection, ended: Ended) -> None:
    """Tell in the caller's transaction, once each time that the endpoint is disabled."""
    said = {"endpoint": ended.endpoint, "url": ended.url.partition("?")[0], "why": ended.why}
    key = f"{ended.endpoint}:{ended.at.isoformat()}"
    notify(conn, OPERATORS, "webhooks.disabled", key, said)
    if ended.mail:
        post(
            conn,
            key=f"webhooks.disabled:{key}",
            system="webhooks",
            kind="disabled",
            to=ended.mail,
            subject=_SUBJECT.format(**said),
            text=_TEXT.format(**said),
        )
