"""What came back: counted once for each message that says so, and held against the letter's own address."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from sqlalchemy import text

from bellwork.db.letters.settle import Address, tell_later
from bellwork.db.letters.suppress import suppress

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ENTER = text("""
INSERT INTO bellwork.bounces (source, letter_id, kind, status, said)
VALUES (:source, :letter, :kind, :status, :said) ON CONFLICT DO NOTHING RETURNING id
""")
_LETTER = text("""
SELECT id, state, address_hash, domain FROM bellwork.letters
WHERE message_id = :message_id AND state IN ('sent', 'unknown', 'bounced') FOR UPDATE
""")
_COUNT = text("UPDATE bellwork.letters SET bounces = bounces + 1 WHERE id = :id")
_BOUNCED = text("""
UPDATE bellwork.letters SET state = 'bounced', reason = :said, bounces = bounces + 1, settled_at = now() WHERE id = :id
""")


class Bounce(NamedTuple):
    """What a message reported, and of which letter; None: of none that is known here."""

    kind: str
    letter: int | None
    status: str | None = None
    said: str | None = None


def enter_bounce(conn: Connection, source: str, bounce: Bounce, message_id: str | None) -> Bounce | None:
    """Enter what a message reports of the letter with this Message-ID; None where that message was entered before.

    `source` is the hash of the message. A permanent one and a complaint suppress the letter's own address; a temporary
    one counts; one that is delayed does nothing. One of no letter of ours is kept, and suppresses nobody.
    """
    row = conn.execute(_LETTER, {"message_id": message_id}).one_or_none() if message_id else None
    found = bounce._replace(letter=row.id if row else None)
    if conn.execute(_ENTER, {"source": source, **found._asdict()}).one_or_none() is None:
        return None
    if row is None or found.kind not in {"permanent", "temporary", "complaint"}:
        return found
    if found.kind == "permanent":
        conn.execute(_BOUNCED, {"id": row.id, "said": found.said or "it came back"})
        tell_later(conn, row.id)
    else:
        conn.execute(_COUNT, {"id": row.id})
    if found.kind != "temporary" and row.address_hash:
        address = Address(row.address_hash, row.domain or "")
        suppress(conn, address, "bounced" if found.kind == "permanent" else "complained", found.said, row.id)
    return found
