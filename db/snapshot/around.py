"""What else may be amiss, beside the queues: looked at now and then by a scheduler, and kept with the snapshot."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from bellwork.db.engine import psycopg_of, transaction
from bellwork.db.ledger import quarantined
from bellwork.db.letters import read_hold
from bellwork.db.letters.look import sums
from bellwork.db.partitions import short_of_partitions
from bellwork.db.pipelines.book import last_compared
from bellwork.db.plain import plain
from bellwork.db.snapshot.concerns import list_concerns
from bellwork.db.webhooks.endpoints import disabled_endpoints

if TYPE_CHECKING:
    from typing import Any

    from sqlalchemy import Connection

#: Seconds between two looks of the fleet.
EVERY = 10.0

_IS_DUE = (
    b"SELECT FROM bellwork.snapshot WHERE (around_at BETWEEN now() - make_interval(secs => %s) AND now()) IS NOT TRUE"
)
_KEEP = b"UPDATE bellwork.snapshot SET around = %s::jsonb, around_at = now()"


def look_around(conn: Connection) -> dict[str, Any]:
    """Return quarantined actors, tables short of partitions, letters and their hold, disabled endpoints, and so on."""
    hold = read_hold(conn)
    return {
        "quarantined": quarantined(conn),
        "short_of_partitions": short_of_partitions(conn),
        "letters": sums(conn)._asdict(),
        "mail_hold": hold._asdict() if hold else None,
        "webhooks": [each._asdict() for each in disabled_endpoints(conn)],
        "reconciled": [last.brief for last in last_compared(conn)],
        "concerns": list_concerns(conn),
    }


def keep_around() -> bool:
    """Look and keep it, if no other scheduler has just done so."""
    with transaction() as conn:
        driver = psycopg_of(conn)
        if not driver.execute(_IS_DUE, (0.9 * EVERY,)).rowcount:
            return False
        driver.execute(_KEEP, (json.dumps(look_around(conn), default=plain),))
    return True
