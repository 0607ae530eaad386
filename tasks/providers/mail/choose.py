"""Opens the way that mail takes by a URL."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from bellwork.db.room import LETTERS
from bellwork.tasks.providers.mail.drop import Drop
from bellwork.tasks.providers.mail.server import server_of
from bellwork.tasks.providers.mail.smtp import Smtp

if TYPE_CHECKING:
    from bellwork.tasks.providers.mail.letter import Postman

#: Seconds that a server has to say whether it took a letter (RFC 5321, 4.5.3.2.6).
ANSWER = 600.0


def open_mail(url: str | None, sender: str, answer: float = ANSWER) -> Postman:
    """Return the postman of SMTP_URL: smtp:// and smtps:// servers, a file:// folder, or ./var/mail where unset.

    A server's is the same one each time, for it keeps its connections.
    """
    if not url:
        return Drop(Path(LETTERS).resolve(), sender)
    if url.startswith("file://"):
        return Drop(Path(unquote(url.removeprefix("file://"))).resolve(), sender)
    return _to_server(url, sender, answer)


@lru_cache(maxsize=4)
def _to_server(url: str, sender: str, answer: float) -> Smtp:
    return Smtp(server_of(url), sender, answer=answer)
