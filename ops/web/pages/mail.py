"""Letters: how many stand how, those of which nobody knows whether they came, and addresses that get none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.letters import look, read_hold
from bellwork.db.letters.states import ENDINGS, PENDING, RESENDABLE, SENDING
from bellwork.db.letters.suppress import masked
from bellwork.db.outdated import through_migrations
from bellwork.ops.web.asked import asked, asked_id, ledger
from bellwork.ops.web.look import page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import HTMLResponse

#: Letters and addresses on a page.
LETTERS, ADDRESSES = 30, 20
STATES = (PENDING, SENDING, *ENDINGS)


@through_migrations
def mail(request: Request) -> HTMLResponse:
    """Show letters of a state, the unknown ones unless told; of nobody the name, the address or a word."""
    state = asked(request, "state")
    state = state if state in {*STATES, "any"} else "unknown"
    with ledger() as conn:
        chosen = None if state == "any" else state
        letters = look.list_letters(conn, LETTERS + 1, chosen, before=asked_id(request, "before"))
        sums, hold, stopped = look.sums(conn), read_hold(conn), look.list_suppressed(conn, ADDRESSES)
    return page(
        request,
        "mail.html",
        title="Mail",
        sums=sums,
        hold=hold,
        letters=letters[:LETTERS],
        older=letters[LETTERS - 1]["id"] if len(letters) > LETTERS else None,
        state=state,
        states=STATES,
        resendable=RESENDABLE,
        stopped=stopped,
        masked=masked,
    )
