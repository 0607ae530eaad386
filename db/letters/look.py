"""Looks at letters: sums, lists and one letter, for operators; and what is told to systems later."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import text

from bellwork.db.letters.states import ENDINGS, PENDING, SENDING
from bellwork.db.letters.suppress import Suppression, hash_of
from bellwork.db.vocabulary.letter import PostedLetter

if TYPE_CHECKING:
    from datetime import datetime

    from sqlalchemy import Connection

_OPEN = (PENDING, SENDING)
#: Letters of one state are not counted beyond this.
MOST = 100_000
#: What operators see of a letter: neither its reader nor its words.
_SHOWN = """id, key, system, kind, state, reason, not_before, not_after, urgent, can_unsubscribe, template, message_id,
    domain, tries, held, bounces, posted_at, job_id, attempt, claimed_at, settled_at"""
_COUNTED = "SELECT count(*) FROM (SELECT FROM bellwork.letters WHERE {} LIMIT :most) counted"
_SUMS = text(f"""
SELECT ({_COUNTED.format("state = 'pending' AND urgent AND not_before <= now()")})
     + ({_COUNTED.format("state = 'pending' AND NOT urgent AND not_before <= now()")}) AS due,
       ({_COUNTED.format("state = 'pending' AND urgent AND not_before > now()")})
     + ({_COUNTED.format("state = 'pending' AND NOT urgent AND not_before > now()")}) AS later,
       ({_COUNTED.format("state = 'sending'")}) AS sending,
       ({_COUNTED.format("state = 'unknown'")}) AS unknown,
       ({_COUNTED.format("state = 'refused'")}) AS refused,
       ({_COUNTED.format("state = 'bounced'")}) AS bounced,
       least((SELECT min(not_before) FROM bellwork.letters WHERE state = 'pending' AND urgent),
             (SELECT min(not_before) FROM bellwork.letters WHERE state = 'pending' AND NOT urgent)) AS oldest
""")  # noqa: S608 - conditions of ours
# Each state has its own statement: so an index serves each, and none reads the letters of years.
_LIST = """
SELECT {shown} FROM bellwork.letters
WHERE {where} AND (CAST(:system AS text) IS NULL OR system = :system) AND id < :before ORDER BY id DESC LIMIT :limit
"""
_SHOW = text(f"SELECT {_SHOWN} FROM bellwork.letters WHERE id = :id OR key = :key ORDER BY id LIMIT 1")  # noqa: S608
_BOUNCES = text("SELECT kind, status, said, at FROM bellwork.bounces WHERE letter_id = :id ORDER BY id DESC LIMIT 20")
_SUPPRESSED = text("""
SELECT address_hash, list, why, said, domain, letter_id, at FROM bellwork.suppressed_addresses
WHERE CAST(:address_hash AS text) IS NULL OR address_hash = :address_hash ORDER BY at DESC, address_hash LIMIT :limit
""")
_WHERE: dict[str | None, str] = {None: "true", **{state: f"state = '{state}'" for state in (*_OPEN, *ENDINGS)}}
#: More digits than an id has.
_DIGITS = 19
_WAITING = text("""
SELECT count(*) FROM bellwork.letters WHERE state IN ('pending', 'sending') AND system = :system
""")
_POSTED = text("SELECT id, key, system, kind, person, recipient, details, state FROM bellwork.letters WHERE id = :id")


class Sums(NamedTuple):
    """How many letters stand how; none is counted beyond MOST. `oldest` is when the first that waits was due."""

    due: int
    later: int
    sending: int
    unknown: int
    refused: int
    bounced: int
    oldest: datetime | None


def sums(conn: Connection) -> Sums:
    """Count the letters that wait, and those that an operator may want to look at."""
    return Sums(*conn.execute(_SUMS, {"most": MOST}).one())


def list_letters(
    conn: Connection, limit: int, state: str | None = None, system: str | None = None, before: int | None = None
) -> list[dict[str, Any]]:
    """List letters (of a state, of a system), the newest first; `before` an id, for the next page."""
    asked = {"system": system, "before": before or (1 << 62), "limit": limit}
    statement = text(_LIST.format(shown=_SHOWN, where=_WHERE[state]))
    return [dict(row) for row in conn.execute(statement, asked).mappings()]


def show_letter(conn: Connection, which: str) -> dict[str, Any] | None:
    """Return a letter by its id or its key, with what came back of it; None where there is none."""
    number = int(which) if which.isascii() and which.isdigit() and len(which) < _DIGITS else -1
    row = conn.execute(_SHOW, {"id": number, "key": which}).mappings().one_or_none()
    if row is None:
        return None
    bounces = [dict(each) for each in conn.execute(_BOUNCES, {"id": row["id"]}).mappings()]
    return {**row, "bounced": bounces}


def list_suppressed(conn: Connection, limit: int, address: str | None = None) -> list[Suppression]:
    """List addresses that get no letters, the newest first; or why one gets none, by its address or its hash."""
    wanted = hash_of(address) if address and "@" in address else address
    found = conn.execute(_SUPPRESSED, {"address_hash": wanted, "limit": limit})
    return [Suppression(*row) for row in found]


def count_waiting(conn: Connection, system: str) -> int:
    """Count the letters of a system of which it is not known yet what becomes of them."""
    return int(conn.execute(_WAITING, {"system": system}).scalar_one())


def posted_letter(conn: Connection, letter: int) -> tuple[PostedLetter, str] | None:
    """Return a letter as its system sees it, with what is still kept of it, and its state; None where it is gone."""
    row = conn.execute(_POSTED, {"id": letter}).one_or_none()
    return (PostedLetter(*row[:-1]), row.state) if row else None
