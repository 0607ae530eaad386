"""The section of what PostgreSQL would allow: pgbench's claim and complete, and how near to it the short lane comes."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

from tests.benchmarks.campaign import campaign
from tests.benchmarks.comparison import OURS
from tests.benchmarks.limit import BATCH, CLIENTS
from tests.benchmarks.measure import ratio, spread
from tests.benchmarks.section import Section

if TYPE_CHECKING:
    from tests.benchmarks.arena import Arena
    from tests.benchmarks.campaign import Campaign
    from tests.benchmarks.section import Plan

HEADING = "The limit: claim and complete alone"
_COLUMNS = ["", "jobs/s", "share of the limit", "CPU µs a job", "times"]
_NAMES = {"nothing": "jobs that do nothing", "advance": "a job advances one row"}


def measure(arena: Arena, plan: Plan) -> Section:
    """Compare the limit of every round with Bellwork's drains of the same round."""
    return section(campaign(arena, plan))


def section(done: Campaign) -> Section:
    """Write down the limit, and Bellwork beside it on both lanes, with and without a row to advance."""
    rates, cpus = [run.rate for run in done.limits], [run.client + run.postgres for run in done.limits]
    rows = [[f"pgbench, {CLIENTS} clients", spread(rates), ratio(rates, rates), spread(cpus), ratio(cpus, cpus)]]
    for load, what in _NAMES.items():
        for name in (name for name in done.drains[load] if name.startswith(OURS)):
            runs = done.drains[load][name]
            ours, spent = [run.rate for run in runs], [run.cpu for run in runs]
            rows.append([f"{name}, {what}", spread(ours), ratio(ours, rates), spread(spent), ratio(spent, cpus)])
    note = (
        f"pgbench claims {BATCH} jobs with FOR UPDATE SKIP LOCKED and completes them: two prepared statements, each a "
        "commit of its own, on the same server in the same rounds. It calls no function, writes no history and sends "
        "nothing; it is what a ledger in PostgreSQL can cost at the least."
    )
    return Section("limit", HEADING, _COLUMNS, rows, [note], {"pgbench": [asdict(run) for run in done.limits]})
