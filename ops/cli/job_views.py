"""Views of jobs in a terminal: many as a table, one in detail with every attempt's error."""

from __future__ import annotations

from typing import Any

from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.look.job import last_word

_TIMES = {"created": "created_at", "due": "run_at", "claimed": "claimed_at", "finished": "finished_at"}
_COUNTS = ("attempt", "retries", "crashes")


def print_jobs(jobs: list[dict[str, Any]], limit: int) -> None:
    """Print a line for each job, with its last error."""
    if not jobs:
        output.say("No job is like that.")
        return
    columns = ["id", "state", "actor", "queue", "attempt", "due or finished", "arguments", "last word"]
    output.table(columns, [_row(job) for job in jobs], right=["id", "attempt"])
    if len(jobs) == limit:
        output.say(f"The newest {limit} are shown; --limit shows more.")


def print_job(job: dict[str, Any]) -> None:
    """Print everything about a job."""
    output.say(f"Job {job['id']} of {job['actor']} on queue {job['queue']}: {job['state']}{_because(job)}", "bold")
    facts = [
        ("arguments", words.shortened(job["args"], 2000)),
        ("unique key", job["unique_key"] or "-"),
        ("priority", job["priority"]),
        *((name, job[name]) for name in _COUNTS),
        ("worker", job["worker_id"] or "-"),
        *((word, words.moment(job[column])) for word, column in _TIMES.items()),
    ]
    output.table(["", ""], facts)
    for error in job["errors"] or []:
        output.say("")
        _print_error(error)


def _row(job: dict[str, Any]) -> list[Any]:
    return [
        job["id"],
        job["state"],
        job["actor"],
        job["queue"],
        job["attempt"],
        words.moment(job["finished_at"] or job["run_at"]),
        words.shortened(words.impersonal(job["args"]), 40),
        words.shortened(last_word(job), 60),
    ]


def _because(job: dict[str, Any]) -> str:
    return f", {job['reason']}" if job["reason"] else ""


def _print_error(error: Any) -> None:
    if not isinstance(error, dict):
        output.say(str(error), "red")
        return
    output.say(f"attempt {error.get('attempt', '?')} at {error.get('at', '?')}: {error.get('error', '')}", "red")
    for line in str(error.get("traceback") or "").splitlines():
        output.say(f"    {line}")
