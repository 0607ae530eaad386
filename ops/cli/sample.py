"""`bellwork sample`: fills a system's empty tables with data to try it on; which options there are, the system says."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bellwork.db.systems import SystemsError, load, systems
from bellwork.db.vocabulary import SampleError
from bellwork.ops.cli import output
from bellwork.ops.cli.ready import ledger

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    Sample = Callable[..., dict[str, int]]

_ANY = {"ignore_unknown_options": True, "allow_extra_args": True}


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(context_settings=_ANY)(sample)


def sample(
    context: typer.Context,
    word: Annotated[str, typer.Argument(metavar="SYSTEM", help="Whose tables; of a wrong one the answer lists all.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Fill a system's empty tables with a sample; further options, like --seed 7, are the system's own."""
    make = _sample_of(word)
    options = _options(word, make, context.args)
    try:
        with ledger() as conn:
            rows = _make(make, conn, options)
    except SampleError as refused:
        output.fail(str(refused))
    if as_json:
        output.print_json({"system": word, "rows": rows})
    else:
        output.table(["table", "rows"], [[table, f"{count:,}"] for table, count in rows.items()], right=("rows",))


def _make(make: Sample, conn: Connection, options: dict[str, Any]) -> dict[str, int]:
    return make(conn, **options)


def _sample_of(word: str) -> Sample:
    found = {each.word: each for each in systems() if each.samples}
    if word not in found:
        output.fail(f"no system {word!r} brings a sample; there are {', '.join(found) or 'none'}")
    module = found[word].samples or ""
    make: Sample | None = getattr(load(found[word], module), "sample", None)
    if make is None or not callable(make):
        raise SystemsError(f"{module!r} of the system {word!r} has no function `sample`")
    return make


def _options(word: str, make: Sample, words: Sequence[str]) -> dict[str, Any]:
    """Read --name value and --name=value by the function's own parameters: whole numbers, or texts."""
    defaults = {
        name: parameter.default
        for name, parameter in inspect.signature(make).parameters.items()
        if parameter.kind is parameter.KEYWORD_ONLY
    }
    read: dict[str, Any] = {}
    rest = list(words)
    while rest:
        name, equals, value = rest.pop(0).partition("=")
        key = name.removeprefix("--").replace("-", "_")
        if not name.startswith("--") or key not in defaults:
            known = ", ".join(f"--{each}" for each in defaults)
            raise typer.BadParameter(f"a sample of {word} has no option {name!r}; it has {known or 'none'}")
        if not equals:
            if not rest:
                raise typer.BadParameter(f"{name} wants a value")
            value = rest.pop(0)
        read[key] = _number(name, value) if isinstance(defaults[key], int) else value
    return read


def _number(name: str, value: str) -> int:
    if not value.removeprefix("-").isdecimal() or len(value) > 18:  # noqa: PLR2004 - digits that a bigint holds
        raise typer.BadParameter(f"{name} is {value!r}; it is a whole number")
    return int(value)
