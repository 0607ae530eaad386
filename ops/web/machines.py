"""What machines ask: /metrics for Prometheus, /healthz and /readyz for whoever starts and stops processes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import PlainTextResponse

from bellwork.db import quick, revision
from bellwork.db.engine import psycopg_of, transaction
from bellwork.ops.look.exposition import CONTENT_TYPE
from bellwork.ops.look.metrics import metrics as written

if TYPE_CHECKING:
    from starlette.requests import Request


def metrics(request: Request) -> PlainTextResponse:
    """Return the figures of the snapshot; nothing is counted for it."""
    del request
    with transaction() as conn:
        return PlainTextResponse(written(psycopg_of(conn)), media_type=CONTENT_TYPE)


async def healthz(request: Request) -> PlainTextResponse:
    """Say that this process answers, and ask nobody else: it need not be restarted for what is wrong elsewhere.

    It takes no thread, for all of them may be waiting for PostgreSQL.
    """
    del request
    return PlainTextResponse("ok\n")


def readyz(request: Request) -> PlainTextResponse:
    """Say whether pages can be served: PostgreSQL answers within a second, and its schema is at this release's head.

    503 with the reason where not. Backlogs are none of its business.
    """
    del request
    try:
        with quick.session() as driver:
            driver.execute("SELECT 1")
        behind = revision.behind()
    except Exception:  # noqa: BLE001 - whatever it is, this process cannot serve now, and a probe wants an answer
        return PlainTextResponse("PostgreSQL does not answer\n", status_code=503)
    if behind:
        return PlainTextResponse(f"the schema is behind: {behind[0]}; run `bellwork migrate`\n", status_code=503)
    return PlainTextResponse("ready\n")
