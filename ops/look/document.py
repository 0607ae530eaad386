"""How things stand, as data: the document of `bellwork status --json`."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from bellwork.ops.look.problems import problems, verdict

if TYPE_CHECKING:
    from collections.abc import Sequence

    from bellwork.db.registered import ActorSet
    from bellwork.db.snapshot import QueueSnapshot
    from bellwork.ops.look.picture import Picture

STATES = {"ok": "ok", "warn": "warning", "fail": "critical"}
#: What is known of a queue without a snapshot; `due` and `oldest_due_seconds` are other names of what is ready.
_COUNTED = ("queue", "scheduled", "running", "paused_at", "paused_by", "pause_reason", "paused_until")


def document(picture: Picture, workers: list[dict[str, Any]], known: Sequence[ActorSet]) -> dict[str, Any]:
    """Return all of it as data; `workers` and `known` as `bellwork.db.registered` lists workers and sets of actors."""
    found, snapshot, figures = problems(picture), picture.snapshot, picture.figures
    kind, sentence = verdict(picture, found)
    named = {worker: each.name for each in known for worker in each.workers}
    return {
        "schema_version": 1,
        "ok": kind == "ok",
        "state": STATES[kind],
        "verdict": sentence,
        "problems": [{**each.as_dict(), "kind": STATES[each.kind]} for each in found],
        "due": picture.total("ready"),
        "scheduled": picture.total("scheduled"),
        "running": picture.total("running"),
        "oldest_due_seconds": max(
            (each.oldest_ready_seconds for each in picture.queues if not each.paused_at), default=0.0
        ),
        "workers_alive": picture.workers,
        "dead_24h": picture.dead_24h if picture.counted else picture.total("dead_24h"),
        "queues": [_queue(each, counted=picture.counted is not None) for each in picture.queues],
        "workers": [{**worker, "actor_set": named.get(worker["id"])} for worker in workers],
        "actor_sets": {each.name: each.actors for each in known},
        "without_worker": [*figures.unknown_actors] if figures else [],
        "unheard": [*figures.unheard_queues] if figures else [],
        **picture.around,
        "overdue_entries": [*picture.overdue],
        "redis": picture.redis is None,
        "snapshot": snapshot
        and {"at": snapshot.at, "age_seconds": snapshot.age, "stale": snapshot.is_stale, "taken_by": snapshot.taken_by},
    }


def queue_data(each: QueueSnapshot) -> dict[str, Any]:
    """Return the figures of a queue that people and programs ask for; distributions are left out."""
    kept = asdict(each) | {"drain_seconds": each.drain_seconds}
    return {name: value for name, value in kept.items() if name not in {"waits", "runs", "wait_seconds", "run_seconds"}}


def _queue(each: QueueSnapshot, *, counted: bool) -> dict[str, Any]:
    named = {"due": each.ready, "oldest_due_seconds": each.oldest_ready_seconds}
    kept = {name: value for name, value in queue_data(each).items() if not name.endswith("_total")}
    return {**named, **({name: kept[name] for name in _COUNTED} if counted else kept)}
