"""What a page posts: read whole or not at all, from a page of ours alone, by somebody who may."""

from __future__ import annotations

import hmac
from functools import wraps
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from bellwork.ops.web.access import Account, Role

    Form = dict[str, str]
    Posted = Callable[[Request, Form], Response]

#: Bytes and fields of a form: a reason, some ids, a filter.
MOST_BYTES, MOST_FIELDS = 65_536, 1_000
_KIND = "application/x-www-form-urlencoded"


def account_of(request: Request) -> Account:
    """Return who asks."""
    account: Account = request.state.account
    return account


def posted(page: Posted) -> Callable[[Request], Awaitable[Response]]:
    """Give a page the form that was posted to it, in a thread of its own."""

    @wraps(page)
    async def read(request: Request) -> Response:
        form = await _form(request)
        return await run_in_threadpool(page, request, form)

    return read


def insist(request: Request, form: Form, role: Role) -> Account:
    """Return the account; raises HTTPException unless it may act, and the form came from a page that it was shown."""
    account = account_of(request)
    if not account.may(role):
        raise HTTPException(403, f"This takes the role {role.word}; you are {account.name}, {account.role.word}.")
    insist_on_own_page(request)
    if account.form and not hmac.compare_digest(account.form.encode(), form.get("form", "").encode()):
        raise HTTPException(403, "This form is not from a page that you were shown. Go back, load the page again.")
    return account


def insist_on_own_page(request: Request) -> None:
    """Raise HTTPException for what another site's page lets a browser post."""
    site, origin = request.headers.get("sec-fetch-site"), request.headers.get("origin")
    if site is not None:
        own = site == "same-origin"
    elif origin is not None:
        own = origin.partition("://")[2] == request.headers.get("host")
    else:
        own = True  # no browser: what it may do is known by its token, or by the form
    if not own:
        raise HTTPException(403, "Another site's page asked for this; nothing was changed.")


async def _form(request: Request) -> Form:
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != _KIND:
        raise HTTPException(415, f"A form is posted as {_KIND}.")
    body = bytearray()
    try:
        async for part in request.stream():
            body += part
            if len(body) > MOST_BYTES:
                raise HTTPException(413, f"A form has {MOST_BYTES:,} bytes at most.")
    except ClientDisconnect:
        raise HTTPException(400, "The form came in half.") from None
    try:
        pairs = parse_qsl(bytes(body).decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS, errors="strict")
    except ValueError:
        raise HTTPException(400, "The form cannot be read: it is UTF-8, and has 1,000 fields at most.") from None
    form: Form = {}
    for name, value in pairs:
        form[name] = f"{form[name]},{value}" if name in form else value
    return form
