"""How entries and their ticks look in a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.look.schedule import next_times, state, why

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellwork.db.ledger import StoredEntry


def print_entries(entries: Sequence[StoredEntry], last: dict[str, dict[str, Any]]) -> None:
    """Print a line for each entry; an expression that an operator set carries a star."""
    if not entries:
        output.say("No entry is known yet: a scheduler brings them at its start.")
        return
    columns = ["entry", "when", "zone", "next", "in", "last tick", "came to", "state"]
    output.table(columns, [_row(entry, last.get(entry.key)) for entry in entries], right=["in"])
    if changed := [entry for entry in entries if entry.set_at]:
        who = "; ".join(f"{entry.key} by {entry.set_by}: {entry.set_why}" for entry in changed)
        output.say(f"* not as the code declares it, but as it was set: {who}.", "yellow")


def print_entry(entry: StoredEntry, ticks: list[dict[str, Any]], changes: list[dict[str, Any]]) -> None:
    """Print everything about an entry."""
    output.say(f"Entry {entry.key}: {entry.purpose}", "bold")
    facts = [
        ("state", state(entry)),
        ("actor", f"{entry.actor} {words.shortened(entry.args, 500) if entry.args else ''}".strip()),
        ("declared", f"{entry.cron}  in {entry.zone}, version {entry.version}"),
        *([("set", f"{_when(entry)}  by {entry.set_by}, {entry.set_why}")] if entry.set_at else []),
        ("missed ticks", f"{entry.missed}, at most {entry.most} and {entry.window_hours:g} h late"),
        ("overlap", f"{entry.overlap}; " + (f"job {entry.busy} is unfinished" if entry.busy else "nothing unfinished")),
        ("clock change", entry.clock_change),
        ("known since", words.moment(entry.known_since)),
    ]
    output.table(["", ""], facts)
    print_times(entry)
    output.say("")
    print_ticks(ticks, 0)
    if changes:
        output.say("")
        output.table(["changed", "what", "who", "why", "after"], [_change(change) for change in changes])


def print_times(entry: StoredEntry) -> None:
    """Print an entry's next five times, on its own wall clock and in UTC."""
    output.say("")
    cron, zone, _ = entry.rule
    rows = [(f"{local:%a %Y-%m-%d %H:%M:%S %Z}", words.moment(at)) for at, local in next_times(entry)]
    output.table([f"next, by {cron!r} in {zone}", "in UTC"], rows)


def print_ticks(ticks: list[dict[str, Any]], limit: int) -> None:
    """Print a line for each tick, with what came of it and why."""
    if not ticks:
        output.say("No tick is like that.")
        return
    columns = ["tick", "outcome", "decided", "late", "job", "job is", "why", "by"]
    output.table(columns, [_tick(tick) for tick in ticks], right=["late", "job"])
    if len(ticks) == limit:
        output.say(f"The newest {limit} are shown; --limit shows more.")


def _row(entry: StoredEntry, last: dict[str, Any] | None) -> list[Any]:
    cron, zone, _ = entry.rule
    return [
        entry.key,
        f"{cron}{' *' if entry.set_at else ''}",
        zone,
        words.moment(entry.next_tick),
        words.duration((entry.next_tick - entry.now).total_seconds()),
        words.moment(last["tick"]) if last else "-",
        last["outcome"] if last else "-",
        words.shortened(state(entry), 60),
    ]


def _when(entry: StoredEntry) -> str:
    cron, zone, _ = entry.rule
    return f"{cron}  in {zone}"


def _tick(tick: dict[str, Any]) -> list[Any]:
    late = float(tick["late_seconds"])
    return [
        words.moment(tick["tick"]),
        tick["outcome"],
        words.moment(tick["decided_at"]),
        words.duration(late) if late >= 0 else "ahead",
        tick["job_id"] or "-",
        tick["job_state"] or "-",
        words.shortened(why(tick), 200),
        tick["decided_by"],
    ]


def _change(change: dict[str, Any]) -> list[Any]:
    after = words.shortened(change["after"] or change["before"], 60)
    return [words.moment(change["at"]), change["what"], change["who"], change["why"], after]
