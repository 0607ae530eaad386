"""What each address of the API does, with the rights of bellwork_api alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import ValidationError
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse

import bellwork
from bellwork.db.as_api import as_api
from bellwork.db.printable import printable
from bellwork.ops.web.api import models
from bellwork.ops.web.api.problems import Refused, invalid
from bellwork.ops.web.asked import whole

if TYPE_CHECKING:
    from pydantic import BaseModel
    from starlette.requests import Request

#: Seconds that PostgreSQL may take for a statement.
PATIENCE = 5.0
_JSON = "application/json"
_NOT_THERE = "there is no such job, or it was not enqueued here"


async def enqueue(request: Request) -> JSONResponse:
    """Enqueue a job: 201 where it is new, 200 where one of its unique_key is unfinished."""
    request.app.state.callers.admit(request)
    try:
        job = models.NewJob.model_validate_json(await _body(request))
    except ValidationError as error:
        raise invalid(error) from None
    told = await run_in_threadpool(_enqueue, job)
    answer = _answer(models.Enqueued(id=told.id, is_new=told.is_new), 201 if told.is_new else 200)
    answer.headers["location"] = f"/api/jobs/{told.id}"
    return answer


async def job(request: Request) -> JSONResponse:
    """Tell what has become of a job, or cancel one that is not finished: 409 where it is."""
    caller = request.app.state.callers.admit(request)
    if request.method == "DELETE":
        return _answer(await run_in_threadpool(_cancel, _id(request), f"cancelled over the API by {caller.name}"))
    return _answer(await run_in_threadpool(_show, _id(request)))


async def eta(request: Request) -> JSONResponse:
    """Tell when a job is likely to be done."""
    request.app.state.callers.admit(request)
    return _answer(await run_in_threadpool(_eta, _id(request)))


def _enqueue(job: models.NewJob) -> bellwork.Enqueued:
    with as_api(PATIENCE) as conn:
        try:
            return bellwork.enqueue(
                conn,
                job.actor,
                job.args,
                queue=job.queue,
                priority=job.priority,
                run_at=job.run_at,
                delay=job.delay,
                unique_key=job.unique_key,
                unique=job.unique,
            )
        except (TypeError, ValueError) as error:
            raise _refusal(job, str(error)) from error


def _show(job: int) -> models.Job:
    with as_api(PATIENCE) as conn:
        found = bellwork.get_job(conn, job)
    if found is None:
        raise Refused(404, _NOT_THERE)
    known = found._asdict()
    return models.Job(**{name: known[name] for name in models.Job.model_fields})


def _eta(job: int) -> models.Eta:
    with as_api(PATIENCE) as conn:
        found = bellwork.job_eta(conn, job)
    if found is None:
        raise Refused(404, _NOT_THERE)
    return models.Eta(**found._asdict(), about=found.about)


def _cancel(job: int, reason: str) -> models.Cancelled:
    with as_api(PATIENCE) as conn:
        if bellwork.cancel_job(conn, job, reason):
            return models.Cancelled(id=job)
        found = bellwork.get_job(conn, job)
    if found is None:
        raise Refused(404, _NOT_THERE)
    raise Refused(409, f"the job is {found.state} already")


def _refusal(job: models.NewJob, said: str) -> Refused:
    """Say why the ledger takes no such job; of what its caller gave only the actor's name is repeated."""
    actor = printable(job.actor)
    for words, why in (
        ("was never registered", f"no worker has ever registered the actor {actor!r}"),
        ("callers=", f"the actor {actor!r} is internal: the API may not enqueue it"),
    ):
        if words in said:
            return Refused(403, why)
    for words, why in (
        ("is not that of actor", f"the queue is not that of the actor {actor!r}; leave it out"),
        ("at_most_64_kib", "args takes more than 64 KiB"),
        ("unique_key", "this unique_key is not taken: 1 to 200 bytes without NUL, and none that begins with entry:"),
        ("run_at", "this run_at is not taken: an instant after 1970 and before 2200"),
        ("queue", "this queue's name is not taken"),
        ("actor", "this actor's name is not taken"),
    ):
        if words in said:
            return Refused(422, why)
    return Refused(422, "the ledger takes no such arguments: no NUL, no number beyond 1e308, 64 levels at most")


async def _body(request: Request) -> bytes:
    """Read the body; raises Refused for another kind than JSON, and as soon as it is too long."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _JSON:
        raise Refused(415, f"send {_JSON}")
    read = bytearray()
    async for piece in request.stream():
        read += piece
        if len(read) > models.MOST_BYTES:
            raise Refused(413, f"the body has more than {models.MOST_BYTES:,} bytes")
    return bytes(read)


def _id(request: Request) -> int:
    job = whole(request.path_params["id"])
    if job is None:
        raise Refused(404, _NOT_THERE)
    return job


def _answer(model: BaseModel, status: int = 200) -> JSONResponse:
    return JSONResponse(model.model_dump(mode="json"), status)
