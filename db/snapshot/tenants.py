"""For which tenant most of the jobs are that a queue is to run next: of the first of them, in the order of claims."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Sequence

    from psycopg import Connection as Driver

#: So many of a queue's jobs are looked at, the first in its order; of fewer ready ones nothing can be told.
LOOKED, FEWEST = 1_000, 20
#: The share of them from which on a tenant keeps the others waiting.
MOST = 0.5

_HEAVIEST = b"""
SELECT asked.queue, heaviest.tenant, heaviest.count, heaviest.looked
FROM unnest(%(queues)s::text[]) AS asked(queue), LATERAL (
    SELECT tenant, count(*) AS count, (sum(count(*)) OVER ())::bigint AS looked
    FROM (SELECT tenant, run_at FROM bellwork.jobs WHERE queue = asked.queue AND state = 'available'
          ORDER BY priority, run_at, id LIMIT %(most)s) first
    WHERE run_at <= now() GROUP BY tenant ORDER BY count(*) DESC, tenant LIMIT 1) heaviest
WHERE tenant IS NOT NULL AND looked >= %(fewest)s AND count > %(share)s * looked
"""


class Heaviest(NamedTuple):
    """A tenant, how many of the ready jobs that were looked at are for it, and how many were."""

    tenant: str
    jobs: int
    looked: int


def heaviest_tenants(driver: Driver[Any], queues: Sequence[str]) -> dict[str, Heaviest]:
    """Return, of these queues, those in which most ready jobs are for one tenant, with that tenant."""
    if not queues:
        return {}
    asked = {"queues": list(queues), "most": LOOKED, "fewest": FEWEST, "share": MOST}
    return {queue: Heaviest(*found) for queue, *found in driver.execute(_HEAVIEST, asked).fetchall()}
