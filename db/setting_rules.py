"""What the text of a setting has to look like; a rule raises ValueError with the words behind the variable's name."""

from __future__ import annotations

import re
from contextlib import suppress
from email.utils import getaddresses
from ipaddress import ip_network
from typing import TYPE_CHECKING
from urllib.parse import SplitResult, unquote, urlsplit
from zoneinfo import ZoneInfo

from bellwork.db.accounts import roles_of, tokens_of

if TYPE_CHECKING:
    from sqlalchemy.engine import URL

#: The kinds of storage that bellwork.tasks.providers has adapters for.
STORAGES = ("file", "s3", "gs", "az", "abfs", "abfss", "memory")
SCHEMA_NAME = re.compile(r"(?!pg_|bellwork$|information_schema$)[a-z_][a-z0-9_]{0,62}")
_LEAST_KEY = 32
_MODULE = re.compile(r"[^\W\d]\w*(\.[^\W\d]\w*)*")
_REDIS = "is not a Redis URL; it looks like redis://host:6379/0 or unix:///path/redis.sock?db=0"
_STORAGE = "is not a URL of storage; it looks like file:///var/lib/bellwork, s3://bucket/prefix or gs://bucket/prefix"
_LABS = "is not a URL of labs; it looks like bwrap:///var/lib/bellwork/labs"
_HTTP = "is not the URL of a service; it looks like https://llm.example.org/v1"
_MAIL = "is not a mail URL; it looks like smtp://user:password@host:587, smtps://… or file:///var/mail"


def redis_url(url: str) -> str:
    """Take redis://, rediss:// and unix:// with a port and a database that are numbers."""
    parts = _split(url, {"redis", "rediss", "unix"})
    if parts is None:
        raise ValueError(_REDIS)
    if parts.scheme != "unix" and not re.fullmatch(r"/?|/\d+", parts.path):
        raise ValueError(f"names the database {parts.path[1:]!r}; it is a number, as in redis://host:6379/0")
    return url


def http_url(url: str) -> str:
    """Take http:// and https:// with a host."""
    parts = _split(url, {"http", "https"})
    if parts is None or not parts.hostname:
        raise ValueError(_HTTP)
    return url


def https_url(url: str) -> str:
    """Take https:// with a host, and no user in it."""
    parts = _split(url, {"https"})
    if parts is None or not parts.hostname or "@" in url or parts.query or parts.fragment:
        raise ValueError("is not the address of a site; it looks like https://certificates.example.org")
    return url


def mail_url(url: str) -> str:
    """Take smtp:// and smtps:// with a host, and file:// with a folder."""
    parts = _split(url, {"smtp", "smtps", "file"})
    if parts is None or not (parts.path.strip("/") if parts.scheme == "file" else parts.hostname):
        raise ValueError(_MAIL)
    if not unquote(f"{parts.username or ''}{parts.password or ''}").isascii():
        raise ValueError(
            "has a user or a password with characters that SMTP's login cannot carry; only ASCII is possible"
        )
    return url


def labs_url(url: str) -> str:
    """Take bwrap:// with a folder."""
    kind, _, place = url.partition("://")
    if kind != "bwrap" or not place.startswith(("/", "./")):
        raise ValueError(_LABS)
    return url


def zone(name: str) -> str:
    """Check the name of a time zone."""
    try:
        ZoneInfo(name)
    except (KeyError, OSError, ValueError):
        msg = f"names {name!r}, which is no time zone; write one like America/New_York"
        raise ValueError(msg) from None
    return name


def host_of_labs(name: str) -> str:
    """Take a name that may be part of a queue's."""
    if not re.fullmatch(r"[A-Za-z0-9][A-Za-z0-9.-]{0,62}", name):
        raise ValueError(f"is {name!r}; it is a host's name: up to 63 of letters, digits, . and -")
    return name


def socket_url(url: str) -> str:
    """Take ws:// and wss:// with a host and nothing behind it."""
    parts = _split(url, {"ws", "wss"})
    if parts is None or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ValueError("is not where a host's terminals are reached; it looks like wss://labs-1.example.org")
    return url.rstrip("/")


def storage_url(url: str) -> str:
    """Take the kinds of storage there are, with a folder or a bucket."""
    kind, _, place = url.partition("://")
    if kind not in STORAGES or not (place.partition("?")[0].strip("/") or kind == "memory"):
        raise ValueError(_STORAGE)
    return url


def sender(text: str) -> str:
    """Take exactly one address, with a name or without, on one line."""
    addresses = [address for _, address in getaddresses([text])]
    if len(addresses) != 1 or not re.fullmatch(r"[^\s@]+@[^\s@]+", addresses[0]) or not text.isprintable():
        raise ValueError(f"is {text!r}; it is one address, as in Bellwork <bellwork@example.org>")
    if "=?" in text:
        raise ValueError(f"is {text!r}, which has an encoded word in it; write the name itself, in UTF-8")
    return text


def signing_key(text: str) -> str:
    """Take a key that cannot be guessed."""
    if len(text) < _LEAST_KEY:
        raise ValueError(
            f"has {len(text)} characters; it takes {_LEAST_KEY} at least, such as `openssl rand -hex 32` makes"
        )
    return text


def web_tokens(text: str) -> str:
    """Take names with their roles and tokens."""
    tokens_of(text)
    return text


def web_roles(text: str) -> str:
    """Take names with their roles."""
    roles_of(text)
    return text


def header(name: str) -> str:
    """Take the name of a header of HTTP."""
    if not re.fullmatch(r"[A-Za-z0-9-]{1,100}", name):
        raise ValueError(f"is {name!r}; it is a header's name, as in X-Forwarded-User")
    return name


def addresses(text: str) -> str:
    """Take IP addresses and networks, separated by commas."""
    for each in text.split(","):
        ip_network(each.strip(), strict=False)
    return text


def folder(path: str) -> str:
    """Take a folder's absolute path."""
    if not path.startswith("/") or "\0" in path:
        raise ValueError(f"is {path!r}; it is a folder's whole path, as in /var/mail/bounces")
    return path


def file(path: str) -> str:
    """Take a file's absolute path."""
    if not path.startswith("/") or path.endswith("/") or "\0" in path:
        raise ValueError(f"is {path!r}; it is a file's whole path, as in /etc/bellwork/certificates.pem")
    return path


def payments_url(url: str) -> str:
    """Take http:// and https:// with a host, and file:// with a file."""
    parts = _split(url, {"http", "https", "file"})
    if parts is None or not (parts.path.strip("/") if parts.scheme == "file" else parts.hostname):
        raise ValueError(
            "is not where payments are asked for; it looks like https://api.stripe.com or file:///ledger.json"
        )
    return url


def modules(text: str) -> str:
    """Take names of modules, separated by commas, or none."""
    names = [name.strip() for name in text.split(",")] if text else []
    if wrong := [name for name in names if not _MODULE.fullmatch(name)]:
        raise ValueError(
            f"names {wrong[0]!r}, which is no module; separate their names by commas, as in bellwork.tasks,our.work"
        )
    return text


def systems(text: str) -> str:
    """Take names of systems, separated by commas, each alone or with the module that has its SYSTEM."""
    for pair in text.split(","):
        word, named, module = pair.partition("=")
        if not _MODULE.fullmatch(word.strip()) or (named and not _MODULE.fullmatch(module.strip())):
            raise ValueError(
                f"names {pair.strip()!r}; separate systems by commas, each the name of an installed one or a name and a"
                " module, as in content,mine=myplatform.system"
            )
    return text


def password_in_its_place(url: URL) -> URL:
    """Move user and password from the parameters of a URL to where everything that shows URLs masks them."""
    user, password = url.query.get("user"), url.query.get("password")
    if not isinstance(password, str):
        return url
    if url.username is None and isinstance(user, str):
        url = url.set(username=user).difference_update_query(["user"])
    return url.set(password=password).difference_update_query(["password"])


def _split(url: str, schemes: set[str]) -> SplitResult | None:
    """Split a URL of one of these kinds; None for another kind, a port that is no number or a broken [address]."""
    with suppress(ValueError):
        parts = urlsplit(url)
        if parts.scheme in schemes and parts.port != 0:
            return parts
    return None
