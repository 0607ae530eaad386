"""Says what became of a claimed letter, or puts it back; each only by the attempt that holds it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection, TextClause

    from bellwork.db.letters.claim import Claimed, Holder
    from bellwork.db.vocabulary.letter import Ending

_HELD = "id = :id AND job_id = :job AND attempt = :attempt"
# What was said to somebody is nobody's business once it has served; one that may be sent again keeps its words.
# An attempt that was given up learns in the end what became of its letter: then it is not unknown.
_SETTLE = text(f"""
UPDATE bellwork.letters SET state = :state, reason = :reason, settled_at = now(),
    recipient = CASE WHEN :keep THEN recipient END, subject = CASE WHEN :keep THEN subject END,
    body = CASE WHEN :keep THEN body END, html = CASE WHEN :keep THEN html END,
    details = CASE WHEN :keep THEN details ELSE '{{}}' END
WHERE {_HELD} AND state IN ('sending', 'unknown')
RETURNING id
""")  # noqa: S608 - fragments of ours, values are bound
_SENT = text("""
UPDATE bellwork.letters SET state = 'sent', reason = NULL, settled_at = now(),
    recipient = NULL, subject = NULL, body = NULL, html = NULL, details = '{}'
WHERE id = ANY(CAST(:ids AS bigint[])) AND job_id = :job AND attempt = :attempt AND state IN ('sending', 'unknown')
RETURNING id
""")
_PUT_BACK = text(f"""
UPDATE bellwork.letters SET state = 'pending', reason = :reason, settled_at = NULL,
    not_before = now() + make_interval(secs => :seconds), tries = tries + :tries, held = held + :held
WHERE {_HELD} AND state IN ('sending', 'unknown')
RETURNING id
""")  # noqa: S608 - as above
_POSTPONE = text(f"""
UPDATE bellwork.letters
SET state = 'pending', reason = :reason, not_before = greatest(:until, now() + interval '1 second')
WHERE {_HELD} AND state = 'sending'
RETURNING id
""")  # noqa: S608 - as above
_ADDRESSES = text("""
UPDATE bellwork.letters l SET address_hash = a.address_hash, domain = a.domain
FROM unnest(CAST(:ids AS bigint[]), CAST(:hashes AS text[]), CAST(:domains AS text[])) AS a (id, address_hash, domain)
WHERE l.id = a.id AND (l.address_hash, l.domain) IS DISTINCT FROM (a.address_hash, a.domain)
""")
_TELL = text("SELECT bellwork.enqueue('mail.heed_settled', jsonb_build_object('letter_id', CAST(:id AS bigint)))")
#: Endings after which an operator may send it again, so that its words are kept, for a while (tidy).
_KEPT = frozenset({"unknown", "refused"})


class Address(NamedTuple):
    """Where a letter goes, without naming it."""

    address_hash: str
    domain: str


def note_addresses(conn: Connection, addresses: Mapping[int, Address]) -> None:
    """Keep where letters go, by id, in the transaction that claims them: one may arrive although its sender dies."""
    if addresses:
        hashes, domains = zip(*addresses.values(), strict=True)
        conn.execute(_ADDRESSES, {"ids": list(addresses), "hashes": list(hashes), "domains": list(domains)})


def settle_sent(conn: Connection, holder: Holder, letters: Sequence[int]) -> set[int]:
    """Say of letters that they were sent; returns those of which this attempt says so first."""
    if not letters:
        return set()
    return set(conn.execute(_SENT, {"ids": list(letters), **holder._asdict()}).scalars())


def settle(conn: Connection, letter: Claimed, state: Ending, reason: str | None = None) -> bool:
    """Say what became of a letter; False where this attempt does not hold it, or somebody has settled it."""
    return _done(conn, _SETTLE, letter, state=state, reason=reason, keep=state in _KEPT)


def put_back(conn: Connection, letter: Claimed, seconds: float, reason: str) -> bool:
    """Put a letter back that was certainly not taken, to be tried again after `seconds`; that was one of its tries."""
    return _done(conn, _PUT_BACK, letter, seconds=seconds, reason=reason, tries=1, held=0)


def hold_back(conn: Connection, letter: Claimed, seconds: float, reason: str) -> bool:
    """Put a letter back that was not taken through no fault of its own; it has as many tries as before."""
    return _done(conn, _PUT_BACK, letter, seconds=seconds, reason=reason, tries=0, held=1)


def postpone(conn: Connection, letter: Claimed, until: datetime, reason: str | None) -> bool:
    """Put a letter back that was not offered to anybody, until a moment; it counts as no try."""
    return _done(conn, _POSTPONE, letter, until=until, reason=reason)


def tell_later(conn: Connection, letter: int) -> None:
    """Have the system of a letter told by a job what became of it."""
    conn.execute(_TELL, {"id": letter})


def _done(conn: Connection, statement: TextClause, letter: Claimed, **asked: Any) -> bool:
    held = {"id": letter.id, "job": letter.job_id, "attempt": letter.attempt}
    return conn.execute(statement, {**held, **asked}).one_or_none() is not None
