"""`bellwork status`: one sentence that says whether anybody has to get up, then the figures behind it."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Annotated, Any

import typer

from bellwork.db.ledger import (
    actor_sets,
    backlog,
    dead_today,
    list_entries,
    list_workers,
    quarantined,
    queue_depths,
    unheard_queues,
    unknown_actors,
)
from bellwork.db.letters import read_hold
from bellwork.db.letters.look import sums as letter_sums
from bellwork.db.partitions import short_of_partitions
from bellwork.ops import words
from bellwork.ops.cli import output
from bellwork.ops.cli.ready import ledger
from bellwork.ops.look.schedule import is_overdue

if TYPE_CHECKING:
    from bellwork.db.ledger import ActorSet
    from bellwork.db.letters import Hold

#: Seconds a due job may wait before the verdict says that work falls behind.
LATE = 60.0


@dataclass(frozen=True)
class Picture:
    """What the ledger shows at one moment."""

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


def add_to(app: typer.Typer) -> None:
    """Add the command."""
    app.command()(status)


def status(as_json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False) -> None:
    """Show queue depth, the oldest due job, workers and deaths, after one sentence that says how things stand."""
    from bellwork.db import redis_client  # noqa: PLC0415 - loads redis-py, which most commands do without

    with ledger() as conn:
        kinds = backlog(conn)
        known = actor_sets(conn) if as_json else []
        picture = Picture(
            queues=queue_depths(conn, kinds),
            workers=_with_sets(list_workers(conn), known),
            actor_sets={each.name: each.actors for each in known},
            without_worker=unknown_actors(conn, kinds),
            unheard=unheard_queues(conn, kinds),
            dead_24h=dead_today(conn),
            quarantined=quarantined(conn),
            short_of_partitions=short_of_partitions(conn),
            letters=letter_sums(conn)._asdict(),
            mail_hold=_as_data(read_hold(conn)),
            redis=redis_client.ping(),
            overdue_entries=[entry.key for entry in list_entries(conn) if is_overdue(entry)],
        )
    kind, sentence = verdict(picture)
    if as_json:
        output.print_json(_data(picture, kind, sentence))
        return
    output.say(sentence, output.STYLES[kind])
    _print_queues(picture)
    _print_workers(picture)


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
        return None
    names = ", ".join(picture.overdue_entries[:3])
    count = len(picture.overdue_entries)
    return "warn", f"The calendar stands still, {count} overdue ({names}); start `python -m bellwork.scheduler`."


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


def _as_data(hold: Hold | None) -> dict[str, Any] | None:
    return hold._asdict() if hold else None


def _with_sets(workers: list[dict[str, Any]], known: list[ActorSet]) -> list[dict[str, Any]]:
    """Name each worker's set of actors, where they were asked for: most of a fleet know the same."""
    names = {worker: each.name for each in known for worker in each.workers}
    return [{**worker, "actor_set": names.get(worker["id"])} for worker in workers]


def _data(picture: Picture, kind: str, sentence: str) -> dict[str, Any]:
    oldest = picture.oldest
    return {
        "ok": kind == "ok",
        "verdict": sentence,
        "due": picture.total("due"),
        "scheduled": picture.total("scheduled"),
        "running": picture.total("running"),
        "oldest_due_seconds": float(oldest["oldest_due_seconds"]) if oldest else 0.0,
        "workers_alive": len(picture.alive),
        "dead_24h": picture.dead_24h,
        **{name: value for name, value in asdict(picture).items() if name != "dead_24h"},
    }


def _print_queues(picture: Picture) -> None:
    columns = ["queue", "due", "oldest", "running", "later", "paused"]
    rows = [
        [
            queue["queue"],
            f"{queue['due']:,}",
            words.duration(float(queue["oldest_due_seconds"])) if queue["due"] else "-",
            f"{queue['running']:,}",
            f"{queue['scheduled']:,}",
            _paused(queue),
        ]
        for queue in picture.queues
    ]
    if rows:
        output.say("")
        output.table(columns, rows, right=columns[1:5])


def _print_workers(picture: Picture) -> None:
    columns = ["worker", "running", "since", "queues", "lease"]
    rows = [
        [
            f"{worker['host']}:{worker['pid']}",
            worker["running"],
            words.moment(worker["started_at"]),
            " ".join(worker["queues"]),
            words.duration(float(worker["lease_left"])) if worker["lease_left"] > 0 else "silent",
        ]
        for worker in picture.workers
    ]
    if rows:
        output.say("")
        output.table(columns, rows, right=["running"])


def _paused(queue: dict[str, Any]) -> str:
    if not queue["paused_at"]:
        return ""
    return f"since {words.moment(queue['paused_at'])} by {queue['paused_by']}: {queue['pause_reason']}"
