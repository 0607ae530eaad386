"""Which address shows which page, what every answer carries, and what is said when there is nothing to show."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import HTMLResponse, RedirectResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles

from bellwork.db.engine import DatabaseError
from bellwork.db.letters.links import PATH
from bellwork.db.outage import explain
from bellwork.ops.web.look import page
from bellwork.ops.web.pages import NotKnown, entry, partitions, schedule
from bellwork.ops.web.unsubscribe import LinksOnly, public_host, unsubscribe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_HERE = Path(__file__).parent
#: Pages take style from here and nothing else from anywhere: what a job was given cannot become code in a browser.
_HEADERS = {
    b"content-security-policy": b"default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    b"x-content-type-options": b"nosniff",
    b"referrer-policy": b"no-referrer",
    b"cache-control": b"no-store",
}


def dashboard(hosts: Sequence[str]) -> Starlette:
    """Return the application, which answers to these host names alone: no other page may read it by a name of its own.

    Whoever may reach it may read everything it shows; it changes nothing. By the host name of MAIL_URL, where that is
    none of these, there are only the links of letters, by which readers end them for themselves.
    """
    public = public_host()
    only_links = [Middleware(LinksOnly, public=public)] if public and public not in hosts else []
    allowed = [*hosts, *([public] if public else [])]
    return Starlette(
        routes=[
            Route("/", _start),
            Route("/schedule", schedule, name="schedule"),
            Route("/schedule/{key:path}", entry, name="entry"),
            Route("/partitions", partitions, name="partitions"),
            Route(f"{PATH}/{{token}}", unsubscribe, methods=["GET", "POST"], name="unsubscribe"),
            Mount("/static", StaticFiles(directory=_HERE / "static"), name="static"),
        ],
        middleware=[Middleware(_Headers), Middleware(TrustedHostMiddleware, allowed_hosts=allowed), *only_links],
        exception_handlers={404: _missing, NotKnown: _missing, **dict.fromkeys(DatabaseError, _unreachable)},
    )


class _Headers:
    """Puts the headers on every answer, errors included."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_HEADERS.items()]
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _start(request: Request) -> Response:
    return RedirectResponse(request.app.url_path_for("schedule"))


def _missing(request: Request, error: Exception) -> HTMLResponse:
    said = str(error) if isinstance(error, NotKnown) else f"There is no page {request.url.path}."
    return page(request, "trouble.html", status=404, title="Not here", said=said)


def _unreachable(request: Request, error: Exception) -> HTMLResponse:
    said = explain(error) or "PostgreSQL refused this"
    return page(request, "trouble.html", status=503, title="The books cannot be read", said=said)
