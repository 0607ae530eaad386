"""Whose token a request shows, and whether that one has requests left: so many a second, and twice as many at once."""

from __future__ import annotations

import math
import time
from typing import TYPE_CHECKING

from bellwork.ops.web.api.problems import Refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from bellwork.db.accounts import Token
    from bellwork.ops.web.access import Doors

_CHALLENGE = {"www-authenticate": "Bearer"}


class Callers:
    """The callers that the settings name, each with a bucket of requests of its own in this process."""

    def __init__(self, doors: Doors, rate: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._doors, self._rate, self._clock = doors, rate, clock
        self._most = max(1.0, 2 * rate)
        self._left: dict[str, tuple[float, float]] = {}

    def admit(self, request: Request) -> Token:
        """Return who asks; raises Refused for nobody, for who only looks at pages, and for too many requests."""
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        given = given.strip()
        if scheme.lower() != "bearer" or not given:
            raise Refused(401, "send a token of the role api: Authorization: Bearer …", headers=_CHALLENGE)
        token = self._doors.by_api_token(given)
        if token is None:
            if self._doors.by_token(given):
                raise Refused(403, "this token is for the pages; the API takes one of the role api")
            raise Refused(401, "nobody has this token", headers={"www-authenticate": 'Bearer error="invalid_token"'})
        self._take_one(token)
        return token

    def _take_one(self, token: Token) -> None:
        now = self._clock()
        left, at = self._left.get(token.name, (self._most, now))
        left = min(self._most, left + (now - at) * self._rate)
        self._left[token.name] = (max(0.0, left - 1), now) if left >= 1 else (left, now)
        if left < 1:
            wait = math.ceil((1 - left) / self._rate)
            raise Refused(429, f"more than {self._rate:g} requests a second", headers={"retry-after": str(wait)})
