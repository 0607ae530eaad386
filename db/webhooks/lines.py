"""Who delivers to an endpoint holds it, by his job's attempt, until nothing is due there: one holder at a time.

A holder reads what is due and changes nothing before he knows how a call went: what he leaves behind when he dies is
due as it was. A delivery that is committed while its endpoint is held is seen by the holder, for he lets the endpoint
go under its lock; so whoever finds it held has nothing to do.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from sqlalchemy import Connection

_DUE = "d.endpoint_id = e.id AND d.state = 'pending' AND d.next_at <= now()"
_OPEN = "e.state = 'active' AND (e.not_before IS NULL OR e.not_before <= now())"
# Locked in a statement of its own: the next one sees all that was committed while this one waited.
_LOCK_OF = text("""
SELECT e.id FROM bellwork.webhook_endpoints e
WHERE e.state = 'active' AND e.id <> ALL(CAST(:held AS bigint[])) AND e.id = ANY(ARRAY(
    SELECT d.endpoint_id FROM bellwork.webhook_deliveries d
    WHERE d.id = ANY(CAST(:deliveries AS bigint[])) AND d.state = 'pending'))
ORDER BY e.id FOR NO KEY UPDATE
""")
_LOCK_DUE = text(f"""
SELECT e.id FROM bellwork.webhook_endpoints e
WHERE {_OPEN} AND EXISTS (SELECT FROM bellwork.webhook_deliveries d WHERE {_DUE})
ORDER BY e.id FOR NO KEY UPDATE SKIP LOCKED
""")  # noqa: S608 - conditions of ours
_LOCK = text("""
SELECT id FROM bellwork.webhook_endpoints WHERE id = ANY(CAST(:endpoints AS bigint[])) ORDER BY id FOR NO KEY UPDATE
""")
_TAKE = text("""
UPDATE bellwork.webhook_endpoints e SET job_id = :job, attempt = :attempt
WHERE e.id = ANY(CAST(:endpoints AS bigint[]))
  AND (e.job_id IS NULL OR NOT EXISTS (
      SELECT FROM bellwork.jobs j WHERE j.id = e.job_id AND j.attempt = e.attempt AND j.state = 'running'))
  AND EXISTS (SELECT FROM bellwork.jobs j WHERE j.id = :job AND j.attempt = :attempt AND j.state = 'running')
RETURNING e.id
""")
_FETCH = text(f"""
SELECT d.id, d.endpoint_id AS endpoint, d.event_id AS event, d.event_type, d.ids, d.occurred_at, d.tries, e.url,
    ARRAY(SELECT s.secret FROM bellwork.webhook_secrets s
          WHERE s.endpoint_id = e.id AND (s.until IS NULL OR s.until > now()) ORDER BY s.made_at DESC) AS secrets
FROM bellwork.webhook_endpoints e
CROSS JOIN LATERAL (
    SELECT * FROM bellwork.webhook_deliveries d
    WHERE {_DUE} AND d.id <> ALL(CAST(:under_way AS bigint[])) ORDER BY d.next_at, d.id LIMIT :most) d
WHERE e.id = ANY(CAST(:endpoints AS bigint[])) AND {_OPEN} AND e.job_id = :job AND e.attempt = :attempt
ORDER BY d.next_at, d.id
""")  # noqa: S608 - conditions of ours
_RELEASE = text(f"""
UPDATE bellwork.webhook_endpoints e SET job_id = NULL, attempt = NULL
WHERE e.id = ANY(CAST(:endpoints AS bigint[])) AND e.job_id = :job AND e.attempt = :attempt
  AND NOT ({_OPEN} AND EXISTS (SELECT FROM bellwork.webhook_deliveries d WHERE {_DUE}))
RETURNING e.id
""")  # noqa: S608 - conditions of ours
_LEAVE = text("""
UPDATE bellwork.webhook_endpoints SET job_id = NULL, attempt = NULL
WHERE id = ANY(CAST(:endpoints AS bigint[])) AND job_id = :job AND attempt = :attempt
""")
_FIRST_DUE = text(f"""
SELECT d.id FROM bellwork.webhook_endpoints e
CROSS JOIN LATERAL (SELECT d.id FROM bellwork.webhook_deliveries d WHERE {_DUE} ORDER BY d.next_at, d.id LIMIT 1) d
WHERE e.id = ANY(CAST(:endpoints AS bigint[])) AND {_OPEN}
""")  # noqa: S608 - conditions of ours


class Holder(NamedTuple):
    """The attempt of a job that delivers."""

    job: int
    attempt: int


@dataclass(frozen=True)
class Due:
    """A delivery that is due, with what its call needs: its secrets, the newest first, and how many tries were made."""

    id: int
    endpoint: int
    event: str
    event_type: str
    ids: dict[str, Any]
    occurred_at: datetime
    tries: int
    url: str
    secrets: tuple[str, ...] = field(repr=False)


def take(conn: Connection, holder: Holder, deliveries: Collection[int] | None, held: Collection[int] = ()) -> set[int]:
    """Hold the endpoints of these deliveries, None: all where something is due, that nobody holds; returns their ids.

    Nobody holds what an attempt held that does not run any more. None are held for an attempt that itself does not.
    Those that are `held` already are left out.
    """
    if deliveries is None:
        locked = conn.scalars(_LOCK_DUE).all()
    else:
        locked = conn.scalars(_LOCK_OF, {"deliveries": list(deliveries), "held": list(held)}).all()
    return set(conn.scalars(_TAKE, {"endpoints": locked, **holder._asdict()})) if locked else set()


def fetch(
    conn: Connection, holder: Holder, endpoints: Collection[int], under_way: Collection[int], most: int
) -> list[Due]:
    """Return up to `most` deliveries that are due at each of these endpoints, and are not among those under way."""
    asked = {"endpoints": list(endpoints), "under_way": list(under_way), "most": most, **holder._asdict()}
    return [Due(**{**row, "secrets": tuple(row["secrets"])}) for row in conn.execute(_FETCH, asked).mappings()]


def release(conn: Connection, holder: Holder, endpoints: Collection[int]) -> set[int]:
    """Let those of the endpoints go at which nothing is due, and return them."""
    asked = {"endpoints": list(endpoints), **holder._asdict()}
    conn.execute(_LOCK, asked)
    return set(conn.scalars(_RELEASE, asked))


def leave(conn: Connection, holder: Holder, endpoints: Collection[int]) -> list[int]:
    """Let the endpoints go, whatever is due; returns a delivery of each where something is, for the next holder."""
    asked = {"endpoints": list(endpoints), **holder._asdict()}
    conn.execute(_LOCK, asked)
    conn.execute(_LEAVE, asked)
    return list(conn.scalars(_FIRST_DUE, asked))
