"""`bellwork retention`: what would leave now, and a run of it here and now instead of at the calendar's hour."""

from __future__ import annotations

import os
import socket
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from db.retention import RULES, Holder, RuleError
from ops import words
from ops.cli import output
from ops.cli.ready import ledger
from ops.cli.who import account

if TYPE_CHECKING:
    from collections.abc import Callable

    from tasks.content.retention.pace import Budget
    from tasks.content.retention.plan import Ending, Planned
    from tasks.content.retention.run import Run

app = typer.Typer(no_args_is_help=True)

AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]
UPLOADS, CONTRACTS = "content.remove_uploads", "content.end_contracts"
KEYS = (*RULES, UPLOADS, CONTRACTS)


@app.command()
def plan(as_json: AsJson = False) -> None:
    """Count what a run would take away now; nothing is changed."""
    from tasks.content.retention.plan import plan_contracts, plan_rules  # noqa: PLC0415 - loads the work when asked to

    try:
        with ledger() as conn:
            rules, endings = plan_rules(conn), plan_contracts(conn)
    except RuleError as refused:
        output.fail(str(refused))
    if as_json:
        output.print_json({"rules": [asdict(each) for each in rules], "contracts": [asdict(each) for each in endings]})
    else:
        _show(rules, endings)


@app.command()
def run(
    rule: Annotated[list[str] | None, typer.Argument(metavar="[RULE]…", help="Which; all of them unless told.")] = None,
    seconds: Annotated[float, typer.Option(min=0, help="How long each may take; the next run goes on.")] = 300.0,
    as_json: AsJson = False,
) -> None:
    """Take away what is due, here and now; letters and deletions of organizations are sent to the workers."""
    for key in rule or ():
        if key not in KEYS:
            output.fail(f"there is no rule {key!r}; there are {', '.join(KEYS)}")
    with ledger():
        pass  # from here on everything has its own transactions
    done = [_run_one(key, seconds) for key in rule or KEYS]
    if as_json:
        output.print_json(done)
    else:
        columns = ("rule", "rows", "archives", "batches", "longest", "left", "said")
        output.table(columns, [_line(each) for each in done], right=columns[1:5])
    if any(each["failed"] for each in done):
        raise typer.Exit(1)


def _run_one(key: str, seconds: float) -> dict[str, Any]:
    """Run one rule; what goes wrong with it is told in its line, and stops no other."""
    from tasks.content.retention.pace import Budget  # noqa: PLC0415 - as above
    from tasks.content.retention.run import HeldElsewhere  # noqa: PLC0415 - as above
    from tasks.providers import ProviderFailure  # noqa: PLC0415 - as above

    try:
        if key == CONTRACTS:
            return _contracts()
        return _told(_sweeper(key)(_holder(), Budget(seconds)))
    except (RuleError, HeldElsewhere, ProviderFailure) as why:
        return _answer(key, said=str(why), failed=True)


def _sweeper(key: str) -> Callable[[Holder, Budget], Run]:
    from functools import partial  # noqa: PLC0415 - as above

    from tasks.content.retention.sweep import sweep  # noqa: PLC0415 - as above
    from tasks.content.retention.uploads import remove_old_uploads  # noqa: PLC0415 - as above

    return remove_old_uploads if key == UPLOADS else partial(sweep, RULES[key])


def _contracts() -> dict[str, Any]:
    from tasks.content.retention.contracts import end_due_contracts  # noqa: PLC0415 - as above

    with ledger() as conn:
        ending = end_due_contracts(conn, _holder())
    sent = f"{words.plural(len(ending.letters), 'letter')}, {words.plural(len(ending.deletions), 'deletion')} sent"
    return _answer(CONTRACTS, said="; ".join([sent, *ending.unreadable]))


def _told(run: Run) -> dict[str, Any]:
    return _answer(
        run.hold.rule,
        rows=run.rows,
        archives=run.parcels,
        batches=run.batches,
        longest_ms=round(run.longest * 1000, 1),
        unfinished=run.unfinished,
        said=run.said,
    )


def _answer(key: str, **told: Any) -> dict[str, Any]:
    nothing = {"rows": 0, "archives": 0, "batches": 0, "longest_ms": 0.0, "unfinished": False, "said": None}
    return {"rule": key, **nothing, "failed": False, **told}


def _line(told: dict[str, Any]) -> tuple[Any, ...]:
    longest = f"{told['longest_ms']:.0f} ms" if told["batches"] else "-"
    left = "more" if told["unfinished"] else "-"
    return (told["rule"], f"{told['rows']:,}", told["archives"], told["batches"], longest, left, told["said"] or "-")


def _show(rules: list[Planned], endings: list[Ending]) -> None:
    columns = ("rule", "table", "older than", "what happens", "rows due", "oldest", "last run")
    output.table(columns, [_planned(each) for each in rules], right=("rows due",))
    for ending in endings:
        rows = ", ".join(f"{count:,} {table}" for table, count in ending.rows.items() if count)
        until = f"contract until {ending.written}: {ending.action}"
        output.say(f"{ending.organization_id} ({ending.name}), {until}" + (f": {rows}" if rows else ""))
    if not endings:
        output.say("No contract has anything due today.")


def _planned(each: Planned) -> tuple[Any, ...]:
    last = (
        f"{words.moment(each.last.ran_at)}, {words.plural(each.last.rows, 'row')}"
        if each.last and each.last.ran_at
        else "-"
    )
    age = words.plural(each.days, "day")
    return (each.key, each.table, age, each.action, f"{each.rows:,}", words.moment(each.oldest), last)


def _holder() -> Holder:
    """Name who sweeps: the account, the machine and the process, so that two of them are two."""
    return Holder(f"{account()}@{socket.gethostname()} ({os.getpid()})")
