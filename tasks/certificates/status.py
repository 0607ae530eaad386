"""Says which certificates were revoked: Bitstring Status Lists (W3C, version 1.0), a bit for each serial number."""

from __future__ import annotations

import base64
import json
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from datetime import datetime

    from bellwork.tasks.certificates.issuer import Issuer

#: Bits of a list, the least that Bitstring Status List 1.0, section 2.2, allows: so no list is about a few people.
BITS = 131_072
#: Where the web process has a list, below CERTIFICATES_URL; its number follows.
LISTS = "/certificates/status"
#: For so long a copy of a list may be believed.
_BELIEVED = timedelta(days=1)


def status_place(issuer: Issuer, serial: int) -> tuple[str, str, int]:
    """Return where it is said whether a certificate was revoked: the list's URL, its purpose, and the bit."""
    return f"{issuer.url}{LISTS}/{serial // BITS}", "revocation", serial % BITS


def sign_status_list(issuer: Issuer, number: int, revoked: Iterable[int], at: datetime) -> bytes:
    """Return a list as a signed token (VC-JWT), by the serial numbers of all that were revoked; valid for a day."""
    from openbadgeslib.ob3 import build_status_list_credential, sign_status_list_credential  # noqa: PLC0415 - an extra

    bits = [serial % BITS for serial in revoked if serial // BITS == number]
    url = f"{issuer.url}{LISTS}/{number}"
    unsigned = build_status_list_credential(
        issuer.did, url, "revocation", bits, BITS, issued=at, valid_until=at + _BELIEVED
    )
    return sign_status_list_credential(unsigned, issuer.private_key, "EdDSA").encode()


def list_url(token: bytes) -> str:
    """Return the URL of a list by its token, which has been verified."""
    said = token.split(b".")[1]
    return str(json.loads(base64.urlsafe_b64decode(said + b"=" * (-len(said) % 4)))["id"])
