"""Opens the way that mail takes by a URL."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote

from bellwork.tasks.providers.mail.drop import Drop
from bellwork.tasks.providers.mail.server import server_of
from bellwork.tasks.providers.mail.smtp import Smtp

if TYPE_CHECKING:
    from bellwork.tasks.providers.mail.letter import Postman

#: Where letters lie when no SMTP_URL is set.
DEFAULT_FOLDER = "var/mail"


def open_mail(url: str | None, sender: str) -> Postman:
    """Return the postman of SMTP_URL: smtp:// and smtps:// servers, a file:// folder, or ./var/mail where unset."""
    if not url:
        return Drop(Path(DEFAULT_FOLDER).resolve(), sender)
    if url.startswith("file://"):
        return Drop(Path(unquote(url.removeprefix("file://"))).resolve(), sender)
    return Smtp(server_of(url), sender)
