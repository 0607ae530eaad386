"""The pages' `.json` twins: the documents of the commands' --json, for programs that are let in as people are."""

from __future__ import annotations

import json
from dataclasses import replace
from functools import wraps
from typing import TYPE_CHECKING, Any

from starlette.responses import Response
from starlette.routing import Route

from bellwork.db import ledger as db_ledger
from bellwork.db import partitions as registry
from bellwork.db import registered
from bellwork.db.engine import psycopg_of
from bellwork.db.letters import look as letters
from bellwork.db.letters import read_hold
from bellwork.db.outdated import through_migrations
from bellwork.db.queries.failures import NEWEST, failures
from bellwork.db.redaction import without_secrets
from bellwork.db.snapshot import latest
from bellwork.db.snapshot.objectives import burning
from bellwork.db.systems import partitioned
from bellwork.ops import words
from bellwork.ops.age import seconds_of
from bellwork.ops.look import lists, objectives
from bellwork.ops.look import partitions as of_partitions
from bellwork.ops.look import schedule as of_schedule
from bellwork.ops.look.document import document
from bellwork.ops.web.asked import NotKnown, asked, asked_id, ledger, whole
from bellwork.ops.web.pages.jobs import FIELDS, STATES
from bellwork.ops.web.pages.mail import STATES as LETTER_STATES

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection
    from starlette.requests import Request

    from bellwork.ops.look.picture import Picture

#: Rows of a list: what a command shows unless told; `?limit=` takes up to so many.
LIMIT, MOST = 50, 1_000


def _twin(document_of: Callable[[Request, Connection], Any]) -> Callable[[Request], Response]:
    """Give a function the ledger, to be read for a moment, and return what it says as JSON."""

    @wraps(document_of)
    def answer(request: Request) -> Response:
        with ledger() as conn:
            data = document_of(request, conn)
        text = without_secrets(json.dumps(data, indent=2, default=words.plain))
        return Response(f"{text}\n", media_type="application/json")

    return through_migrations(answer)


def _status(request: Request, conn: Connection) -> dict[str, Any]:
    picture: Picture = request.app.state.now.picture()
    driver = psycopg_of(conn)
    return document(picture, registered.workers(driver), registered.actor_sets(driver))


def _queues(request: Request, conn: Connection) -> dict[str, Any]:
    del request
    if (found := latest(psycopg_of(conn))) is None:
        raise NotKnown("No scheduler has ever taken a snapshot; start `python -m bellwork.scheduler`.")
    return lists.queues(replace(found, queues=tuple(lists.in_trouble_order(found.queues))))


def _slo(request: Request, conn: Connection) -> dict[str, Any]:
    del request
    return objectives.document(burning(psycopg_of(conn)))


def _workers(request: Request, conn: Connection) -> dict[str, Any]:
    del request
    driver = psycopg_of(conn)
    longest = registered.longest_running(driver)
    return lists.workers([lists.worker(each, longest.get(each["id"])) for each in registered.workers(driver)])


def _jobs(request: Request, conn: Connection) -> dict[str, Any]:
    state, actor, queue, tenant, subject, older, text = (asked(request, name) for name in FIELDS)
    if state is not None and state not in STATES:
        raise NotKnown(f"There is no state {state!r}; the states of a job are {', '.join(STATES)}.")
    age = seconds_of(older) if older else None
    if older and age is None:
        raise NotKnown(f"{older!r} is no age; give one such as 45s, 30m, 2h or 1d, 31 days at most.")
    limit, before = _limit(request), asked_id(request, "before")
    which = db_ledger.Which(state, actor, queue, text, age, subject, tenant)
    return lists.jobs(db_ledger.list_jobs(conn, limit=limit, before=before, **which._asdict()), limit)


def _job(request: Request, conn: Connection) -> dict[str, Any]:
    number = whole(request.path_params["id"])
    job = db_ledger.show_job(conn, number) if number else None
    if job is None:
        raise NotKnown(f"There is no job {number}; finished ones are kept for BELLWORK_HISTORY_DAYS.")
    return {**job, "args": words.impersonal(job["args"])}


def _failures(request: Request, conn: Connection) -> dict[str, Any]:
    actor = asked(request, "actor")
    found = [lists.failure(each) for each in failures(conn) if actor in {None, each.actor}]
    return lists.failures(found, _limit(request), NEWEST)


def _schedule(request: Request, conn: Connection) -> dict[str, Any]:
    del request
    return of_schedule.entries(db_ledger.list_entries(conn), db_ledger.last_ticks(conn))


def _partitions(request: Request, conn: Connection) -> dict[str, Any]:
    del request
    return of_partitions.tables(
        {each: (registry.expected(conn, each), registry.horizon(conn, each)) for each in partitioned()}
    )


def _mail(request: Request, conn: Connection) -> dict[str, Any]:
    state, limit = asked(request, "state"), _limit(request)
    if state is not None and state not in LETTER_STATES:
        raise NotKnown(f"There is no state {state!r}; the states of a letter are {', '.join(LETTER_STATES)}.")
    found = letters.list_letters(conn, limit, state, before=asked_id(request, "before"))
    return lists.letters(found, limit, read_hold(conn), letters.sums(conn))


def _actions(request: Request, conn: Connection) -> dict[str, Any]:
    limit = _limit(request)
    return lists.acts(db_ledger.list_acts(conn, limit, asked(request, "on")), limit)


def _limit(request: Request) -> int:
    return min(asked_id(request, "limit") or LIMIT, MOST)


ROUTES = [
    Route(f"{path}.json", _twin(document_of))
    for path, document_of in (
        *(("/status", _status), ("/queues", _queues), ("/workers", _workers), ("/jobs", _jobs), ("/jobs/{id}", _job)),
        *(("/failures", _failures), ("/slo", _slo)),
        *(("/schedule", _schedule), ("/partitions", _partitions), ("/mail", _mail), ("/actions", _actions)),
    )
]
