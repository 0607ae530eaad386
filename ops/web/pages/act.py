"""An act: first what it would do, with a form for the reason; then that it was done, and how it is undone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.exceptions import HTTPException

from bellwork.db.engine import DatabaseError
from bellwork.db.ledger import ChangedBy
from bellwork.db.outage import explain
from bellwork.db.outdated import through_migrations
from bellwork.ops.web.acts import ACTS
from bellwork.ops.web.acts.kind import NotPossible
from bellwork.ops.web.asked import NotKnown, ledger, whole
from bellwork.ops.web.forms import account_of, insist, posted
from bellwork.ops.web.look import page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from bellwork.ops.web.acts import Act
    from bellwork.ops.web.acts.kind import Asked, Preview
    from bellwork.ops.web.forms import Form

#: For more than so many the number is typed; a reason is this long at most.
CONFIRM, LONGEST_REASON = 100, 500


@through_migrations
def before(request: Request) -> Response:
    """Show what an act would do, and ask for a reason."""
    act, asked = _act(request), _asked(request)
    if not account_of(request).may(act.role):
        who = account_of(request)
        raise HTTPException(403, f"This takes the role {act.role.word}; you are {who.name}, {who.role.word}.")
    return _shown(request, act, asked)


@posted
def do(request: Request, form: Form) -> Response:
    """Do it, as whoever is signed in, for the reason that they gave."""
    act, asked = _act(request), _asked(request)
    account = insist(request, form, act.role)
    reason = " ".join(form.get("reason", "").split())[:LONGEST_REASON]
    if not reason:
        return _shown(request, act, asked, form, "Say why: it is kept with the act.")
    try:
        with ledger() as conn:
            preview = act.preview(conn, asked)
        if wrong := _unconfirmed(preview, form):
            return _shown(request, act, asked, form, wrong)
        done = act.do(asked, form, ChangedBy(account.name, reason))
    except NotPossible as why:
        return _refused(request, act, str(why), 409)
    except DatabaseError as error:
        return _refused(request, act, f"{explain(error) or 'PostgreSQL refused this'}.", 503)
    return page(request, "done.html", title=act.title, done=done)


def _act(request: Request) -> Act:
    if (act := ACTS.get(request.path_params["name"])) is None:
        raise NotKnown("There is no such act.")
    return act


def _asked(request: Request) -> Asked:
    asked: Asked = {}
    for name, value in request.query_params.multi_items():
        text = value.strip().replace("\0", "")
        asked[name] = f"{asked[name]},{text}" if name in asked else text
    return {name: value for name, value in asked.items() if value}


def _shown(request: Request, act: Act, asked: Asked, form: Form | None = None, wrong: str = "") -> Response:
    try:
        with ledger() as conn:
            preview = act.preview(conn, asked)
    except NotPossible as why:
        return _refused(request, act, str(why), 409)
    shown = {"act": act, "preview": preview, "given": form or {}, "wrong": wrong, "confirm": _number(preview)}
    return page(request, "act.html", status=422 if wrong else 200, title=act.title, **shown)


def _number(preview: Preview) -> int | None:
    """Return what is to be typed; None for few."""
    return preview.count if preview.count > CONFIRM else None


def _unconfirmed(preview: Preview, form: Form) -> str:
    """Say what is wrong with the confirmation: it is for the number that was shown, if there are no more by now."""
    typed, seen = whole(form.get("confirm", "").replace(",", "").strip()), whole(form.get("seen", ""))
    if _number(preview) is None:
        return "" if seen is None or preview.count <= seen else f"There are more by now: {preview.count}. Look again."
    if seen is None or typed != seen:
        return f"Type {preview.count} to confirm."
    return "" if preview.count <= seen else f"There are more by now: type {preview.count} to confirm."


def _refused(request: Request, act: Act, said: str, status: int) -> Response:
    return page(request, "trouble.html", status=status, title=f"{act.title}: not done", said=said)
