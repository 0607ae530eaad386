"""Who may use the dashboard, as two settings say it: names with tokens, and names that a proxy vouches for."""

from __future__ import annotations

import re
from typing import NamedTuple

#: What one may do, from the least: look; change jobs, queues and entries; reveal what is masked, and change rules.
ROLES = ("viewer", "operator", "admin")
#: What a token may be for: those, or the JSON API alone, which is no page and shows none.
API = "api"
TOKEN_ROLES = (*ROLES, API)
#: Characters of a token: fewer can be guessed.
LEAST_TOKEN = 32
_NAME = re.compile(r"[\w.@+-]{1,60}", re.ASCII)
_TOKENS = "it looks like ann=operator:TOKEN,grafana=viewer:TOKEN"
_ROLES = "it looks like ann=admin,bob=operator,*=viewer"


class Token(NamedTuple):
    """That whoever shows this token is of that name, and may do what the role may."""

    name: str
    role: str
    token: str


def tokens_of(text: str) -> tuple[Token, ...]:
    """Read `name=role:token` of BELLWORK_WEB_TOKENS, separated by commas; raises ValueError, which shows no token."""
    found = [_token(each.strip()) for each in text.split(",") if each.strip()]
    if len({each.name for each in found}) < len(found) or len({each.token for each in found}) < len(found):
        raise ValueError("gives one name two tokens, or two names one token")
    return tuple(found)


def roles_of(text: str) -> dict[str, str]:
    """Read `name=role` of BELLWORK_WEB_ROLES, separated by commas, `*` for everybody else; raises ValueError."""
    pairs = [each.strip().partition("=") for each in text.split(",") if each.strip()]
    for name, _, role in pairs:
        if role not in ROLES or not (name == "*" or _NAME.fullmatch(name)):
            raise ValueError(f"says {name!r} is {role!r}; {_ROLES}, and a role is {', '.join(ROLES)}")
    return {name: role for name, _, role in pairs}


def _token(text: str) -> Token:
    name, _, rest = text.partition("=")
    role, _, token = rest.partition(":")
    if not _NAME.fullmatch(name):
        raise ValueError(f"names nobody where a name is due; {_TOKENS}")
    if role not in TOKEN_ROLES:
        raise ValueError(f"gives {name!r} no role; {_TOKENS}, and a role is {', '.join(TOKEN_ROLES)}")
    if len(token) < LEAST_TOKEN or not token.isascii() or not token.isprintable() or " " in token:
        raise ValueError(
            f"gives {name!r} a token of {len(token)} characters; it takes {LEAST_TOKEN} at least, of ASCII and without"
            " blanks, such as `openssl rand -hex 32` makes"
        )
    return Token(name, role, token)
