"""Which address shows which page, what every answer carries, and what is said when there is nothing to show."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.responses import JSONResponse
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles

from bellwork.db.engine import DatabaseError
from bellwork.db.letters.links import PATH
from bellwork.db.outage import explain, is_cancelled
from bellwork.ops.web import certificates
from bellwork.ops.web.access import Access, Doors
from bellwork.ops.web.api import api
from bellwork.ops.web.api.problems import of_http
from bellwork.ops.web.asked import PATIENCE, NotKnown
from bellwork.ops.web.look import HERE, page
from bellwork.ops.web.machines import healthz, metrics, readyz
from bellwork.ops.web.now import Now
from bellwork.ops.web.pages import (
    act,
    actions,
    documents,
    failures,
    jobs,
    mail,
    now,
    partitions,
    pipeline,
    queues,
    schedule,
    sign_in,
    workers,
)
from bellwork.ops.web.terminal import terminal
from bellwork.ops.web.unsubscribe import LinksOnly, public_hosts, unsubscribe
from bellwork.tasks.providers.labs.ticket import PATH as LABS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.requests import Request
    from starlette.responses import Response
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Pages take style and the one script from here and nothing else from anywhere: what a job was given is never code.
_HEADERS = {
    b"content-security-policy": (
        b"default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self';"
        b" form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    b"x-content-type-options": b"nosniff",
    # Not `no-referrer`: a browser that is told that says of no form from which page it came (Origin: null).
    b"referrer-policy": b"same-origin",
    b"cross-origin-opener-policy": b"same-origin",
    b"cross-origin-resource-policy": b"same-origin",
}
_NOT_KEPT, _KEPT = b"no-store", b"public, max-age=31536000, immutable"


def dashboard(hosts: Sequence[str], doors: Doors | None = None) -> Starlette:
    """Return the application, which answers to these host names alone: no other page may read it by a name of its own.

    Who may look and who may act, `doors` says; without it the settings do, and anybody may look. By the host name of
    MAIL_URL, where that is none of these, there are only the links of letters, by which readers end them; by that of
    LABS_TERMINAL_URL only terminals, each for its ticket; by that of CERTIFICATES_URL only what certificates are
    verified by.
    """
    doors = doors or Doors.of_settings(open_to=hosts)
    public = public_hosts()
    only_links = [Middleware(LinksOnly, public=each) for each in public if each not in hosts]
    allowed = [*hosts, *public]
    app = Starlette(
        routes=[
            Route("/", now.now),
            *documents.ROUTES,
            Route("/queues", queues.queues),
            Route("/queues/{name:path}", queues.queue),
            Route("/failures", failures.show),
            Route("/mail", mail.mail),
            Route("/workers", workers.workers),
            Route("/schedule", schedule.schedule),
            Route("/schedule/{key:path}", schedule.entry),
            Route("/jobs", jobs.jobs),
            Route("/jobs/{id}", jobs.job),
            Route("/actions", actions.actions),
            Route("/act/{name:path}", act.before, methods=["GET"]),
            Route("/act/{name:path}", act.do, methods=["POST"]),
            Route("/pipeline", pipeline.pipeline),
            Route("/partitions", partitions.partitions),
            Route("/metrics", metrics),
            Route("/healthz", healthz),
            Route("/readyz", readyz),
            Route("/sign-in", sign_in.ask, methods=["GET"]),
            Route("/sign-in", sign_in.sign_in, methods=["POST"]),
            Route("/sign-out", sign_in.sign_out, methods=["POST"]),
            Route(f"{PATH}/{{token}}", unsubscribe, methods=["GET", "POST"]),
            WebSocketRoute(f"{LABS}/{{ticket}}", terminal),
            *certificates.ROUTES,
            Mount("/api", api(doors)),
            Mount("/static", StaticFiles(directory=HERE / "static")),
        ],
        middleware=[
            Middleware(_Headers),
            Middleware(TrustedHostMiddleware, allowed_hosts=allowed),
            *only_links,
            Middleware(Access, doors=doors),
        ],
        exception_handlers={
            404: _missing,
            NotKnown: _missing,
            HTTPException: _refused,
            **dict.fromkeys(DatabaseError, _unreachable),
        },
    )
    app.state.now = Now()
    return app


class _Headers:
    """Puts the headers on every answer, errors too; browsers keep what pages are made of, and no page."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = scope["path"].startswith("/static/") and message["status"] in {200, 206, 304}
                added = {**_HEADERS, b"cache-control": _KEPT if kept else _NOT_KEPT}
                message["headers"] = [*message["headers"], *added.items()]
            await send(message)

        await self.app(scope, receive, send_with_headers)


def _missing(request: Request, error: Exception) -> Response:
    if request.scope["path"].startswith("/api/"):  # with a line break in it, no mount knows the path for its own
        return of_http(request, error)
    said = str(error) if isinstance(error, NotKnown) else f"There is no page {request.url.path}."
    return _trouble(request, 404, "Not found", said)


def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - what it is called for
    answer = _trouble(request, error.status_code, "Not done", error.detail)
    answer.headers.update(error.headers or {})
    return answer


def _unreachable(request: Request, error: Exception) -> Response:
    if is_cancelled(error):
        said = f"PostgreSQL took longer than {PATIENCE:g} s and was told to stop. Choose more narrowly: a queue, too."
        return _trouble(request, 503, "This takes too long", said)
    return _trouble(request, 503, "PostgreSQL cannot be read", explain(error) or "PostgreSQL refused this")


def _trouble(request: Request, status: int, title: str, said: str) -> Response:
    """Say why there is nothing to show, to programs as commands do under --json."""
    if request.url.path.endswith(".json"):
        return JSONResponse({"ok": False, "error": said}, status)
    return page(request, "trouble.html", status=status, title=title, said=said)
