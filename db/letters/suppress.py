"""Addresses that get no letter at all, or none of one kind: known by their hash, so that nobody is listed by name."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Literal, NamedTuple

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

    from bellwork.db.letters.settle import Address

Why = Literal["refused", "bounced", "complained", "unsubscribed", "erased", "operator"]

#: Characters of a hash that operators see.
SHOWN = 12
_SUPPRESS = text("""
INSERT INTO bellwork.suppressed_addresses (address_hash, list, why, said, domain, letter_id)
VALUES (:address_hash, :list, :why, :said, :domain, :letter) ON CONFLICT DO NOTHING RETURNING at
""")
_FIND = text("""
SELECT DISTINCT ON (a.letter) a.letter, s.why
FROM unnest(CAST(:letters AS bigint[]), CAST(:hashes AS text[]), CAST(:lists AS text[])) AS a (letter, hash, list)
JOIN bellwork.suppressed_addresses s ON s.address_hash = a.hash AND s.list IN ('', a.list)
ORDER BY a.letter, s.list
""")


class Suppression(NamedTuple):
    """That an address gets no letter (of one list), and why."""

    address_hash: str
    list: str
    why: str
    said: str | None
    domain: str | None
    letter_id: int | None
    at: datetime


def hash_of(address: str) -> str:
    """Return the SHA-256 of an address, in lower case, in hexadecimal: its domain as ASCII, as a letter's is."""
    local, at, domain = address.strip().rpartition("@")
    try:
        host = domain.encode("idna").decode()
    except UnicodeError:
        host = domain
    return hashlib.sha256(f"{local}{at}{host}".lower().encode()).hexdigest()


def masked(address_hash: str) -> str:
    """Return the beginning of a hash, by which an operator tells two addresses apart."""
    return address_hash[:SHOWN]


def suppress(conn: Connection, address: Address, why: Why, said: str | None = None, letter: int | None = None) -> bool:
    """Let no letter go to an address any more; False where that is so already."""
    asked = {**address._asdict(), "list": "", "why": why, "said": said, "letter": letter}
    return conn.execute(_SUPPRESS, asked).one_or_none() is not None


def suppressions(conn: Connection, letters: Sequence[tuple[int, str, str]]) -> dict[int, str]:
    """Tell of letters, each given as its id, the hash of its address and its list, which may not go, and why."""
    if not letters:
        return {}
    ids, hashes, lists = zip(*letters, strict=True)
    found = conn.execute(_FIND, {"letters": list(ids), "hashes": list(hashes), "lists": list(lists)})
    return {row.letter: row.why for row in found}
