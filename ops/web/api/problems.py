"""What the API refuses, by RFC 9457; nothing that a caller sent is repeated but an actor's name."""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from bellwork.db.as_api import MayNotBeApi
from bellwork.db.engine import DatabaseError
from bellwork.db.outage import is_cancelled
from bellwork.db.wording import traceback_of
from bellwork.ops.web.api.models import Problem, Wrong

if TYPE_CHECKING:
    from collections.abc import Mapping

    from pydantic import ValidationError
    from starlette.requests import Request

_log = logging.getLogger("uvicorn.error")


class Refused(Exception):  # noqa: N818 - it is an answer
    """A request that is answered with a problem."""

    def __init__(
        self, status: int, detail: str, errors: list[Wrong] | None = None, headers: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(detail)
        self.status, self.detail, self.errors, self.headers = status, detail, errors, headers


class _ProblemResponse(JSONResponse):
    media_type = "application/problem+json"


def invalid(error: ValidationError) -> Refused:
    """Say what is wrong with a body, where, and not what was given."""
    wrong = [
        Wrong(pointer="", detail="a member that is not known: the document at /api/openapi.json names all of them")
        if each["type"] == "extra_forbidden"
        else Wrong(pointer="".join(f"/{part}" for part in each["loc"][:1]), detail=_plain(each["type"], each["msg"]))
        for each in error.errors(include_url=False, include_context=False, include_input=False)
    ]
    return Refused(422, "the body is no such document", wrong[:20])


def refused(request: Request, error: Exception) -> JSONResponse:
    """Answer what is refused."""
    del request
    assert isinstance(error, Refused)  # noqa: S101 - what it is called for
    return _answer(error.status, error.detail, error.errors, error.headers)


def of_http(request: Request, error: Exception) -> JSONResponse:
    """Answer what Starlette refuses: an address or a method that is not there."""
    del request
    assert isinstance(error, HTTPException)  # noqa: S101 - as above
    details = {404: "there is no such address", 405: "the address does not take this method"}
    return _answer(error.status_code, details.get(error.status_code, error.detail), None, error.headers)


def of_database(request: Request, error: Exception) -> JSONResponse:
    """Answer that PostgreSQL cannot be asked; the log says why."""
    del request
    _log.error("the API cannot ask PostgreSQL\n%s", traceback_of(error))
    late = is_cancelled(error)
    return _answer(503, "PostgreSQL took too long; try again" if late else "PostgreSQL cannot be asked; try again")


def of_rights(request: Request, error: Exception) -> JSONResponse:
    """Answer that the API has not the rights it needs, and takes no others."""
    del request
    return _answer(503, str(error))


def of_bug(request: Request, error: Exception) -> JSONResponse:
    """Answer what nobody foresaw; Starlette raises it anew for the log."""
    del request, error
    return _answer(500, "this is an error of the server; its log says more")


HANDLERS = {
    Refused: refused,
    HTTPException: of_http,
    MayNotBeApi: of_rights,
    **dict.fromkeys(DatabaseError, of_database),
    Exception: of_bug,
}


def _answer(
    status: int, detail: str, errors: list[Wrong] | None = None, headers: Mapping[str, str] | None = None
) -> JSONResponse:
    problem = Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, errors=errors)
    return _ProblemResponse(problem.as_dict(), status, dict(headers or {}))


def _plain(kind: str, message: str) -> str:
    """Return pydantic's words, but for those that repeat what was given."""
    return "is no JSON" if kind == "json_invalid" else message
