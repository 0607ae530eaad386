"""Pipelines: how many rows stand in which stage and for how long, what disagreed last, and the providers they need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from bellwork.db.budgeted import UNITS
from bellwork.db.engine import DatabaseError, psycopg_of
from bellwork.db.outage import is_cancelled
from bellwork.db.outdated import through_migrations
from bellwork.db.pipelines import KINDS, last_compared, standing
from bellwork.db.pipelines.stages import MOST
from bellwork.db.settings import settings
from bellwork.db.snapshot import actors, lines
from bellwork.db.systems import pipelines
from bellwork.db.vocabulary import PipelineError
from bellwork.ops.web.asked import PATIENCE, ledger
from bellwork.ops.web.look import page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection
    from starlette.requests import Request
    from starlette.responses import HTMLResponse

    from bellwork.db.budgeted import Budget
    from bellwork.db.snapshot import ActorFigures
    from bellwork.db.troubles import Trouble
    from bellwork.db.vocabulary import Pipeline
    from bellwork.ops.look.picture import Picture


class Provider(NamedTuple):
    """Whether it is outside at all, its limits (None: any), turns taken now, what is the matter, today's budget."""

    name: str
    is_outside: bool
    at_once: int | None
    per_minute: int | None
    taken: int
    troubles: list[Trouble]
    budget: Budget | None


@through_migrations
def pipeline(request: Request) -> HTMLResponse:
    """Show each pipeline of each system, in the order of its stages."""
    picture: Picture = request.app.state.now.picture()
    with ledger() as conn:
        figures = actors(psycopg_of(conn))
        boards = [_board(conn, each, figures) for each in pipelines()]
        drawn = lines(
            psycopg_of(conn), sorted({row["queue"] for board in boards for row in board["rows"] if row["queue"]})
        )
        compared = {last.pipeline: last for last in last_compared(conn)}
    return page(
        request,
        "pipeline.html",
        title="Pipeline",
        picture=picture,
        boards=boards,
        lines=drawn,
        compared=compared,
        kinds=KINDS,
        most=MOST,
        providers=None if picture.redis else _providers(picture),
        units=UNITS,
        redis=picture.redis,
    )


def _board(conn: Connection, told: Pipeline, figures: Sequence[ActorFigures]) -> dict[str, Any]:
    """Return a pipeline's stages, each with its actors' queue and unfinished jobs; what does not fit says why."""
    try:
        with conn.begin_nested():
            stages = standing(conn, told)
    except PipelineError as refused:
        return {"name": told.name, "rows": [], "error": str(refused)}
    except DatabaseError as error:
        if not is_cancelled(error):
            raise
        said = f"PostgreSQL took longer than {PATIENCE:g} s; `bellwork doctor` names the index that is missing"
        return {"name": told.name, "rows": [], "error": said}
    rows = []
    for stage in stages:
        mine = [each for each in figures if each.actor in stage.actors]
        queue = max(mine, key=lambda each: each.enqueued_total).queue if mine else None
        rows.append({"stage": stage, "queue": queue, "jobs": sum(each.unfinished for each in mine)})
    return {"name": told.name, "rows": rows, "error": None}


def _providers(picture: Picture) -> list[Provider]:
    """Return the providers with the limits of this process's settings, and who else is in trouble or has a budget."""
    from bellwork.workers import limits  # noqa: PLC0415 - loads Dramatiq, which no other page needs

    chosen, taken = settings(), limits.taken()
    known: dict[str, tuple[str | None, int | None, int | None]] = {
        "llm": (chosen.llm_base_url, chosen.llm_concurrency, chosen.llm_per_minute),
        "tts": (chosen.tts_base_url, chosen.tts_concurrency, chosen.tts_per_minute),
        "transcripts": (
            chosen.transcripts_base_url,
            chosen.transcripts_concurrency,
            chosen.transcripts_per_minute,
        ),
        "embeddings": (
            chosen.embeddings_base_url,
            chosen.embeddings_concurrency,
            chosen.embeddings_per_minute,
        ),
        "mail": (chosen.smtp_url, chosen.mail_connections, None),
    }
    budgets = {each.provider: each for each in picture.budgets}
    troubled = {each.name for each in picture.troubles if each.kind != "full"}
    found = []
    for name in [*known, *sorted((troubled | budgets.keys()) - known.keys())]:
        place, at_once, per_minute = known.get(name, (name, None, None))
        troubles = [each for each in picture.troubles if each.name == name]
        found.append(Provider(name, bool(place), at_once, per_minute, taken.get(name, 0), troubles, budgets.get(name)))
    return found
