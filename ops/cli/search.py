"""`bellwork search`: the texts of a system that are nearest to a text."""

from __future__ import annotations

from typing import Annotated

import typer

from bellwork.db.systems import load, systems
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.ready import ledger


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="search")(search)


def search(
    text: Annotated[str, typer.Argument(metavar="TEXT", help="Words that the texts are to be about.")],
    within: Annotated[str | None, typer.Option("--in", metavar="SYSTEM", help="Only texts of this system.")] = None,
    most: Annotated[int, typer.Option(min=1, max=100, help="At most so many of each system.")] = 10,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Show the pieces of texts that are nearest to a text, the nearest first."""
    from bellwork.tasks.providers import ProviderFailure  # noqa: PLC0415 - loads HTTP clients, for this alone

    searching = {each.word: each.searches for each in systems() if each.searches}
    if within is not None and within not in searching:
        output.fail(f"the system {within!r} searches nothing; there are {', '.join(searching) or 'none'}")
    if not text.strip():
        output.fail("TEXT is empty; give words that the texts are to be about")
    with ledger():
        pass  # ready; what is asked of a service is asked outside of a transaction
    found = []
    try:
        for each in systems():
            if each.searches and within in {None, each.word}:
                hits = load(each, each.searches).search(text, most)
                found += [{"system": each.word, **hit._asdict()} for hit in hits]
    except ProviderFailure as failed:
        output.fail(str(failed))
    found.sort(key=lambda hit: -hit["similarity"])
    if as_json:
        output.print_json({"text": text, "found": found})
        return
    rows = [
        [f"{hit['similarity']:.2f}", hit["kind"], words.shortened(hit["title"]), words.shortened(hit["text"], 100)]
        for hit in found
    ]
    output.table(["near", "what", "title", "text"], rows, right=["near"])
    if not found:
        output.say("Nothing is near to that.")
