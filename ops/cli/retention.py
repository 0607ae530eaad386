"""`bellwork retention`: what would leave now, and a run of it here and now instead of at the calendar's hour."""

from __future__ import annotations

import os
import socket
import sys
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bellwork.db.engine import DatabaseError
from bellwork.db.ledger import record_act
from bellwork.db.reading import reading
from bellwork.db.retention import Holder, check_rules, count_due
from bellwork.db.systems import rules
from bellwork.db.vocabulary import RuleError
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.progress import Progress
from bellwork.ops.cli.ready import ledger
from bellwork.ops.cli.who import Who, Why, account, changed_by

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.ledger import ChangedBy
    from bellwork.tasks.upkeep.sweeping.departure import Departure, Section
    from bellwork.tasks.upkeep.sweeping.plan import Planned

app = typer.Typer(no_args_is_help=True)

#: Seconds that it may take to count what a run is to take, for whoever watches it.
COUNTING = 3.0
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command()
def plan(as_json: AsJson = False) -> None:
    """Count what a run would take away now; nothing is changed."""
    try:
        with ledger() as conn:
            planned, sections = _planned(conn)
    except RuleError as refused:
        output.fail(str(refused))
    if as_json:
        told = {"rules": [asdict(each) for each in planned]}
        output.print_json(told | {each.name: [asdict(item) for item in each.data] for each in sections})
        return
    columns = ("rule", "table", "older than", "what happens", "rows due", "oldest", "last run")
    output.table(columns, [_row(each) for each in planned], right=("rows due",))
    for section in sections:
        for line in section.lines:
            output.say(line)


@app.command()
def run(
    rule: Annotated[list[str] | None, typer.Argument(metavar="[RULE]…", help="Which; all of them unless told.")] = None,
    seconds: Annotated[float, typer.Option(min=0, help="How long each may take; the next run goes on.")] = 300.0,
    reason: Why = "run by hand",
    by: Who = None,
    as_json: AsJson = False,
) -> None:
    """Take away what is due, here and now; letters and deletions of organizations are sent to the workers."""
    from bellwork.tasks.upkeep.sweeping.departure import departures  # noqa: PLC0415 - loads the work when asked to

    with ledger():  # ready; from here on everything has its own transactions
        who = changed_by(by, reason)
    others = departures()
    keys = (*rules(), *others)
    for key in rule or ():
        if key not in keys:
            output.fail(f"there is no rule {key!r}; there are {', '.join(keys) or 'none'}")
    done = [_run_one(key, seconds, others.get(key), who) for key in rule or keys]
    if as_json:
        output.print_json(done)
    else:
        columns = ("rule", "rows", "archives", "batches", "longest", "left", "said")
        output.table(columns, [_line(each) for each in done], right=columns[1:5])
    if any(each["failed"] for each in done):
        raise typer.Exit(1)


def _planned(conn: Connection) -> tuple[list[Planned], list[Section]]:
    from bellwork.tasks.upkeep.sweeping.departure import Section, departures  # noqa: PLC0415 - as above
    from bellwork.tasks.upkeep.sweeping.plan import plan_rules  # noqa: PLC0415 - as above

    planned, sections = plan_rules(conn), []
    for each in departures().values():
        found = each.plan(conn)
        if isinstance(found, Section):
            sections.append(found)
        else:
            planned.append(found)
    return planned, sections


def _run_one(key: str, seconds: float, other: Departure | None, who: ChangedBy) -> dict[str, Any]:
    """Run one rule; what goes wrong with it is told in its line, and stops no other. Recorded where it has begun."""
    from bellwork.tasks.providers import ProviderFailure  # noqa: PLC0415 - as above
    from bellwork.tasks.upkeep.sweeping.departure import Told, told  # noqa: PLC0415 - as above
    from bellwork.tasks.upkeep.sweeping.pace import Budget  # noqa: PLC0415 - as above
    from bellwork.tasks.upkeep.sweeping.run import HeldElsewhere  # noqa: PLC0415 - as above
    from bellwork.tasks.upkeep.sweeping.sweep import sweep  # noqa: PLC0415 - as above

    progress = Progress("row", f"taken by {key}", _due(key))
    holder, budget, begun = _holder(), Budget(seconds, progress.tell), partial(_record, key=key, who=who)
    try:
        done = other.run(holder, budget, begun) if other else told(sweep(rules()[key], holder, budget, begun=begun))
    except (RuleError, HeldElsewhere, ProviderFailure) as why:
        return {"rule": key, **asdict(Told(said=str(why))), "failed": True}
    except KeyboardInterrupt:
        progress.clear()
        output.warn("interrupted; what was taken stays taken, and the next run goes on")
        raise
    finally:
        progress.clear()
    return {"rule": key, **asdict(done), "failed": False}


def _due(key: str) -> int | None:
    """Count what is due by a rule where somebody watches: it is read for that. None where it takes too long."""
    if key not in rules() or not sys.stderr.isatty():
        return None
    try:
        with reading(COUNTING) as conn:
            check_rules(conn, [rules()[key]])
            return count_due(conn, rules()[key]).rows
    except (RuleError, *DatabaseError):
        return None  # its run says what is wrong, if anything is


def _record(conn: Connection, *, key: str, who: ChangedBy) -> None:
    record_act(conn, who, "retention run", f"rule {key}")


def _line(told: dict[str, Any]) -> tuple[Any, ...]:
    longest = f"{told['longest_ms']:.0f} ms" if told["batches"] else "-"
    left = "more" if told["unfinished"] else "-"
    return (told["rule"], f"{told['rows']:,}", told["archives"], told["batches"], longest, left, told["said"] or "-")


def _row(each: Planned) -> tuple[Any, ...]:
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
