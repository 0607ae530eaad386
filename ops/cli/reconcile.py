"""`bellwork reconcile`: rows that wait for jobs that are not there, jobs that no row waits for; and mends both."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bellwork.db.engine import transaction
from bellwork.db.pipelines import AGE, KINDS, Found, Healing, compare, note
from bellwork.db.systems import pipelines, system
from bellwork.db.vocabulary import PipelineError
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.progress import Progress
from bellwork.ops.cli.ready import ledger
from bellwork.ops.cli.who import Who, Why, changed_by

if TYPE_CHECKING:
    from bellwork.db.vocabulary import Pipeline

_HEAL = "Give rows their jobs, put dead ones back, cancel idle ones; each is an act, see `bellwork acts`."


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(reconcile)


def reconcile(  # noqa: PLR0913, PLR0917 - options of a command
    system_: Annotated[str | None, typer.Option("--system", help="The pipelines of this system alone.")] = None,
    heal: Annotated[bool, typer.Option("--heal", help=_HEAL)] = False,
    older_than: Annotated[
        float, typer.Option(min=0, help="Seconds for which a row or a job has to have been as it is.")
    ] = AGE,
    reason: Why = "reconciled by hand",
    by: Who = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Compare the rows of pipelines with their jobs, both ways; nothing is changed without --heal.

    Exit code 1 where something is wrong and was not mended.
    """
    with ledger():  # ready; from here on each batch is a transaction of its own
        healing = Healing(changed_by(by, reason), retry=True) if heal else None
    chosen = system(system_).pipelines if system_ else pipelines()
    compared = [_compare(pipeline, healing, older_than) for pipeline in chosen]
    if as_json:
        documents = [_document(found, error) for found, error in compared]
        output.print_json({"pipelines": documents, "healed": heal, "older_than": older_than})
    else:
        _print(compared, heal=heal)
    if any(found.left or error for found, error in compared):
        raise typer.Exit(1)


def _compare(pipeline: Pipeline, healing: Healing | None, age: float) -> tuple[Found, str | None]:
    """Compare one; one that does not fit its table stops no other."""
    progress = Progress("rows and job", f"of {pipeline.name} compared")
    try:
        found, error = compare(pipeline, healing=healing, age=age, tell=partial(_tell, progress)), None
    except PipelineError as refused:
        found, error = Found(pipeline.name), str(refused)
    except KeyboardInterrupt:
        progress.clear()
        left = "what was mended stays mended, and the same command does the rest" if healing else "nothing was changed"
        output.warn(f"interrupted; {left}")
        raise
    finally:
        progress.clear()
    if healing:
        with transaction() as conn:
            note(conn, found, healing.by.who, error)
    return found, error


def _tell(progress: Progress, found: Found) -> None:
    wrong = found.wrong.total()
    progress.tell(found.rows + found.jobs, f"{wrong:,} wrong" if wrong else "")


def _document(found: Found, error: str | None) -> dict[str, Any]:
    told = {name: getattr(found, name) for name in ("pipeline", "rows", "jobs", "wrong", "mended", "left", "seconds")}
    return {**told, "error": error, "examples": [each.as_dict() for each in found.examples]}


def _print(compared: list[tuple[Found, str | None]], *, heal: bool) -> None:
    columns = ("pipeline", "rows waiting", "jobs", "wrong", "mended", "took")
    rows = [
        (
            found.pipeline,
            f"{found.rows:,}",
            f"{found.jobs:,}",
            f"{found.wrong.total():,}",
            f"{found.mended.total():,}",
            words.duration(found.seconds),
        )
        for found, _ in compared
    ]
    output.table(columns, rows, right=columns[1:5])
    for found, error in compared:
        if error:
            output.say(error, output.STYLES["fail"])
        for kind, count in found.wrong.items():
            said = KINDS[kind][count != 1]
            mended = f", {found.mended[kind]:,} of them mended" if heal else ""
            output.say(f"{found.pipeline}: {count:,} {said}{mended}", output.STYLES["warn"])
        for each in found.examples:
            output.say(f"  {each.said}")
    if not any(found.wrong or error for found, error in compared):
        output.say("Rows and jobs agree.", output.STYLES["ok"])
    elif not heal:
        output.say("`bellwork reconcile --heal` mends what can be mended.")
