"""`bellwork budgets`: what each provider may cost on a day, and has cost today; set, and lifted, with who and why."""

from __future__ import annotations

from dataclasses import asdict
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any

import typer

from bellwork.db import quick
from bellwork.db.budgeted import UNITS, Budget, list_budgets, number
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.who import Who, Why, changed_by

app = typer.Typer(no_args_is_help=True)

#: Nothing of a day costs more.
_MOST = Decimal(10) ** 12


def an_amount(given: str) -> Decimal:
    """Return a number such as 20, 0.25 or 1e6; a usage error for anything else, or below 0."""
    try:
        found = Decimal(given.strip().replace("_", "").replace(",", ""))
    except InvalidOperation:
        found = Decimal(-1)
    if not found.is_finite() or not 0 <= found < _MOST:
        raise typer.BadParameter(f"{words.shortened(given)!r} is no amount; write 20, 0.25 or 1e6")
    return found


def a_count(given: str) -> int:
    """Return a whole number such as 1000 or 1e6; a usage error for anything else."""
    found = an_amount(given)
    if found != int(found):
        raise typer.BadParameter(f"{words.shortened(given)!r} is no whole number")
    return int(found)


Provider = Annotated[
    str, typer.Argument(metavar="PROVIDER", help="`llm`, `tts`, `transcripts`, `embeddings`, or one that was called.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
Money = Annotated[Decimal | None, typer.Option(parser=an_amount, metavar="AMOUNT", help="Money a day.")]
Calls = Annotated[int | None, typer.Option(parser=a_count, metavar="N", help="Calls a day.")]
Tokens = Annotated[int | None, typer.Option(parser=a_count, metavar="N", help="Tokens a day; of a voice, characters.")]
PriceInput = Annotated[
    Decimal | None, typer.Option(parser=an_amount, metavar="AMOUNT", help="Price of a million tokens that are sent.")
]
PriceOutput = Annotated[
    Decimal | None, typer.Option(parser=an_amount, metavar="AMOUNT", help="Price of a million tokens of answers.")
]
CallTokens = Annotated[
    int | None, typer.Option(parser=a_count, metavar="N", help="Tokens a call is reckoned with until it is answered.")
]


@app.command("list")
def list_(as_json: AsJson = False) -> None:
    """List the providers: what is spent of today's budget (UTC), calls under way included, and when it begins anew."""
    with output.unknown_without_postgres(), quick.session() as driver:
        found = list_budgets(driver)
    if as_json:
        output.print_json({"schema_version": 1, "budgets": [_document(each) for each in found]})
        return
    if not found:
        output.say("No provider has a budget, and none was called today.")
        return
    columns = ["provider", *UNITS, "a call", "price in/out", "state"]
    output.table(columns, [_row(each) for each in found])
    output.say(f"The day is that of UTC; the next begins at {words.moment(found[0].until)}.")


@app.command("set")
def set_(  # noqa: PLR0913, PLR0917 - an option for each thing that may be set
    provider: Provider,
    reason: Why,
    money: Money = None,
    calls: Calls = None,
    tokens: Tokens = None,
    price_input: PriceInput = None,
    price_output: PriceOutput = None,
    call_tokens: CallTokens = None,
    by: Who = None,
    as_json: AsJson = False,
) -> None:
    """Set what a provider may cost on a day, for the whole fleet, at once; what is not named stays as it is."""
    from bellwork.db.ledger import budgets  # noqa: PLC0415 - `list` does without, and all that it loads
    from bellwork.ops.cli.ready import ledger  # noqa: PLC0415

    named = {
        "money": money,
        "calls": calls,
        "tokens": tokens,
        "price_input": price_input,
        "price_output": price_output,
        "call_tokens": call_tokens,
    }
    given = {name: value for name, value in named.items() if value is not None}
    if not given:
        output.fail("say what to set: --money, --calls, --tokens, --price-input, --price-output or --call-tokens")
    if call_tokens is not None and not 0 < call_tokens < 2**31:
        output.fail("--call-tokens is a whole number above 0")
    with ledger() as conn:
        if provider not in _known() and not budgets.was_called(conn, provider):
            output.fail(
                f"there is no provider {provider!r}; there are {', '.join(_known())}, and those that were called"
            )
        try:
            resumed = budgets.set_budget(conn, provider, changed_by(by, reason), given)
        except budgets.NoPrice as error:
            output.fail(f"{error}; add --price-input and --price-output (of a million tokens)")
        after = budgets.find_budget(conn, provider)
    _answer(as_json, provider, after, resumed)


@app.command()
def lift(provider: Provider, reason: Why, by: Who = None, as_json: AsJson = False) -> None:
    """Let a provider cost whatever it costs; what it costs is counted all the same, by the prices that are kept."""
    from bellwork.db.ledger import budgets  # noqa: PLC0415 - as above
    from bellwork.ops.cli.ready import ledger  # noqa: PLC0415

    with ledger() as conn:
        resumed = budgets.lift_budget(conn, provider, changed_by(by, reason))
        after = budgets.find_budget(conn, provider)
    if resumed is None:
        output.fail(f"provider {provider!r} has no budget; `bellwork budgets list` shows those that have one")
    _answer(as_json, provider, after, resumed)


def _known() -> tuple[str, ...]:
    from bellwork.tasks.providers.turns import PROVIDERS  # noqa: PLC0415 - loads the engine

    return PROVIDERS


def _answer(as_json: bool, provider: str, after: Budget | None, resumed: int) -> None:
    if as_json:
        output.print_json({"provider": provider, "budget": after and _document(after), "resumed": resumed})
        return
    limits = ", ".join(
        f"{number(most)} of {unit}" for unit in UNITS if (most := getattr(after, unit, None)) is not None
    )
    went = f" {words.plural(resumed, 'job')} that waited for it may go on." if resumed else ""
    output.say(f"Provider {provider!r} may cost {limits or 'anything'} a day (UTC).{went}")


def _row(budget: Budget) -> list[Any]:
    prices = [budget.price_input, budget.price_output]
    lacking = budget.lacking()
    state = f"spent: {', '.join(lacking)}; until {words.moment(budget.until)}" if lacking else "-"
    return [
        budget.provider,
        *(budget.shown(unit).removeprefix(f"{unit} ") for unit in UNITS),
        f"{budget.call_tokens:,} tokens",
        "/".join("-" if price is None else number(price) for price in prices),
        state,
    ]


def _document(budget: Budget) -> dict[str, Any]:
    return {**asdict(budget), "lacking": budget.lacking()}
