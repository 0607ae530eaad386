"""Certificates that strangers can verify: a page to print, a credential to check, and what says which were revoked.

A system says who has earned what; here that becomes a PDF and an Open Badge, the same bytes each time, and is verified
without a network. Needs the extra `certificates`.
"""

from __future__ import annotations

from bellwork.tasks.certificates.credential import sign_credential
from bellwork.tasks.certificates.facts import (
    DID,
    LISTS,
    PUBLIC,
    VERIFY,
    CertificateError,
    Facts,
    credential_name,
    verification_url,
)
from bellwork.tasks.certificates.issuer import Issuer, issuer, make_key
from bellwork.tasks.certificates.letters import legible
from bellwork.tasks.certificates.page import Unprintable, print_page
from bellwork.tasks.certificates.status import BITS, sign_status_list, status_place
from bellwork.tasks.certificates.verify import Refused, Verified, verify

__all__ = [
    "BITS",
    "DID",
    "LISTS",
    "PUBLIC",
    "VERIFY",
    "CertificateError",
    "Facts",
    "Issuer",
    "Refused",
    "Unprintable",
    "Verified",
    "credential_name",
    "issuer",
    "legible",
    "make_key",
    "print_page",
    "sign_credential",
    "sign_status_list",
    "status_place",
    "verification_url",
    "verify",
]
