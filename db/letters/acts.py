"""What operators do to letters: each act is recorded in its transaction, with who and why."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from bellwork.db.ledger.acts import record_act
from bellwork.db.letters.settle import tell_later
from bellwork.db.letters.states import RESENDABLE
from bellwork.db.letters.suppress import SHOWN, Suppression, hash_of, masked

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.ledger import ChangedBy

_LOCK = text("SELECT id, key, state, reason FROM bellwork.letters WHERE id = :id FOR UPDATE")
_RESEND = text("""
UPDATE bellwork.letters SET state = 'pending', reason = NULL, settled_at = NULL, tries = 0, held = 0,
    not_before = now(), not_after = CASE WHEN not_after > now() THEN not_after END
WHERE id = :id
""")
_TAKEN = text("UPDATE bellwork.letters SET state = 'sent', reason = :reason WHERE id = :id")
_WAKE = text("SELECT bellwork.enqueue('mail.wake')")
_LIFT = text("""
DELETE FROM bellwork.suppressed_addresses
WHERE starts_with(address_hash, :begin) AND (CAST(:list AS text) IS NULL OR list = :list)
RETURNING address_hash, list, why, said, domain, letter_id, at
""")
_STOP = text("""
INSERT INTO bellwork.suppressed_addresses (address_hash, why, said, domain)
VALUES (:address_hash, 'operator', :said, :domain) ON CONFLICT DO NOTHING RETURNING address_hash
""")


def resend(conn: Connection, letter: int, changed_by: ChangedBy) -> str | None:
    """Have a letter sent that is `unknown` or `refused`; returns what it was, None where it is none of these.

    Whoever decides so knows that its reader may get it twice. Its system is asked again before it goes.
    """
    return _changed(conn, letter, changed_by, "letters resend", RESENDABLE)


def believe_sent(conn: Connection, letter: int, changed_by: ChangedBy) -> str | None:
    """Call an `unknown` letter sent, for somebody knows that it was; returns what it was, None where it is another."""
    return _changed(conn, letter, changed_by, "letters believe", ("unknown",))


def lift(conn: Connection, address: str, changed_by: ChangedBy, list_: str | None = None) -> list[Suppression]:
    """Let letters go to an address again (of one list, `system.kind`); returns what stood against it.

    The address may be given by its hash, or by as much of that as a list shows.
    """
    begin = hash_of(address) if "@" in address else address
    if len(begin) < SHOWN:
        return []
    found = [Suppression(*row) for row in conn.execute(_LIFT, {"begin": begin, "list": list_})]
    for each in found:
        before = {"list": each.list, "why": each.why}
        record_act(conn, changed_by, "letters lift", f"address {masked(each.address_hash)}", before)
    return found


def stop(conn: Connection, address: str, changed_by: ChangedBy) -> bool:
    """Let no letter go to an address any more; False where that is so already."""
    asked = {"address_hash": hash_of(address), "said": changed_by.why, "domain": address.rpartition("@")[2].lower()}
    if conn.execute(_STOP, asked).one_or_none() is None:
        return False
    record_act(conn, changed_by, "letters stop", f"address {masked(asked['address_hash'])}", {}, {"why": "operator"})
    return True


def _changed(conn: Connection, letter: int, changed_by: ChangedBy, what: str, states: tuple[str, ...]) -> str | None:
    row = conn.execute(_LOCK, {"id": letter}).one_or_none()
    if row is None or row.state not in states:
        return None
    again = what == "letters resend"
    conn.execute(_RESEND if again else _TAKEN, {"id": letter, "reason": f"believed by an operator: {changed_by.why}"})
    if again:
        conn.execute(_WAKE)
    else:
        tell_later(conn, letter)
    after = {"state": "pending" if again else "sent"}
    record_act(conn, changed_by, what, f"letter {letter}", {"state": row.state, "reason": row.reason}, after)
    return str(row.state)
