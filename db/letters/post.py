"""Enters letters in the caller's transaction, each once by its key; calls off what waits, and forgets a person."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime

    from sqlalchemy import Connection

_COLUMNS = (
    *("key", "system", "kind", "person", "recipient", "subject", "body", "html", "template", "details"),
    *("can_unsubscribe", "urgent", "not_before", "not_after"),
)
_GIVEN = """jsonb_to_recordset(CAST(:letters AS jsonb)) AS l(
    key text, system text, kind text, person text, recipient text, subject text, body text, html text, template text,
    details jsonb, can_unsubscribe boolean, urgent boolean, not_before timestamptz, not_after timestamptz)"""
# One that was called off was never sent, and is as good as none. Of two with one key the first counts.
_POST = text(f"""
INSERT INTO bellwork.letters AS old ({", ".join(_COLUMNS)})
SELECT DISTINCT ON (key) key, system, kind, person, recipient, subject, body, html, template, details, can_unsubscribe,
       urgent, coalesce(not_before, now()), not_after
FROM {_GIVEN}
ORDER BY key
ON CONFLICT (key) DO UPDATE SET ({", ".join(_COLUMNS[1:])}, state, reason, settled_at, tries, held, posted_at) = (
    {", ".join(f"excluded.{name}" for name in _COLUMNS[1:])}, 'pending', NULL, NULL, 0, 0, now())
WHERE old.state = 'superseded'
RETURNING key, id
""")  # noqa: S608 - names of columns, which stand above
_CALL_OFF = text("""
UPDATE bellwork.letters SET state = 'superseded', reason = :why, settled_at = now(),
    recipient = NULL, subject = NULL, body = NULL, html = NULL, details = '{}'
WHERE system = :system AND state = 'pending' AND key = ANY(CAST(:keys AS text[]))
RETURNING id
""")
_CALL_OFF_PERSON = text("""
UPDATE bellwork.letters SET state = 'superseded', reason = :why, settled_at = now(),
    recipient = NULL, subject = NULL, body = NULL, html = NULL, details = '{}'
WHERE system = :system AND state = 'pending' AND person = :person AND (CAST(:kind AS text) IS NULL OR kind = :kind)
RETURNING id
""")
_CALL_OFF_UNKNOWN = text("""
UPDATE bellwork.letters SET state = 'superseded', reason = :why
WHERE system = :system AND state = 'unknown' AND key = ANY(CAST(:keys AS text[]))
RETURNING id
""")
_FORGET = text("""
UPDATE bellwork.letters SET
    state = CASE state WHEN 'pending' THEN 'suppressed' ELSE state END,
    reason = CASE state WHEN 'pending' THEN 'its reader was erased' ELSE reason END,
    settled_at = CASE state WHEN 'pending' THEN now() ELSE settled_at END,
    person = NULL, recipient = NULL, subject = NULL, body = NULL, html = NULL, details = '{}'
WHERE person = :person AND system = :system
RETURNING id
""")


@dataclass(frozen=True, kw_only=True)
class NewLetter:
    """A letter to be sent, once for its key, which names what it is about (`companion.nudge:1234`), and nobody.

    `system` is the word of a system, `kind` what it calls letters like this: one unsubscribes from `system.kind`, where
    `can_unsubscribe` says that one may. `person` is the id by which the system knows its reader. The words are
    `subject`, `text` and `html`, or a `template` that is filled with `details`; what is missing, the system's `check`
    gives when the letter is about to be sent. It goes no sooner than `not_before` and not at all from `not_after` on;
    an `urgent` one goes before all others.
    """

    key: str
    system: str
    kind: str
    to: str | None = None
    person: str | None = None
    subject: str | None = None
    text: str | None = None
    html: str | None = None
    template: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)
    can_unsubscribe: bool = False
    urgent: bool = False
    not_before: datetime | None = None
    not_after: datetime | None = None


def post_letters(conn: Connection, letters: Sequence[NewLetter]) -> list[int | None]:
    """Enter letters in the caller's transaction; returns the id of each, None where its key has one already.

    One statement, however many. Somebody else's open transaction that enters the same key is waited for.
    """
    asked = json.dumps([_row(letter) for letter in letters], default=_plain)
    new = {row.key: row.id for row in conn.execute(_POST, {"letters": asked})}
    return [new.pop(letter.key, None) for letter in letters]


def call_off(conn: Connection, system: str, why: str, keys: Sequence[str]) -> int:
    """Call off letters of a system with these keys that still wait; returns how many.

    One that is being sent is sent. Those that were called off are `superseded`, and may be posted again.
    """
    return len(conn.execute(_CALL_OFF, {"system": system, "why": why, "keys": list(keys)}).all())


def call_off_person(conn: Connection, system: str, why: str, person: str, kind: str | None = None) -> int:
    """Call off letters of a system to a person (of one kind) that still wait; returns how many."""
    return len(conn.execute(_CALL_OFF_PERSON, {"system": system, "why": why, "person": person, "kind": kind}).all())


def call_off_unknown(conn: Connection, system: str, why: str, keys: Sequence[str]) -> int:
    """Let letters be posted again of which nobody knows whether they were taken; returns how many.

    For what is better said twice than not at all: whoever posts them again may send them a second time.
    """
    return len(conn.execute(_CALL_OFF_UNKNOWN, {"system": system, "why": why, "keys": list(keys)}).all())


def forget_person(conn: Connection, system: str, person: str) -> int:
    """Erase what letters of a system say of a person, and send none that waits; returns how many letters that were.

    The hash of an address stays, so that what bounces or was unsubscribed is known.
    """
    return len(conn.execute(_FORGET, {"system": system, "person": person}).all())


def _row(letter: NewLetter) -> dict[str, Any]:
    row = asdict(letter)
    return {**row, "recipient": row.pop("to"), "body": row.pop("text")}


def _plain(value: Any) -> str:
    return value.isoformat() if hasattr(value, "isoformat") else str(value)
