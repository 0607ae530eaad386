"""Which address of the API does what."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

from bellwork.db.settings import settings
from bellwork.ops.web.api import jobs
from bellwork.ops.web.api.callers import Callers
from bellwork.ops.web.api.document import document
from bellwork.ops.web.api.problems import HANDLERS

if TYPE_CHECKING:
    from starlette.requests import Request

    from bellwork.ops.web.access import Doors


def api(doors: Doors, rate: float | None = None) -> Starlette:
    """Return the application; each token of the role api may ask `rate` times a second (BELLWORK_API_RATE)."""
    app = Starlette(
        routes=[
            Route("/jobs", jobs.enqueue, methods=["POST"]),
            Route("/jobs/{id}", jobs.job, methods=["GET", "DELETE"]),
            Route("/jobs/{id}/eta", jobs.eta, methods=["GET"]),
            Route("/openapi.json", _document, methods=["GET"]),
        ],
        exception_handlers=HANDLERS,
    )
    app.state.callers = Callers(doors, rate or settings().api_rate)
    return app


async def _document(request: Request) -> JSONResponse:
    del request
    return JSONResponse(document())
