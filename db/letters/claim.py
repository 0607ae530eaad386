"""Takes the next letters: by compare-and-set, for one attempt of one job, before anything is said to a mail server."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

_MINE = "state = 'pending' AND not_before <= now() AND system = ANY(CAST(:systems AS text[]))"
_FIRST = "ORDER BY not_before, id LIMIT :most FOR UPDATE SKIP LOCKED"
SHOWN = """l.id, l.key, l.system, l.kind, l.person, l.recipient, l.subject, l.body, l.html, l.template, l.details,
    l.can_unsubscribe, l.urgent, l.not_before, l.not_after, l.tries, l.held, l.message_id, l.job_id, l.attempt"""
# Whoever no longer holds his job takes no letter: another attempt may be at work.
_CLAIM = text(f"""
WITH urgent AS (SELECT id FROM bellwork.letters WHERE {_MINE} AND urgent {_FIRST}),
    usual AS (SELECT id FROM bellwork.letters WHERE {_MINE} AND NOT urgent
        ORDER BY not_before, id LIMIT :most - (SELECT count(*) FROM urgent) FOR UPDATE SKIP LOCKED)
UPDATE bellwork.letters l SET state = 'sending', job_id = :job, attempt = :attempt, claimed_at = now()
WHERE l.id = ANY(ARRAY(SELECT id FROM urgent UNION ALL SELECT id FROM usual))
  AND EXISTS (SELECT FROM bellwork.jobs j WHERE j.id = :job AND j.attempt = :attempt AND j.state = 'running')
RETURNING {SHOWN}
""")  # noqa: S608 - fragments of ours, values are bound
_COUNT = text(f"""
SELECT count(*) FROM (
    (SELECT FROM bellwork.letters WHERE {_MINE} AND urgent LIMIT :most)
    UNION ALL
    (SELECT FROM bellwork.letters WHERE {_MINE} AND NOT urgent LIMIT :most)) due
""")  # noqa: S608 - as above
_EXPIRE = text(f"""
UPDATE bellwork.letters l
SET state = 'expired', reason = 'its time was over before it could be sent', settled_at = now()
WHERE id = ANY(ARRAY(
    SELECT id FROM bellwork.letters
    WHERE state = 'pending' AND not_after <= now() AND system = ANY(CAST(:systems AS text[]))
    ORDER BY not_after LIMIT :most FOR UPDATE SKIP LOCKED))
RETURNING {SHOWN}
""")  # noqa: S608 - as above
# What an attempt left that does not run any more, and of which no mark is there (runs.py): perhaps its mail went out,
# so nobody may send it again unasked.
_STRAYS = text(f"""
UPDATE bellwork.letters l SET state = 'unknown', reason = 'whoever sent it died before he could say how it went',
    settled_at = now()
WHERE id = ANY(ARRAY(
    SELECT id FROM bellwork.letters s WHERE state = 'sending' AND system = ANY(CAST(:systems AS text[]))
      AND NOT EXISTS (
          SELECT FROM bellwork.jobs j WHERE j.id = s.job_id AND j.attempt = s.attempt AND j.state = 'running')
      AND NOT EXISTS (SELECT FROM bellwork.mail_runs r WHERE r.job_id = s.job_id AND r.attempt = s.attempt)
    ORDER BY id LIMIT :most FOR UPDATE SKIP LOCKED))
RETURNING {SHOWN}
""")  # noqa: S608 - as above


class Holder(NamedTuple):
    """The attempt of a job that sends."""

    job: int
    attempt: int


class Claimed(NamedTuple):
    """A letter as its row has it."""

    id: int
    key: str
    system: str
    kind: str
    person: str | None
    recipient: str | None
    subject: str | None
    body: str | None
    html: str | None
    template: str | None
    details: dict[str, Any]
    can_unsubscribe: bool
    urgent: bool
    not_before: datetime
    not_after: datetime | None
    tries: int
    held: int
    message_id: str
    job_id: int | None
    attempt: int | None


def claim_letters(conn: Connection, holder: Holder, systems: Sequence[str], most: int) -> list[Claimed]:
    """Claim the letters of these systems that are due first, urgent ones before others, and return them in that order.

    They are `sending` from the commit on. None are claimed for an attempt that does not hold its job any more.
    """
    asked = {"systems": list(systems), "most": most, **holder._asdict()}
    found = [Claimed(*row) for row in conn.execute(_CLAIM, asked)]
    return sorted(found, key=lambda each: (not each.urgent, each.not_before, each.id))


def count_due(conn: Connection, systems: Sequence[str], most: int) -> int:
    """Count the letters that are due now, up to about `most`."""
    return int(conn.execute(_COUNT, {"systems": list(systems), "most": most}).scalar_one())


def expire_letters(conn: Connection, systems: Sequence[str], most: int = 1_000) -> list[Claimed]:
    """End letters whose time is over; returns them, `most` at a time."""
    return [Claimed(*row) for row in conn.execute(_EXPIRE, {"systems": list(systems), "most": most})]


def find_strays(conn: Connection, systems: Sequence[str], most: int = 1_000) -> list[Claimed]:
    """Find letters that are `sending` by an attempt that neither runs nor has marks, and call them `unknown`."""
    return [Claimed(*row) for row in conn.execute(_STRAYS, {"systems": list(systems), "most": most})]
