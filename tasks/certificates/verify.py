"""Verifies a credential and the page that belongs to it, without a network."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from bellwork.tasks.certificates.credential import digest, written
from bellwork.tasks.certificates.facts import VERIFY
from bellwork.tasks.certificates.status import list_url
from bellwork.tasks.providers.extras import extra

if TYPE_CHECKING:
    from datetime import datetime

    from openbadgeslib.ob3 import OpenBadgeCredential


class Refused(ValueError):  # noqa: N818 - named for what happened
    """A file is not what the issuer signed, or was revoked; the message says which."""


@dataclass(frozen=True)
class Verified:
    """What a credential proves. `page` tells whether the page was compared with it, `revocation` whether a list was."""

    number: str
    course: str
    issuer: str
    issued_at: datetime
    page: bool
    revocation: bool


def verify(
    credential: bytes, did_document: dict[str, Any], *, page: bytes | None = None, status_list: bytes | None = None
) -> Verified:
    """Check the proof of a credential by the issuer's DID document, and the digest of its page; raises Refused.

    With a status list, which has to be of the same issuer and not out of date, what was revoked is refused, too.
    """
    with extra("certificates", "to verify a certificate"):
        from openbadgeslib.ob3 import OB3LdpVerifier, OB3VerificationError  # noqa: PLC0415 - an extra
    document = _read(credential)
    key = _key(document, did_document)

    def listed(url: str) -> bytes:
        del url  # openbadgeslib 4.6.3 takes any list of the issuer; which one it is, is asked below
        return status_list or b""

    try:
        known = OB3LdpVerifier(pubkey_pem=key, issuer_did=did_document["id"]).verify(
            document, check_status=status_list is not None, download=listed
        )
    except OB3VerificationError as refused:
        raise Refused(f"the credential is not valid: {refused}") from refused
    if status_list is not None and list_url(status_list) != document["credentialStatus"]["statusListCredential"]:
        raise Refused("the status list is not the one that the credential names")
    if page is not None:
        _compare(document, page)
    return _verified(known, page=page is not None, revocation=status_list is not None)


def _read(credential: bytes) -> dict[str, Any]:
    try:
        document = json.loads(credential)
    except (ValueError, RecursionError) as broken:
        raise Refused("the file is no credential: it is not JSON") from broken
    if not isinstance(document, dict) or not isinstance(document.get("proof"), dict):
        raise Refused("the file is no credential: it has no proof")
    if written(document) != credential:
        raise Refused("the file is not as it was written: the same facts, but other bytes")
    return document


def _key(document: dict[str, Any], did_document: dict[str, Any]) -> bytes:
    from openbadgeslib.ob3 import OB3VerificationError, resolve_verification_method  # noqa: PLC0415 - an extra

    method = document["proof"].get("verificationMethod")
    if not isinstance(method, str) or method.partition("#")[0] != did_document.get("id"):
        raise Refused(f"the credential was signed by {method!r}, not by {did_document.get('id')!r}")
    try:
        return resolve_verification_method(method, download=lambda _: json.dumps(did_document).encode())
    except OB3VerificationError as refused:
        raise Refused(f"the issuer's DID document has no key {method!r}") from refused


def _compare(document: dict[str, Any], page: bytes) -> None:
    related = document.get("relatedResource") or []
    known = {each.get("digestSRI") for each in related if isinstance(each, dict)}
    if digest(page) not in known:
        raise Refused("the page is not the one that was issued: its bytes have another digest")


def _verified(known: OpenBadgeCredential, *, page: bool, revocation: bool) -> Verified:
    if known.issuance_date is None or known.id is None:
        raise Refused("the credential says neither when nor as what it was issued")
    number = known.id.rpartition(f"{VERIFY}/")[2]
    course = known.achievement.name
    return Verified(number, course, known.issuer.name, known.issuance_date, page=page, revocation=revocation)
