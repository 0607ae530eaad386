"""What the content system says to its letters before they are sent, and keeps of them afterwards (docs/letters.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.tasks.content.notify import NOTICE, check_notice, notice_settled
from bellwork.tasks.content.retention.contract_letters import check_contract_letter, contract_letter_settled

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.vocabulary import PostedLetter, Verdict


def check(conn: Connection, letter: PostedLetter) -> Verdict:
    """Ask whoever writes letters of this kind."""
    if letter.kind == NOTICE:
        return check_notice(conn, letter)
    return check_contract_letter(conn, letter)


def settled(conn: Connection, letter: PostedLetter, state: str) -> None:
    """Tell whoever writes letters of this kind."""
    if letter.kind == NOTICE:
        notice_settled(conn, letter, state)
    else:
        contract_letter_settled(conn, letter, state)
