"""Whether this release could run the jobs that wait in the ledger: asked in a deploy, before its workers start."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from bellwork.workers.fitness import misfit

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bellwork.db.ledger import Unfinished
    from bellwork.workers.engine import Engine


class Trouble(NamedTuple):
    """Jobs of one actor that this release cannot run for one reason: how many, and the oldest one's id."""

    actor: str
    reason: str
    jobs: int
    example: int


class Compat(NamedTuple):
    """How many jobs were looked at, and what is wrong with some of them, most jobs first."""

    jobs: int
    trouble: list[Trouble]


def compare(broker: Engine, jobs: Iterable[Unfinished]) -> Compat:
    """Hold each job against the actors that this process has loaded.

    A job is in trouble where its actor is not there, where its arguments do not fit the actor's signature or cannot be
    read as its annotations say, or where a later stage of its pipeline has no actor. A reason names parameters and no
    values.
    """
    found: dict[tuple[str, str], list[int]] = {}
    looked_at = 0
    for job in jobs:
        looked_at += 1
        if reason := _reason(broker, job):
            count_and_example = found.setdefault((job.actor, reason), [0, job.id])
            count_and_example[0] += 1
    trouble = [Trouble(actor, reason, count, example) for (actor, reason), (count, example) in found.items()]
    return Compat(looked_at, sorted(trouble, key=lambda each: (-each.jobs, each.actor, each.reason)))


def _reason(broker: Engine, job: Unfinished) -> str | None:
    if job.actor not in broker.actors:
        return "this release has no such actor"
    if reason := misfit(broker, job.actor, job.args):
        return reason
    following: Any = job.following  # whatever somebody wrote
    while following:
        actor = following.get("actor_name") if isinstance(following, dict) else None
        if not isinstance(actor, str):
            return "a later stage of its pipeline names no actor"
        if actor not in broker.actors:
            return f"this release has no actor {actor!r}, a later stage of its pipeline"
        options = following.get("options")
        following = options.get("pipe_target") if isinstance(options, dict) else options
    return None
