"""How things stand: what the ledger shows at one moment, and the one sentence that says whether to get up.

The verdict is 'ok', 'warn' or 'fail'; whoever looks, by command or by page, gets the same one.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from bellwork.db.snapshot import latest
from bellwork.db.snapshot.fleet import actor_sets, workers
from bellwork.db.snapshot.read import overdue_entries
from bellwork.ops import words

if TYPE_CHECKING:
    from bellwork.db.quick import Driver
    from bellwork.db.snapshot import QueueSnapshot, Snapshot
    from bellwork.db.snapshot.fleet import ActorSet

#: Seconds a due job may wait before the verdict says that work falls behind.
LATE = 60.0
#: A tick that is due for so many seconds, and not decided, means that no scheduler decides it.
OVERDUE = 10.0
#: A snapshot that is so old (seconds) means that no scheduler runs.
BLIND = 30.0


@dataclass(frozen=True)
class Picture:
    """What the ledger shows at one moment.

    `snapshot` says how old the one is that it was read from, or the last one where it had to be counted anew.
    """

    queues: list[dict[str, Any]]
    workers: list[dict[str, Any]]
    without_worker: list[dict[str, Any]]
    unheard: list[dict[str, Any]]
    dead_24h: int
    quarantined: list[str]
    short_of_partitions: list[str]
    letters: dict[str, Any]
    mail_hold: dict[str, Any] | None
    overdue_entries: list[str]
    redis: bool = True
    actor_sets: dict[str, list[str]] = field(default_factory=dict)
    snapshot: dict[str, Any] | None = None

    @property
    def alive(self) -> list[dict[str, Any]]:
        """The workers whose lease has not run out."""
        return [worker for worker in self.workers if worker["lease_left"] > 0]

    def total(self, column: str) -> int:
        """Add up a column of the queues."""
        return sum(int(queue[column]) for queue in self.queues)

    @property
    def oldest(self) -> dict[str, Any] | None:
        """The unpaused queue whose oldest due job has waited longest."""
        waiting = [queue for queue in self.queues if queue["due"] and not queue["paused_at"]]
        return max(waiting, key=lambda queue: queue["oldest_due_seconds"], default=None)


def of_snapshot(driver: Driver, redis: str | None, *, with_actors: bool = False) -> Picture | None:
    """Return how things stand by the snapshot; None where there is none, or one that is too old to be believed."""
    found = latest(driver)
    if found is None or found.is_stale or found.around is None:
        return None
    known = actor_sets(driver) if with_actors else []
    return Picture(
        queues=[_queue(each) for each in found.queues],
        workers=with_sets(workers(driver), known),
        actor_sets={each.name: each.actors for each in known},
        without_worker=[*found.unknown_actors],
        unheard=[*found.unheard_queues],
        dead_24h=sum(each.dead_24h for each in found.queues),
        redis=redis is None,
        overdue_entries=overdue_entries(driver, OVERDUE),
        snapshot=told(found),
        **{name: found.around[name] for name in ("quarantined", "short_of_partitions", "letters", "mail_hold")},
    )


def told(found: Snapshot | None) -> dict[str, Any] | None:
    """Say as data when a snapshot was taken, and by whom."""
    if found is None:
        return None
    return {"at": found.at, "age_seconds": found.age, "stale": found.is_stale, "taken_by": found.taken_by}


def with_sets(found: list[dict[str, Any]], known: list[ActorSet]) -> list[dict[str, Any]]:
    """Name each worker's set of actors, where they were asked for: most of a fleet know the same."""
    names = {worker: each.name for each in known for worker in each.workers}
    return [{**worker, "actor_set": names.get(worker["id"])} for worker in found]


def as_data(picture: Picture, kind: str, sentence: str) -> dict[str, Any]:
    """Return all of it as data."""
    oldest = picture.oldest
    return {
        "schema_version": 1,
        "ok": kind == "ok",
        "state": {"ok": "ok", "warn": "warning", "fail": "critical"}[kind],
        "verdict": sentence,
        "due": picture.total("due"),
        "scheduled": picture.total("scheduled"),
        "running": picture.total("running"),
        "oldest_due_seconds": float(oldest["oldest_due_seconds"]) if oldest else 0.0,
        "workers_alive": len(picture.alive),
        "dead_24h": picture.dead_24h,
        **{name: value for name, value in asdict(picture).items() if name != "dead_24h"},
    }


def queue_data(each: QueueSnapshot) -> dict[str, Any]:
    """Return the figures of a queue that people and programs ask for; distributions are left out."""
    kept = asdict(each) | {"drain_seconds": each.drain_seconds}
    return {name: value for name, value in kept.items() if name not in {"waits", "runs", "wait_seconds", "run_seconds"}}


def _queue(each: QueueSnapshot) -> dict[str, Any]:
    named = {"due": each.ready, "oldest_due_seconds": each.oldest_ready_seconds}
    return {**named, **{name: value for name, value in queue_data(each).items() if not name.endswith("_total")}}


def verdict(picture: Picture) -> tuple[str, str]:
    """Return 'ok', 'warn' or 'fail', and the sentence: the worst thing that is, with what to do about it."""
    for trouble in (
        _no_redis,
        _no_worker,
        _held_back,
        _no_partition,
        _no_scheduler,
        _mail_held,
        _no_actor,
        _no_listener,
        _late,
        _paused_work,
        _deaths,
        _letters_unknown,
    ):
        if found := trouble(picture):
            return found
    busy = f"{words.plural(picture.total('running'), 'job')} running, {picture.total('due'):,} due"
    return "ok", f"All is well: {words.plural(len(picture.alive), 'worker')} alive, {busy}, none died in 24 hours."


def _no_redis(picture: Picture) -> tuple[str, str] | None:
    if picture.redis:
        return None
    said = "Redis does not answer: no job is lost, but each comes up to seconds late"
    if not picture.alive and (due := picture.total("due")):
        said = f"Redis does not answer, and nothing moves: {words.plural(due, 'job')} due and no worker alive"
    return "fail", f"{said}; start it, or correct REDIS_URL."


def _no_worker(picture: Picture) -> tuple[str, str] | None:
    if picture.alive:
        return None
    how = "start one with `bellwork worker` or `bellwork up`"
    if due := picture.total("due"):
        return "fail", f"Nothing moves: {words.plural(due, 'job')} due and no worker alive; {how}."
    return "warn", f"No worker is alive, and no job is due; {how}."


def _no_partition(picture: Picture) -> tuple[str, str] | None:
    if not picture.short_of_partitions:
        return None
    names = ", ".join(picture.short_of_partitions)
    return (
        "warn",
        f"Partitions run out for {names}: start `python -m bellwork.scheduler`, or run `bellwork partitions rotate`.",
    )


def _no_scheduler(picture: Picture) -> tuple[str, str] | None:
    if not picture.overdue_entries:
        return _no_snapshot(picture)
    names = ", ".join(picture.overdue_entries[:3])
    count = len(picture.overdue_entries)
    return "warn", f"The calendar stands still, {count} overdue ({names}); start `python -m bellwork.scheduler`."


def _no_snapshot(picture: Picture) -> tuple[str, str] | None:
    if not picture.snapshot or picture.snapshot["age_seconds"] < BLIND:
        return None
    age = words.duration(picture.snapshot["age_seconds"])
    return "warn", f"No scheduler runs: the last snapshot is {age} old; start `python -m bellwork.scheduler`."


def _no_actor(picture: Picture) -> tuple[str, str] | None:
    if not picture.without_worker:
        return None
    names = ", ".join(str(row["actor"]) for row in picture.without_worker[:3])
    count = sum(row["waiting"] for row in picture.without_worker)
    waiting = "1 job waits" if count == 1 else f"{count:,} jobs wait"
    return "warn", f"{waiting} for actors that no live worker knows ({names}); start a worker that has them."


def _no_listener(picture: Picture) -> tuple[str, str] | None:
    if not picture.unheard:
        return None
    names = ", ".join(repr(row["queue"]) for row in picture.unheard[:3])
    count = sum(row["waiting"] for row in picture.unheard)
    waiting = "1 job waits" if count == 1 else f"{count:,} jobs wait"
    mend = "start a worker with `--queues`, or cancel them if the name is wrong"
    return "warn", f"{waiting} in queues that no live worker listens to ({names}); {mend}."


def _held_back(picture: Picture) -> tuple[str, str] | None:
    if not picture.quarantined:
        return None
    names = ", ".join(picture.quarantined[:3])
    how = "one job of each is tried now and then; mend them and deploy"
    return "warn", f"Quarantined, for they kill process after process: {names}; {how}."


def _late(picture: Picture) -> tuple[str, str] | None:
    oldest = picture.oldest
    if oldest is None or oldest["oldest_due_seconds"] <= LATE:
        return None
    late = words.duration(float(oldest["oldest_due_seconds"]))
    return "warn", f"Falling behind: the oldest due job of queue {oldest['queue']!r} waits for {late}; add workers."


def _paused_work(picture: Picture) -> tuple[str, str] | None:
    paused = [str(queue["queue"]) for queue in picture.queues if queue["paused_at"] and queue["due"]]
    if not paused:
        return None
    return "warn", f"Paused with jobs due: {', '.join(paused)}; `bellwork queues resume` lets them go on."


def _deaths(picture: Picture) -> tuple[str, str] | None:
    if not picture.dead_24h:
        return None
    died = f"{words.plural(picture.dead_24h, 'job')} died in the last 24 hours"
    return "warn", f"Working, but {died}; `bellwork jobs list --state dead` says why."


def _mail_held(picture: Picture) -> tuple[str, str] | None:
    if not picture.mail_hold:
        return None
    since, waiting = words.moment(picture.mail_hold["since"]), picture.letters["due"] + picture.letters["later"]
    held = f"Letters are held since {since}, {waiting:,} wait and none is given up: {picture.mail_hold['said']}"
    return "warn", f"{held}; mend that, one is tried now and then."


def _letters_unknown(picture: Picture) -> tuple[str, str] | None:
    if not picture.letters["unknown"]:
        return None
    count = words.plural(picture.letters["unknown"], "letter")
    how = "`bellwork letters list --state unknown`, then `letters resend` or `letters believe`"
    return "warn", f"All is well, but nobody knows whether {count} came; {how}."
