"""`bellwork jobs`: list, show, explain, enqueue, compat; retry, cancel, reprioritise, rename one or all of a filter."""

from __future__ import annotations

import typer

from bellwork.ops.cli.commands import group_of

#: As in `commands.COMMANDS`: who only looks at jobs does not load what changes them.
JOBS = {
    "list": ("job_lists", "List jobs, the newest first, finished and unfinished alike."),
    "show": ("job_lists", "Show everything about one job."),
    "explain": ("job_explain", "Say why a job does not run, or what became of it."),
    "enqueue": ("job_enqueue", "Enqueue a job; a worker takes it as soon as it is due."),
    "retry": ("job_changes", "Put dead or cancelled jobs back, due now."),
    "cancel": ("job_changes", "Cancel unfinished jobs."),
    "reprioritise": ("job_changes", "Give jobs that wait another priority."),
    "rename": ("job_rename", "Give the jobs of an actor another one's name."),
    "compat": ("job_compat", "In a deploy: which waiting jobs this release could not run."),
}

app = typer.Typer(no_args_is_help=True, cls=group_of(JOBS))
