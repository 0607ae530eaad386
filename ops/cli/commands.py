"""Which commands there are and where each is written: one is loaded when it is asked for, none to name them all.

A group whose commands need different things has a table of its own (`group_of`).
"""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterator, Mapping
from importlib import import_module
from typing import Any, ClassVar

import typer
from typer.core import TyperGroup
from typer.main import get_group

#: The file of each command or group of commands, and a line that says what it does.
COMMANDS = {
    "migrate": ("stack", "Bring the database's schema to this release."),
    "doctor": ("stack", "Check everything a running system needs; say how to mend it."),
    "up": ("stack", "Run the whole stack for development."),
    "demo": ("stack", "Play every system's scenes on servers of its own; ends with a page."),
    "status": ("status", "Show how things stand: queues, workers, deaths."),
    "workers": ("workers", "List the worker processes and what each runs."),
    "slo": ("slo", "Show how fast kinds of jobs burn the budgets of their objectives."),
    "top": ("top", "Watch the queues, second by second."),
    "check": ("check", "Check one thing for a monitoring system: exit code 0, 1, 2 or 3."),
    "explain": ("explain", "Say why something of a system is as it is."),
    "figures": ("counted", "Show what a system counts of itself."),
    "search": ("search", "Search the texts of a system by what they are about."),
    "acts": ("acts", "List what operators did: who, what, why, before and after."),
    "web": ("web", "Serve the dashboard, /metrics and the pages of certificates."),
    "snapshot": ("snapshot", "Write how everything stands into a file, for a post-mortem."),
    "worker": ("worker", "Run worker processes, and keep them up."),
    "erase": ("erase", "Erase what is known of a person."),
    "letters": ("letters", "Letters: what became of each, send one again, who gets none."),
    "lists": ("lists", "Class lists: hand one in, see what became of each row, undo it."),
    "certificates": ("certificates", "Certificates: make a key, publish who signs, verify."),
    "webhooks": ("webhooks", "Webhooks: who is told what happened, what became of it, tell it again."),
    "failures": ("failures", "What jobs die of, in groups; replay one, ten, then all."),
    "jobs": ("jobs", "List, show, explain, enqueue, retry, cancel, rename jobs."),
    "partitions": ("partitions", "Tables by time: rotate, archive, verify, restore, hold."),
    "queues": ("queues", "List queues with their figures; pause, drain, limit them."),
    "reconcile": ("reconcile", "Compare rows that wait with their jobs; mend what disagrees."),
    "budgets": ("budgets", "What providers may cost on a day, and have cost today."),
    "retention": ("retention", "What leaves the database, when, and what is due now."),
    "sample": ("sample", "Fill a system's empty tables with data to try it on."),
    "schedule": ("schedule", "What recurs: look at it, pause it, run it, change its times."),
}


class Commands(TyperGroup):
    """The group of all commands, and of those that were added to it."""

    table: ClassVar[Mapping[str, tuple[str, str]]] = COMMANDS

    def __init__(self, **options: Any) -> None:
        """Know them by name."""
        super().__init__(**options)
        self.commands = ChainMap(dict(self.commands), _Loaded(self.table))  # type: ignore[arg-type]  # nothing is written there

    def format_commands(self, ctx: Any, formatter: Any) -> None:
        """Write their names and lines into the help."""
        del ctx
        with formatter.section("Commands"):
            formatter.write_dl([(name, self._line(name)) for name in self.commands])

    def _line(self, name: str) -> str:
        return self.table[name][1] if name in self.table else self.commands[name].get_short_help_str()


def group_of(table: Mapping[str, tuple[str, str]]) -> type[Commands]:
    """Return a group of the commands that a table names, as COMMANDS does: the file of each, and a line."""
    return type("Group", (Commands,), {"table": table})


class _Loaded(Mapping[str, Any]):
    def __init__(self, table: Mapping[str, tuple[str, str]]) -> None:
        self._table = table

    def __getitem__(self, name: str) -> Any:
        file, line = self._table[name]
        module, alone = import_module(f"bellwork.ops.cli.{file}"), typer.Typer(rich_markup_mode=None)
        if hasattr(module, "add_to"):
            module.add_to(alone)
        else:
            alone.add_typer(module.app, name=name, help=line)
        return get_group(alone).commands[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._table)

    def __len__(self) -> int:
        return len(self._table)

    def __contains__(self, name: object) -> bool:
        return name in self._table
