"""What has to be true when all is healed and quiet; every sentence names one promise that was broken, and by whom."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from bellwork.db.ledger.invariants import violations
from tests.soak.sql import order_rows
from tests.soak.work import KINDS

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from sqlalchemy import Connection

    from tests.soak.journal import Promises
    from tests.soak.sql.order_rows import Effect, Job, Order
    from tests.soak.work import Kind

#: How many orders or jobs a sentence names.
_NAMED = 5
#: Attempts of one job that may end uncounted: by clean stops, neighbours' kills and snoozes.
_UNCOUNTED = 40


@dataclass
class Findings:
    """The promises of the producers, and what the database holds."""

    promises: Promises
    orders: dict[str, Order]
    effects: list[Effect]
    jobs: list[Job]

    @cached_property
    def jobs_of(self) -> dict[str, list[Job]]:
        """The jobs by order."""
        found: dict[str, list[Job]] = defaultdict(list)
        for job in self.jobs:
            found[job.order_id].append(job)
        return found

    @cached_property
    def steps_of(self) -> dict[str, Counter[str]]:
        """How often each step was taken, by order."""
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for effect in self.effects:
            found[effect.order_id][effect.step] += 1
        return found

    @cached_property
    def kinds(self) -> dict[str, Kind]:
        """The kinds by name."""
        return {kind.name: kind for kind in KINDS}

    @cached_property
    def undisturbed(self) -> list[tuple[Order, Kind]]:
        """The orders of which no job was cancelled or is still unfinished: they have to be complete."""
        ended = {"done", "dead"}
        known = [(order, self.kinds[order.kind]) for order in self.orders.values()]
        return [(order, kind) for order, kind in known if all(job.state in ended for job in self.jobs_of[order.id])]


def look(conn: Connection, promises: Promises) -> Findings:
    """Gather what there is to judge."""
    orders = {order.id: order for order in order_rows.list_orders(conn)}
    return Findings(promises, orders, order_rows.list_effects(conn), order_rows.list_jobs(conn))


def check(conn: Connection, promises: Promises) -> list[str]:
    """Name every broken promise; nothing where all were kept."""
    found = look(conn, promises)
    judged = (_sentence(words, culprits) for words, culprits in _judge(found))
    return [*violations(conn), *promises.broken, *(sentence for sentence in judged if sentence)]


def _judge(found: Findings) -> Iterator[tuple[str, Iterable[str]]]:
    """Yield each promise as it sounds when broken, with who broke it."""
    promises, steps = found.promises, found.steps_of
    traces = {*found.orders, *found.jobs_of, *steps}
    yield "orders that were committed and are not there", promises.committed - found.orders.keys()
    yield "orders that were rolled back and left something", promises.forsworn & traces
    yield "orders that nobody placed", traces - promises.intended - promises.forsworn
    yield "orders without their first job", found.orders.keys() - found.jobs_of.keys()
    yield "jobs without their order", found.jobs_of.keys() - found.orders.keys()
    yield "jobs that never ended", (_named(job) for job in found.jobs if job.state in {"available", "running"})
    yield "jobs that ended otherwise than they must", _wrong_ends(found)
    yield "effects twice", (f"{order} {step!r}" for order in steps for step, count in steps[order].items() if count > 1)
    yield "done jobs without their effect, or effects of jobs that are not done", _unmatched(found)
    yield "effects of an attempt that did not hold its job to the end", _unfenced(found)
    yield (
        f"jobs that ran more than {_UNCOUNTED} times without a count",
        (f"{_named(job)} {job.uncounted} times" for job in found.jobs if job.uncounted > _UNCOUNTED),
    )
    yield "orders whose steps are not all taken", _incomplete(found)
    yield "orders that did not pass each status once, in order", _astray(found)


def _wrong_ends(found: Findings) -> Iterator[str]:
    for order in found.orders.values():
        end = found.kinds[order.kind].end
        yield from (_named(job) for job in found.jobs_of[order.id] if job.state in {"done", "dead"} - {end})


def _unmatched(found: Findings) -> set[str]:
    """Compare jobs with effects one by one: cancelled and dead ones have that of on_dead alone, without a job."""
    without = {kind.actor.actor_name for kind in KINDS if not kind.passes}
    done = Counter(job.id for job in found.jobs if job.state == "done" and job.actor not in without)
    left = Counter(effect.job_id for effect in found.effects if effect.job_id is not None)
    return {f"job {job}" for job in (done - left).keys() | (left - done).keys()}


def _unfenced(found: Findings) -> set[str]:
    """Name the effects of another attempt than the one that ended its job: the fence should have rolled them back."""
    ended = {job.id: job.attempt for job in found.jobs if job.state == "done"}
    return {
        f"attempt {effect.attempt} of job {effect.job_id}, which attempt {ended[effect.job_id]} ended"
        for effect in found.effects
        if effect.attempt is not None and effect.job_id in ended and effect.attempt != ended[effect.job_id]
    }


def _incomplete(found: Findings) -> Iterator[str]:
    for order, kind in found.undisturbed:
        expected = {*kind.passes, *kind.besides}
        if expected != found.steps_of[order.id].keys():
            yield f"{order.id} ({order.kind}: {', '.join(found.steps_of[order.id]) or 'none'})"


def _astray(found: Findings) -> Iterator[str]:
    whole = {order.id for order, _ in found.undisturbed}
    for order in found.orders.values():
        way = ["ordered", *found.kinds[order.kind].passes]
        if (
            order.history != (way if order.id in whole else way[: len(order.history)])
            or order.status != order.history[-1]
        ):
            yield f"{order.id} ({order.kind}: {', '.join(order.history)})"


def _named(job: Job) -> str:
    return f"job {job.id} of {job.order_id} ({job.actor}, {job.state}{f': {job.reason}' if job.reason else ''})"


def _sentence(words: str, culprits: Iterable[str]) -> str | None:
    found = sorted(culprits)
    if not found:
        return None
    return f"{len(found)} {words}: {'; '.join(found[:_NAMED])}{'; …' if len(found) > _NAMED else ''}"
