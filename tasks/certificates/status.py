"""Says which certificates were revoked: Bitstring Status Lists (W3C, version 1.0), a bit for each serial number."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import TYPE_CHECKING

from bellwork.tasks.certificates.facts import LISTS

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bellwork.tasks.certificates.issuer import Issuer

#: Bits of a list, the least that Bitstring Status List 1.0, section 2.2, allows: so no list is about a few people.
BITS = 131_072
#: For so long a copy of a list may be believed.
_BELIEVED = timedelta(days=1)


def status_place(issuer: Issuer, system: str, serial: int) -> tuple[str, str, int]:
    """Return where it is said whether a certificate was revoked: the list's URL, its purpose, and the bit."""
    return _url(issuer, system, serial // BITS), "revocation", serial % BITS


def sign_status_list(issuer: Issuer, list_: tuple[str, int], revoked: Iterable[int], at: datetime) -> bytes:
    """Return a list, named by system and number, as a signed token (VC-JWT) that is valid for a day.

    `revoked` are serial numbers of that system.
    """
    from openbadgeslib.ob3 import build_status_list_credential, sign_status_list_credential  # noqa: PLC0415 - an extra

    system, number = list_
    bits = [serial % BITS for serial in revoked if serial // BITS == number]
    unsigned = build_status_list_credential(
        issuer.did, _url(issuer, system, number), "revocation", bits, BITS, issued=at, valid_until=at + _BELIEVED
    )
    return sign_status_list_credential(unsigned, issuer.private_key, "EdDSA").encode()


def _url(issuer: Issuer, system: str, number: int) -> str:
    return f"{issuer.url}{LISTS}/{system}/{number}"


def list_url(token: bytes) -> str:
    """Return the URL of a list by its token, which has been verified."""
    said = token.split(b".")[1]
    return str(json.loads(base64.urlsafe_b64decode(said + b"=" * (-len(said) % 4)))["id"])
