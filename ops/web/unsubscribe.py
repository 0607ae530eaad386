"""The link in letters: one click ends letters of that kind for their reader (RFC 8058), with no sign-in and no more.

To look at the link changes nothing, for programs look at every link of a letter; only a POST does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from starlette.datastructures import Headers

from bellwork.db.engine import transaction
from bellwork.db.letters import links
from bellwork.db.outdated import through_migrations
from bellwork.db.settings import settings
from bellwork.ops.web.look import page
from bellwork.tasks.certificates import PUBLIC

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import HTMLResponse
    from starlette.types import ASGIApp, Receive, Scope, Send


@through_migrations
def unsubscribe(request: Request) -> HTMLResponse:
    """Ask (GET), or end letters of the kind of the one whose token this is (POST); twice is as good as once."""
    letter = links.letter_of(request.path_params["token"])
    if letter is None:
        return _said(request, 404, "This is no link of ours", "It may have been cut off. Copy the whole of it.")
    if request.method != "POST":
        return page(request, "unsubscribe.html", title="No more letters like this?", asks=True, said="")
    with transaction() as conn:
        known = links.unsubscribe(conn, letter)
    if not known:
        return _said(request, 404, "This link is too old", "Use the one in a newer letter.")
    return _said(request, 200, "Done", "You get no more letters like this one.")


def public_hosts() -> list[str]:
    """Return the host names by which strangers reach this process: those of three settings, where they are set.

    MAIL_URL, LABS_TERMINAL_URL and CERTIFICATES_URL.
    """
    chosen = settings()
    urls = (chosen.mail_url, chosen.labs_terminal_url, chosen.certificates_url)
    return list(dict.fromkeys(urlsplit(url).hostname or "" for url in urls if url))


class LinksOnly:
    """Answers nothing but what is for strangers to those who come by a public name, unless it is one of the office's.

    That are the links of letters, and what certificates are verified by.
    """

    def __init__(self, app: ASGIApp, public: str) -> None:
        self.app, self._public = app, public

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hide every other page behind a path that does not exist."""
        if scope["type"] == "http" and not scope["path"].startswith((f"{links.PATH}/", *PUBLIC)):
            host = Headers(scope=scope).get("host", "")
            if host.partition(":")[0].lower() == self._public:
                scope = {**scope, "path": links.PATH, "raw_path": links.PATH.encode()}
        await self.app(scope, receive, send)


def _said(request: Request, status: int, title: str, said: str) -> HTMLResponse:
    return page(request, "unsubscribe.html", status=status, title=title, asks=False, said=said)
