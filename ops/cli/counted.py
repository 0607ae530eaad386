"""`bellwork figures`: what a system counts of itself; which tables there are, the system says."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bellwork.db.systems import load, systems
from bellwork.ops.cli import output
from bellwork.ops.cli.ready import ledger

if TYPE_CHECKING:
    from bellwork.db.vocabulary.counted import Counted

Word = Annotated[str, typer.Argument(metavar="SYSTEM", help="Whose figures; without it, what there is.")]
Table = Annotated[str, typer.Argument(metavar="TABLE", help="Which of its tables; without it, what there is.")]
Days = Annotated[int, typer.Option("--days", min=1, max=3650, help="How many days back.")]
Part = Annotated[str, typer.Option("--of", metavar="PART", help="Of one part alone: a school, say.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command(name="figures")(figures)


def figures(word: Word = "", table: Table = "", days: Days = 7, part: Part = "", as_json: AsJson = False) -> None:
    """Show what a system counts of itself, the newest first."""
    known = {each.word: load(each, each.figures).COUNTED for each in systems() if each.figures}
    found = _table(known, word, table)
    if found is None:
        return
    with ledger() as conn:
        rows = [{name: _plain(value) for name, value in row.items()} for row in found.read(conn, days, part)]
    if as_json:
        output.print_json({"system": word, "table": table, "days": days, "of": part, "rows": rows})
    elif not rows:
        output.say(f"Nothing is counted there yet: {found.about}.")
    elif len(rows) == 1:
        output.table(["figure", "value"], [[name, _said(value)] for name, value in rows[0].items()], right=("value",))
    else:
        columns = [name for name in rows[0] if any(row[name] not in (None, 0) for row in rows)]
        numbers = [name for name in columns if all(row[name] is None or _is_number(row[name]) for row in rows)]
        output.table(columns, [[_said(row[name]) for name in columns] for row in rows], right=tuple(numbers))


def _table(known: dict[str, tuple[Counted, ...]], word: str, table: str) -> Counted | None:
    """Find the table; None where all were listed instead. A wrong word ends the command."""
    if word and word not in known:
        output.fail(f"no system {word!r} counts anything; there are {', '.join(known) or 'none'}")
    tables = {each.word: each for each in known.get(word, ())}
    if table and table not in tables:
        output.fail(f"{word} has no figures {table!r}; there are {', '.join(tables)}")
    if table:
        return tables[table]
    for system, counted in known.items():
        for each in counted if word in {"", system} else ():
            output.say(f"bellwork figures {system} {each.word}: {each.about}")
    return None


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date | datetime):
        return value.isoformat()
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float)


def _said(value: Any) -> str:
    if value is None:
        return "-"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int | float) else str(value)
