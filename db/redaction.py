"""Takes configured secrets and people's mail addresses out of a text, before anything else is done with it."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, unquote, urlsplit

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from bellwork.db.settings import Settings

MASK = "***"
#: A shorter secret would take half of every sentence with it.
_SHORTEST = 4
#: Characters of a secret in a row that betray it: a text may hold its beginning, its end or a piece of it.
_PIECE = 8
#: Names of parameters and variables whose values are secrets.
_SECRET_NAME = re.compile(r"passw|secret|token|credential|signature|\bsas\b|_sas|(^|_)key|key$", re.IGNORECASE)
#: Variables that are no settings of ours, but open doors for libraries that we call.
_LIBRARIES = re.compile(r"(PG|AWS|AZURE|GOOGLE|REDIS|SMTP)", re.IGNORECASE)
#: In URLs of these the user is the name of a key; in one of a service it is a token, where it has no password.
_USER_IS_KEY, _USER_MAY_BE_TOKEN = frozenset({"s3", "gs", "az", "abfs", "abfss"}), frozenset({"http", "https"})
#: An address, but not the user of a URL, which says where a server is.
_ADDRESS = re.compile(r"(?<!//)(?<![\w.+%-])[\w.+%-]{1,64}@((?:[\w-]{1,63}\.){1,10}[^\W\d_]{2,63})")


def without_secrets(text: str) -> str:
    """Return the text with `***` for each configured secret, whole or a piece of it.

    Secrets are the settings named `…_KEY` and the like, passwords and keys inside URLs, and what opens the libraries
    below (`PGPASSWORD`, `AWS_SECRET_ACCESS_KEY`). Of a secret of eight characters or more any eight in a row are
    masked, unless they are a word in lower case; of shorter ones the whole.
    """
    return secrets_mask()(text)


def secrets_mask() -> Callable[[str], str]:
    """Return `without_secrets` for many texts: what is configured is read once for all of them."""
    known = _known()

    def masked(text: str) -> str:
        for whole in known.secrets:
            text = text.replace(whole, MASK)
        return _without_pieces(text, known.pieces)

    return masked


def without_people(text: str) -> str:
    """Return the text with `***` for the person in an e-mail address; its domain stays, for it says which server."""
    return _ADDRESS.sub(rf"{MASK}@\1", text) if "@" in text else text


def place_of(url: str) -> str:
    """Return the host, port and path of a URL, and nothing that opens it: no user, no password, no parameters."""
    scheme, mark, rest = url.partition("://")
    place = rest.partition("?")[0].partition("#")[0]
    host, slash, path = place.partition("/")
    return f"{scheme}{mark}{host.rpartition('@')[2]}{slash}{path}"


@dataclass(frozen=True)
class _Known:
    """The secrets of one reading of the settings, the longest first, and the pieces that betray them."""

    source: Settings | None
    secrets: tuple[str, ...]
    pieces: frozenset[str]


_last: _Known | None = None


def _known() -> _Known:
    """Gather what the settings and the environment hold, once for each reading of the settings."""
    global _last  # noqa: PLW0603 - a reading of the settings is one fact of the process
    if "bellwork.db.settings" not in sys.modules and not Path(".env").exists():
        # Nobody has read the settings here, and nothing but the environment could say anything about them.
        return _gathered(None, dict(os.environ))
    from bellwork.db.settings import Settings, SettingsError, settings  # noqa: PLC0415 - as above

    try:
        chosen = settings()
    except SettingsError:
        ours = {name: value for name, value in os.environ.items() if name.lower() in Settings.model_fields}
        return _gathered(None, {**_libraries(), **ours})
    if _last is None or _last.source is not chosen:
        texts = {name: value for name, value in chosen if isinstance(value, str)}
        _last = _gathered(chosen, {**_libraries(), **texts})
    return _last


def _libraries() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if _LIBRARIES.match(name)}


def _gathered(source: Settings | None, values: Mapping[str, str]) -> _Known:
    found = {form for secret in _found(values) for form in (secret, unquote(secret)) if len(form) >= _SHORTEST}
    pieces = {each[at : at + _PIECE] for each in found for at in range(len(each) - _PIECE + 1)}
    return _Known(
        source,
        tuple(sorted(found, key=lambda each: (-len(each), each))),
        frozenset(piece for piece in pieces if not (piece.isalpha() and piece.islower())),
    )


def _found(values: Mapping[str, str]) -> Iterator[str]:
    for name, value in values.items():
        if "://" in value:
            yield from _inside(value)
        elif _SECRET_NAME.search(name):
            yield value


def _inside(url: str) -> Iterator[str]:
    """Yield what a URL holds of secrets; one that cannot be read is cut up by hand."""
    scheme, _, rest = url.partition("://")
    try:
        query = urlsplit(url).query
    except ValueError:
        query = url.partition("?")[2]
    yield from (value for name, value in parse_qsl(query) if _SECRET_NAME.search(name))
    if user := rest.partition("?")[0].rpartition("@")[0]:
        name, _, password = user.partition(":")
        yield password
        if scheme in _USER_IS_KEY or (scheme in _USER_MAY_BE_TOKEN and not password):
            yield name


def _without_pieces(text: str, pieces: frozenset[str]) -> str:
    if not pieces:
        return text
    kept, end = list[str](), 0
    for at in range(len(text) - _PIECE + 1):
        if text[at : at + _PIECE] in pieces:
            if at > end or not kept:
                kept += [text[end:at], MASK]
            end = at + _PIECE
    return "".join([*kept, text[end:]])
