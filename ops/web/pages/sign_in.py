"""To sign in with a token, and to sign out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse

from bellwork.ops.web.access import COOKIE, FORM_COOKIE, SESSION, Role, begin_session
from bellwork.ops.web.forms import insist, insist_on_own_page, posted
from bellwork.ops.web.look import page

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from bellwork.ops.web.forms import Form


def ask(request: Request) -> Response:
    """Ask for a token."""
    return _asked(request, 200, "")


@posted
def sign_in(request: Request, form: Form) -> Response:
    """Begin a session for whoever shows a token, and lead to where they came from."""
    insist_on_own_page(request)
    token = request.state.doors.by_token(form.get("token", "").strip())
    if token is None:
        return _asked(request, 403, "No account has this token.")
    answer = RedirectResponse(_own_path(form.get("next", "")), 303)
    answer.set_cookie(
        COOKIE, begin_session(token), SESSION, httponly=True, samesite="strict", secure=request.state.secure
    )
    return answer


@posted
def sign_out(request: Request, form: Form) -> Response:
    """End the session in this browser, and let it forget what it was shown."""
    insist(request, form, Role.VIEWER)
    answer = RedirectResponse("/sign-in", 303)
    for name in (COOKIE, FORM_COOKIE):
        answer.delete_cookie(name, httponly=True, samesite="strict", secure=request.state.secure)
    answer.headers["clear-site-data"] = '"cache"'
    return answer


def _asked(request: Request, status: int, said: str) -> Response:
    leads = _own_path(request.query_params.get("next", ""))
    return page(request, "sign_in.html", status=status, title="Sign in", said=said, leads=leads)


def _own_path(given: str) -> str:
    """Return the path if it is one of this server, else the first page."""
    is_own = given.startswith("/") and not given.startswith("//") and "\\" not in given and given.isprintable()
    return given if is_own else "/"
