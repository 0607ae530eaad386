"""Why a job does not run, or what became of it: every reason there is, the first ones first, and what to do."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from bellwork.db.queries.explain import MOST
from bellwork.db.queries.limits import MOST_LOST, WAITS
from bellwork.ops import words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.db.queries.explain import Around


@dataclass(frozen=True)
class Reason:
    """One reason, and what mends it; empty where nothing is to be done."""

    said: str
    mend: str = ""

    def as_dict(self) -> dict[str, str]:
        """Return the reason as plain data."""
        return asdict(self)


def why(job: dict[str, Any], around: Around | None) -> list[Reason]:
    """Explain how a job stands, as `bellwork.db.ledger.show_job` and `look_around` found it; never nothing."""
    if around is None or job["finished_at"]:
        return [_ended(job)]
    if job["state"] == "running":
        return list(_running(around))
    blocks = [*_not_yet(job, around), *_queue(job, around), *_workers(job, around), *_crashes(job, around)]
    return blocks or [_turn(around)]


def _ended(job: dict[str, Any]) -> Reason:
    since = words.moment(job["finished_at"])
    match job["state"]:
        case "dead":
            return Reason(
                f"it is dead since {since}: {job['reason']}", f"mend that, then `bellwork jobs retry {job['id']}`"
            )
        case "cancelled":
            why_ = f": {job['reason']}" if job["reason"] else ""
            return Reason(f"it was cancelled at {since}{why_}", f"`bellwork jobs retry {job['id']}` puts it back")
        case "done":
            return Reason(f"it was done at {since}, at attempt {job['attempt']}")
    return Reason("it was changed while it was looked at", "ask again")


def _running(around: Around) -> Iterator[Reason]:
    so_long = words.duration(around.runs_for)
    if around.lease_left is None or around.lease_left <= 0:
        silent = f"process {around.pid} on {around.host}" if around.host else "no process that is known"
        mend = "if it stays so: start `python -m bellwork.scheduler`, which rescues the jobs of silent workers"
        yield Reason(f"it has run for {so_long} in a worker that gives no sign of life: {silent}", mend)
        return
    yield Reason(f"it has run for {so_long} in process {around.pid} on {around.host}")
    if around.killed_after is not None and around.runs_for is not None:
        left = words.duration(around.killed_after - around.runs_for)
        yield Reason(f"its process is killed in {left} unless it ends by itself")


def _not_yet(job: dict[str, Any], around: Around) -> Iterator[Reason]:
    if job["state"] != "scheduled":
        return
    due_in, due_at = words.duration(around.due_in), words.moment(job["run_at"])
    if around.misfit:
        said = f"it waits until {due_at} (for {due_in}) for a worker that its arguments fit, and is dead then"
        odd = _last_error(job, but=f"; {WAITS}")
        yield Reason(f"{said}: {odd}", "start workers of the release that sent it")
        return
    put_off = job["attempt"] - job["retries"] - job["crashes"] - around.lost
    after = ""
    if around.put_off is None and job["retries"]:
        after = f", after {words.plural(job['retries'], 'failure')}: {_last_error(job)}"
    elif around.put_off:
        after = f": {around.put_off}"
    elif put_off > 0:
        after = f"; it was put off {words.plural(put_off, 'time')}: it asked to wait, or had no turn at what it needs"
    yield Reason(f"it is due in {due_in}, at {due_at}{after}")


def _queue(job: dict[str, Any], around: Around) -> Iterator[Reason]:
    if around.paused_at:
        because = f": {around.pause_reason}" if around.pause_reason else ""
        paused = (
            f"queue {job['queue']!r} is paused since {words.moment(around.paused_at)} by {around.paused_by}{because}"
        )
        yield Reason(paused, f"`bellwork queues resume {job['queue']}`")
    if around.at_once and around.running >= around.at_once:
        limit = f"queue {job['queue']!r} is full: {around.running} of its jobs run, and {around.at_once} may"
        by = f", says {around.limited_by}: {around.limit_reason}"
        yield Reason(limit + by, f"wait for one to end, or `bellwork queues limits {job['queue']} --concurrency none`")


def _workers(job: dict[str, Any], around: Around) -> Iterator[Reason]:
    actor, queue = job["actor"], job["queue"]
    if not around.alive:
        yield Reason("no worker is alive", "start `bellwork up`, or `bellwork worker`")
    elif around.own_queue is None:
        mend = f"name its module in BELLWORK_WORK_MODULES of a worker, or `bellwork jobs rename {actor} NEW`"
        yield Reason(f"no worker has ever registered an actor {actor!r}", mend)
    elif not around.listening:
        mend = f"start a worker that takes it: without `--queues`, or `bellwork worker --queues {queue}`"
        if not around.knowing:
            mend = (
                f"no live worker knows {actor!r} either: name its module in BELLWORK_WORK_MODULES of those "
                "that are to run it"
            )
        elif around.own_queue != queue:
            mend = f"its actor's own queue is {around.own_queue!r}: cancel it and enqueue it there"
        yield Reason(f"no live worker listens to queue {queue!r} (alive: {around.alive})", mend)
    elif not around.fit:
        mend = f"name its module in BELLWORK_WORK_MODULES of those workers, or `bellwork jobs rename {actor} NEW`"
        if around.knowing:
            mend = f"let workers that know it take this queue too (`bellwork worker --queues {queue}`)"
        yield Reason(f"no live worker of queue {queue!r} knows actor {actor!r} (listening: {around.listening})", mend)


def _crashes(job: dict[str, Any], around: Around) -> Iterator[Reason]:
    if around.quarantined_until:
        said = f"{job['actor']} is quarantined until {words.moment(around.quarantined_until)}"
        why_ = "its jobs kill process after process, and one of them is tried now and then"
        yield Reason(f"{said}: {why_}", "mend the actor and deploy")
    elif job["crashes"] and _is_suspicious(job["crashes"]):
        crashes = "a crash" if job["crashes"] == 1 else f"{job['crashes']} crashes"
        yield Reason(f"it saw {crashes}, so it waits for a process without other jobs")
    elif around.lost >= MOST_LOST // 2:
        lost = f"its worker vanished {around.lost} times, with all processes beside it"
        yield Reason(f"{lost}, so it waits for a process without other jobs")


def _is_suspicious(crashes: int) -> bool:
    from bellwork.db.ledger import suspicious_from  # noqa: PLC0415 - a setting says it; nearly no job has crashed

    return crashes >= suspicious_from()


def _turn(around: Around) -> Reason:
    busy = f"{words.plural(around.running, 'job')} of it {'runs' if around.running == 1 else 'run'}"
    if around.ahead:
        more = " or more" if around.ahead == MOST else ""
        first = f"{words.plural(around.ahead, 'due job')}{more} of its queue first"
        return Reason(f"its turn has not come: {first}; {busy}", "more workers, or a queue of its own")
    return Reason(f"nothing stands against it: it is next in its queue, and {busy}; a free thread takes it within 2 s")


def _last_error(job: dict[str, Any], but: str = "") -> str:
    """Return the last error's text without `but` at its end."""
    last = job["errors"][-1] if job["errors"] else {}
    said = str(last.get("error", "")) if isinstance(last, dict) else str(last)
    return words.shortened(said.removesuffix(but), 200)
