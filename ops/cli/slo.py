"""`bellwork slo`: how fast each kind of jobs that has an objective burns its budget."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bellwork.db import quick
from bellwork.db.snapshot.objectives import Burning, burning
from bellwork.ops import words
from bellwork.ops.cli import output

if TYPE_CHECKING:
    from bellwork.db.snapshot.objectives import Window

_COLUMNS = ["kind", "queue", "objective", "5 min", "30 min", "1 h", "6 h", "missed", "burns"]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(slo)


def slo(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False) -> None:
    """Show how fast each kind of jobs that declares an objective burns its budget; 1 is as fast as it may.

    Jobs count in the minute in which they are done or die, late ones and dead ones as missed: an actor's
    slo=Objective(seconds=60, share=0.99) lets one in a hundred be so.
    """
    with output.unknown_without_postgres(), quick.session() as driver:
        found = burning(driver)
    if as_json:
        told = [as_dict(each) for each in found]
        output.print_json({"schema_version": 1, "generated_at": datetime.now(UTC), "objectives": told})
    elif found:
        output.table(_COLUMNS, [_row(each) for each in found], right=_COLUMNS[3:8])
        output.say("Times as fast as the objective allows; `missed` of the last six hours' jobs.")
    else:
        output.say("No actor declares an objective: slo=Objective(seconds=60, share=0.99), see docs/authors.md.")


def as_dict(each: Burning) -> dict[str, Any]:
    """Return it as plain data."""
    windows = {"5m": each.five_minutes, "30m": each.half_hour, "1h": each.hour, "6h": each.six_hours}
    return {
        **{name: getattr(each, name) for name in ("actor", "queue", "seconds", "share")},
        "burns": _verdict(each) or None,
        "windows": {name: {**window._asdict(), "burn": each.rate(window)} for name, window in windows.items()},
    }


def _row(each: Burning) -> list[str]:
    windows = (each.five_minutes, each.half_hour, each.hour, each.six_hours)
    return [
        each.actor,
        each.queue,
        f"{100 * each.share:.6g} % in {words.duration(each.seconds)}",
        *(_times(each, window) for window in windows),
        f"{each.six_hours.missed:,} of {each.six_hours.total:,}",
        _verdict(each),
    ]


def _times(each: Burning, window: Window) -> str:
    rate = each.rate(window)
    return "-" if rate is None else f"{rate:.1f}"


def _verdict(each: Burning) -> str:
    return "fast" if each.is_fast else "slowly" if each.is_slow else ""
