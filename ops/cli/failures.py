"""`bellwork failures`: what jobs die of, in groups; and a replay of one: a job, ten, then all."""

from __future__ import annotations

import typer

from bellwork.ops.cli.commands import group_of

#: As in `commands.COMMANDS`: who only looks does not load what replays.
FAILURES = {
    "list": ("failure_list", "List what jobs died of or are retried for; what failed last comes first."),
    "show": ("failure_show", "Show one failure: its newest error, its jobs, its last replay."),
    "replay": ("failure_replay", "Put dead jobs that failed alike back, one, ten, then all."),
}

app = typer.Typer(no_args_is_help=True, cls=group_of(FAILURES))
