"""What the content system says to its letters before they are sent, and keeps of them afterwards (docs/letters.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.vocabulary import Drop
from bellwork.tasks.content.accounts.letters import CHECKS
from bellwork.tasks.content.alerts.letters import ALERT, check_alert
from bellwork.tasks.content.issues import ISSUE, check_issue
from bellwork.tasks.content.notify import NOTICE, check_notice, notice_settled
from bellwork.tasks.content.retention.contract_letters import CONTRACT, check_contract_letter, contract_letter_settled

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection

    from bellwork.db.vocabulary import PostedLetter, Verdict

#: By the kind of a letter.
_CHECKS: dict[str, Callable[[Connection, PostedLetter], Verdict]] = {
    NOTICE: check_notice,
    CONTRACT: check_contract_letter,
    ISSUE: check_issue,
    **CHECKS,
    ALERT: check_alert,
}


def check(conn: Connection, letter: PostedLetter) -> Verdict:
    """Ask whoever writes letters of this kind."""
    ask = _CHECKS.get(letter.kind)
    return ask(conn, letter) if ask else Drop(f"there are no letters of the kind {letter.kind!r}", "expired")


def settled(conn: Connection, letter: PostedLetter, state: str) -> None:
    """Tell whoever writes letters of this kind, where he keeps what became of them."""
    if letter.kind == NOTICE:
        notice_settled(conn, letter, state)
    elif letter.kind == CONTRACT:
        contract_letter_settled(conn, letter, state)
