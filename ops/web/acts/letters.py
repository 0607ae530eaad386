"""Decide about a letter of which nobody knows whether it came; let letters go to an address again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.letters import acts, look
from bellwork.db.letters.states import RESENDABLE
from bellwork.db.letters.suppress import SHOWN, masked
from bellwork.db.reading import hurried
from bellwork.ops.web.access import Role
from bellwork.ops.web.acts.kind import Act, Done, NotPossible, Preview

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from bellwork.db.ledger import ChangedBy
    from bellwork.db.letters.suppress import Suppression
    from bellwork.ops.web.acts.kind import Asked, Form

STATEMENT = 5.0
#: Addresses that are looked through for one of which the beginning of its hash is given.
MOST = 1_000


def _letter(conn: Connection, asked: Asked, states: tuple[str, ...]) -> int:
    found = look.show_letter(conn, asked.get("letter", ""))
    if found is None:
        raise NotPossible("There is no such letter.")
    if found["state"] not in states:
        raise NotPossible(f"Letter {found['id']} is {found['state']}; this is for one that is {' or '.join(states)}.")
    return int(found["id"])


def _previewing(verb: str, said: str, states: tuple[str, ...]) -> Callable[[Connection, Asked], Preview]:
    def preview(conn: Connection, asked: Asked) -> Preview:
        letter = _letter(conn, asked, states)
        return Preview(said.format(letter), f"bellwork letters {verb} {letter} --reason …", back="/mail")

    return preview


def _doing(
    act: Callable[[Connection, int, ChangedBy], str | None], said: str, states: tuple[str, ...]
) -> Callable[[Asked, Form, ChangedBy], Done]:
    def do(asked: Asked, form: Form, by: ChangedBy) -> Done:
        del form
        with hurried(STATEMENT) as conn:
            letter = _letter(conn, asked, states)
            was = act(conn, letter, by)
        if was is None:
            raise NotPossible(f"Letter {letter} is in another state by now; nothing was changed.")
        return Done(f"Letter {letter} was {was}; {said}.", back="/mail")

    return do


def _stopped(conn: Connection, asked: Asked) -> Suppression:
    begin, of = asked.get("address", ""), asked.get("list", "")
    found = [
        each for each in look.list_suppressed(conn, MOST) if masked(each.address_hash) == begin and each.list == of
    ]
    if len(begin) != SHOWN or not found:
        raise NotPossible(f"No such address is among the newest {MOST:,} that get no letters.")
    return found[0]


def _before_lift(conn: Connection, asked: Asked) -> Preview:
    found = _stopped(conn, asked)
    said = f"Letters of {found.list or 'all lists'} go to this address again. What stood against it: {found.why}."
    of = f" --list {found.list}" if found.list else ""
    command = f"bellwork letters lift {masked(found.address_hash)}{of} --reason …"
    return Preview(said, command, undo="bellwork letters stop ADDRESS", back="/mail")


def _lift(asked: Asked, form: Form, by: ChangedBy) -> Done:
    del form
    with hurried(STATEMENT) as conn:
        found = _stopped(conn, asked)
        lifted = acts.lift(conn, found.address_hash, by, found.list)
    return Done(
        f"Letters go there again; what stood against it: {', '.join(each.why for each in lifted)}.", back="/mail"
    )


ACTS = {
    "letters/resend": Act(
        "Send letter again",
        _previewing("resend", "Letter {} is sent again; if it came before, its reader gets two.", RESENDABLE),
        _doing(acts.resend, "it waits to be sent", RESENDABLE),
    ),
    "letters/believe": Act(
        "Believe that it came",
        _previewing("believe", "Letter {} counts as sent, and is not sent again.", ("unknown",)),
        _doing(acts.believe_sent, "it counts as sent", ("unknown",)),
    ),
    "letters/lift": Act("Lift suppression", _before_lift, _lift, Role.ADMIN),
}
