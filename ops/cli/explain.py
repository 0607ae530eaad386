"""`bellwork explain`: why something of a system is as it is; each system says which of its things it explains."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from bellwork.ops.cli import output
from bellwork.ops.cli.ids import job_id
from bellwork.ops.cli.job_explain import explain as explain_job

if TYPE_CHECKING:
    from bellwork.db.vocabulary.explanation import Explainer

#: What Bellwork itself explains, whatever systems there are.
JOB = "job"

What = Annotated[str, typer.Argument(metavar="WHAT", help="What is asked about; without an ID, what there is.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="Which one.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="explain")(explain)


def explain(what: What = "", id_: Id = "", as_json: AsJson = False) -> None:
    """Say why something is as it is: every reason, and what to do. `job ID` tells why a job does not run."""
    if what == JOB and id_:
        explain_job(job_id(id_), as_json)
        return
    from bellwork.db.vocabulary.explanation import CannotExplain  # noqa: PLC0415 - a job is explained without systems
    from bellwork.ops.cli.ready import ledger  # noqa: PLC0415 - as above

    known = {each.word: each for each in _explainers()}
    if what not in known or not id_:
        _list(known, what)
        return
    with ledger() as conn:
        try:
            found = known[what].explain(conn, id_)
        except CannotExplain as why:
            output.fail(str(why))
    if as_json:
        reasons = [{"said": each.said, "mend": each.mend} for each in found.reasons]
        output.print_json({"what": what, "id": id_, "subject": found.subject, "reasons": reasons})
        return
    output.say(found.subject, "bold")
    for each in found.reasons:
        output.say(f"  {each.said}")
        if each.mend:
            output.say(f"    -> {each.mend}", "yellow")


def _explainers() -> list[Explainer]:
    from bellwork.db.systems import load, systems  # noqa: PLC0415 - as above

    return [one for each in systems() if each.explains for one in load(each, each.explains).EXPLAINERS]


def _list(known: dict[str, Explainer], what: str) -> None:
    if what and what not in known:
        if what != JOB:
            output.fail(f"there is no explanation of {what!r}; there are {', '.join([JOB, *known])}")
        output.fail(f"bellwork explain {JOB} ID: the ID is missing")
    if what:
        output.fail(f"bellwork explain {what} {known[what].id_}: the {known[what].id_} is missing")
    output.say(f"bellwork explain {JOB} ID: why a job does not run, or what became of it")
    for each in known.values():
        output.say(f"bellwork explain {each.word} {each.id_}: {each.about}")
