"""What else may be amiss, beside the queues: looked at now and then by a scheduler, and kept with the snapshot."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bellwork.db.engine import psycopg_of, single_statements, transaction
from bellwork.db.ledger import quarantined
from bellwork.db.ledger.occurrences import fold_occurrences
from bellwork.db.letters import read_hold
from bellwork.db.letters.look import sums
from bellwork.db.partitions import standing
from bellwork.db.pipelines.book import last_compared
from bellwork.db.plain import plain
from bellwork.db.snapshot.concerns import list_concerns
from bellwork.db.snapshot.ground import look_at_ground
from bellwork.db.webhooks.endpoints import disabled_endpoints

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from sqlalchemy import Connection

    Missing = Callable[[], Mapping[str, int] | None]

#: Seconds between two looks of the fleet.
EVERY = 10.0

_IS_DUE = b"""
SELECT around FROM bellwork.snapshot
WHERE (around_at BETWEEN now() - make_interval(secs => %s) AND now()) IS NOT TRUE
"""
_KEEP = b"UPDATE bellwork.snapshot SET around = %s::jsonb, around_at = now()"


def look_around(conn: Connection, before: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Return quarantined actors, tables short of partitions, letters and their hold, disabled endpoints, and so on.

    `before` is what the look before has found: what is past, and is still worth knowing, is taken from it.
    """
    hold = read_hold(conn)
    short, tables = standing(conn)
    return {
        "quarantined": quarantined(conn),
        "short_of_partitions": short,
        "letters": sums(conn)._asdict(),
        "mail_hold": hold._asdict() if hold else None,
        "webhooks": [each._asdict() for each in disabled_endpoints(conn)],
        "reconciled": [last.brief for last in last_compared(conn)],
        "concerns": list_concerns(conn),
        "ground": look_at_ground(conn, tables, (before or {}).get("ground", {})),
    }


def keep_around(missing: Missing | None = None) -> bool:
    """Look and keep it, if no other scheduler has just done so.

    `missing` counts, by queue, due jobs that Redis should have and has not; None where Redis is away.
    """
    with single_statements() as conn:
        if not psycopg_of(conn).execute(_IS_DUE, (0.9 * EVERY,)).rowcount:
            return False
    lacking = missing() if missing else None
    with transaction() as conn:
        driver = psycopg_of(conn)
        due = driver.execute(_IS_DUE, (0.9 * EVERY,)).fetchone()
        if due is None:
            return False
        fold_occurrences(driver)
        found = look_around(conn, due[0])
        found["ground"]["due_missing"] = lacking
        driver.execute(_KEEP, (json.dumps(found, default=plain),))
    return True
