"""Who asks, and what they may do: by a token, by a session that began with one, or by a proxy that signs people in."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from dataclasses import dataclass, field
from enum import IntEnum
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING

from starlette.datastructures import Headers
from starlette.requests import cookie_parser
from starlette.responses import PlainTextResponse, RedirectResponse

from bellwork.db.accounts import API, Token, roles_of, tokens_of
from bellwork.db.letters.links import PATH
from bellwork.db.settings import settings
from bellwork.ops.web.asked import whole
from bellwork.tasks.certificates import PUBLIC

if TYPE_CHECKING:
    from collections.abc import Iterable

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

#: Seconds that a session lasts: a shift.
SESSION = 12 * 3600
COOKIE, FORM_COOKIE = "bellwork_session", "bellwork_form"
#: What anybody may ask for: readers of letters and of certificates, machines that look whether it lives, and what a
#: page is made of.
#: The JSON API looks for tokens of its own, and for nothing else: no cookie, no proxy, no open door.
_PUBLIC = (f"{PATH}/", "/static/", "/api/", *PUBLIC)
_PUBLIC_PATHS = frozenset({PATH, "/sign-in", "/healthz", "/readyz", "/favicon.ico"})
#: A proxy puts one of these on what it passes on: so it does not come from this machine, whatever its Host says.
_PASSED_ON = ("x-forwarded-for", "forwarded", "via", "x-forwarded-host")


class Role(IntEnum):
    """What one may do; whoever may do more may do less, too."""

    VIEWER = 1
    OPERATOR = 2
    ADMIN = 3

    @property
    def word(self) -> str:
        """The word of the settings."""
        return self.name.lower()


@dataclass(frozen=True)
class Account:
    """Whoever asks. `form` proves that a form came from a page of ours; empty where a token came with the request."""

    name: str
    role: Role
    form: str = ""
    is_open: bool = False
    has_session: bool = False

    def may(self, role: Role) -> bool:
        """Tell whether they may do what that role may."""
        return self.role >= role


@dataclass(frozen=True)
class Doors:
    """By what one is let in; `open_to` are the host names by which anybody may look."""

    tokens: tuple[Token, ...] = ()
    header: str | None = None
    proxies: tuple[str, ...] = ()
    roles: dict[str, str] = field(default_factory=dict)
    open_to: frozenset[str] = frozenset()

    @classmethod
    def of_settings(cls, open_to: Iterable[str] = (), more: tuple[Token, ...] = ()) -> Doors:
        """Read the settings; `more` are tokens of this process alone."""
        chosen = settings()
        tokens = tokens_of(chosen.web_tokens) if chosen.web_tokens else ()
        proxies = tuple(each.strip() for each in chosen.web_proxies.split(","))
        return cls((*tokens, *more), chosen.web_user_header, proxies, roles_of(chosen.web_roles), frozenset(open_to))

    @property
    def is_closed(self) -> bool:
        """Tell whether nobody can sign in."""
        return not self.tokens and not self.header

    @property
    def people(self) -> tuple[Token, ...]:
        """The tokens by which pages are looked at."""
        return tuple(each for each in self.tokens if each.role != API)

    def by_token(self, given: str) -> Token | None:
        """Return whose token for pages this is; each is compared in the same time."""
        return _whose(self.people, given)

    def by_api_token(self, given: str) -> Token | None:
        """Return whose token for the JSON API this is."""
        return _whose(tuple(each for each in self.tokens if each.role == API), given)


def _whose(tokens: tuple[Token, ...], given: str) -> Token | None:
    found = [each for each in tokens if hmac.compare_digest(each.token.encode(), given.encode())]
    return found[0] if found else None


def begin_session(token: Token) -> str:
    """Return the cookie of a new session; it is good for as long as the token is one of the settings."""
    expires, nonce = int(time.time()) + SESSION, secrets.token_hex(16)
    return f"{expires}.{nonce}.{_seal(token, expires, nonce)}.{token.name}"


class Access:
    """Puts the account on each request, and sends those without one to sign in."""

    def __init__(self, app: ASGIApp, doors: Doors) -> None:
        self.app, self._doors = app, doors

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Let public pages pass; elsewhere nobody gets past without an account."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        account, new = self._account(scope, headers)
        state = scope.setdefault("state", {})
        state["account"], state["doors"], state["secure"] = account, self._doors, self._is_secure(scope, headers)
        path = scope["path"]
        if account is None and not (path in _PUBLIC_PATHS or path.startswith(_PUBLIC)):
            await self._turned_away(scope)(scope, receive, send)
            return

        async def send_with_cookie(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = f"{FORM_COOKIE}={new}; Path=/; HttpOnly; SameSite=Strict{'; Secure' if state['secure'] else ''}"
                message["headers"] = [*message["headers"], (b"set-cookie", kept.encode())]
            await send(message)

        await self.app(scope, receive, send_with_cookie if new else send)

    def _account(self, scope: Scope, headers: Headers) -> tuple[Account | None, str | None]:
        """Return who asks, and the cookie that their browser gets for the forms of our pages, if it lacks one."""
        scheme, _, given = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer":
            found = self._doors.by_token(given.strip())
            return (Account(found.name, _role(found.role)) if found else None), None
        # Other programs on this host share its cookies: what one of them wrote must not hide ours.
        cookies = cookie_parser(headers.get("cookie", ""))
        if session := self._session(cookies.get(COOKIE, "")):
            return session, None
        if name := self._vouched(scope, headers):
            nonce = cookies.get(FORM_COOKIE, "")
            new = None if len(nonce) == 32 else secrets.token_hex(16)  # noqa: PLR2004 - what token_hex makes
            role = self._doors.roles.get(name, self._doors.roles.get("*", "viewer"))
            return Account(name, _role(role), _form_of(new or nonce, name)), new
        if self._is_open(headers):
            return Account("anybody on this machine", Role.VIEWER, is_open=True), None
        return None, None

    def _session(self, cookie: str) -> Account | None:
        expires, _, rest = cookie.partition(".")
        nonce, _, rest = rest.partition(".")
        seal, _, name = rest.partition(".")
        token = next((each for each in self._doors.people if each.name == name), None)
        until = whole(expires)
        if token is None or until is None or until < time.time():
            return None
        if not hmac.compare_digest(seal.encode(), _seal(token, until, nonce).encode()):
            return None
        return Account(name, _role(token.role), _form_of(nonce, name), has_session=True)

    def _vouched(self, scope: Scope, headers: Headers) -> str | None:
        """Return whom a proxy that is believed names."""
        name = headers.get(self._doors.header, "").strip() if self._doors.header else ""
        return name[:60] if name and self._comes_from_proxy(scope) else None

    def _comes_from_proxy(self, scope: Scope) -> bool:
        try:
            peer = ip_address((scope.get("client") or ("",))[0])
        except ValueError:
            return False
        return any(peer in ip_network(each, strict=False) for each in self._doors.proxies)

    def _is_open(self, headers: Headers) -> bool:
        host = headers.get("host", "")
        name = host.rpartition(":")[0] if host.rpartition(":")[2].isdigit() and not host.endswith("]") else host
        return name in self._doors.open_to and not any(each in headers for each in _PASSED_ON)

    def _is_secure(self, scope: Scope, headers: Headers) -> bool:
        passed_on = self._comes_from_proxy(scope) and headers.get("x-forwarded-proto", "") == "https"
        return scope.get("scheme") == "https" or passed_on

    @staticmethod
    def _turned_away(scope: Scope) -> ASGIApp:
        if scope["method"] in {"GET", "HEAD"} and b"text/html" in dict(scope["headers"]).get(b"accept", b""):
            return RedirectResponse("/sign-in", 303)
        return PlainTextResponse(
            "sign in at /sign-in, or send a token: Authorization: Bearer …\n", 401, {"www-authenticate": "Bearer"}
        )


def _role(word: str) -> Role:
    return Role[word.upper()]


def _seal(token: Token, expires: int, nonce: str) -> str:
    key = hashlib.sha256(f"bellwork session\n{token.token}".encode()).digest()
    return hmac.new(key, f"{token.name}\n{token.role}\n{expires}\n{nonce}".encode(), "sha256").hexdigest()


def _form_of(nonce: str, name: str) -> str:
    """Return what a form carries: only a page of ours can know it, for no script reads the cookie with the nonce."""
    return hmac.new(nonce.encode(), f"form\n{name}".encode(), "sha256").hexdigest()
