"""Signs the credential of a certificate: Open Badges 3.0, with a proof `eddsa-rdfc-2022`, the same bytes each time.

The test vectors of the suite and the certification say `eddsa-rdfc-2022`, the specification's own data model
`eddsa-rdf-2022`: the first is written.
"""

from __future__ import annotations

import base64
import hashlib
import json
from typing import TYPE_CHECKING, Any

from bellwork.tasks.certificates.facts import VERIFY
from bellwork.tasks.certificates.letters import legible
from bellwork.tasks.certificates.status import status_place

if TYPE_CHECKING:
    from bellwork.tasks.certificates.facts import Facts
    from bellwork.tasks.certificates.issuer import Issuer


def sign_credential(facts: Facts, issuer: Issuer, page: bytes) -> bytes:
    """Return the credential as JSON in UTF-8 without white space; it holds the digest of the page.

    Who has it is named by a salted hash of his address alone; his name stands on the page.
    """
    from openbadgeslib.ob3 import add_data_integrity_proof  # noqa: PLC0415 - an extra

    signed = add_data_integrity_proof(
        _document(facts, issuer, page), issuer.private_key, issuer.method, created=facts.issued_at
    )
    return written(signed)


def written(document: dict[str, Any]) -> bytes:
    """Return a document in the one form in which it is written: another byte is another document."""
    return json.dumps(document, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode()


def digest(page: bytes) -> str:
    """Return the digest of a page as Verifiable Credentials 2.0, section 5.3, has it (`digestSRI`)."""
    return f"sha384-{base64.b64encode(hashlib.sha384(page).digest()).decode()}"


def _document(facts: Facts, issuer: Issuer, page: bytes) -> dict[str, Any]:
    from openbadgeslib import ob3  # noqa: PLC0415 - an extra

    course = legible(facts.course)
    address = f"{issuer.url}{VERIFY}/{facts.number}"
    achievement = ob3.Achievement(
        id=f"urn:uuid:{facts.course_id}",
        name=course,
        description=f"The course {course} of {issuer.name}.",
        criteria_narrative="All lessons of the course are completed, and its assessments passed.",
        achievement_type="Certificate",
    )
    credential = ob3.OpenBadgeCredential(
        id=address,
        issuer=ob3.Issuer(id=issuer.did, name=issuer.name, url=issuer.url),
        recipient_id=None,
        achievement=achievement,
        name=f"{course}: certificate {facts.number}",
        issuance_date=facts.issued_at,
        identifiers=[ob3.IdentityObject.create(facts.email, facts.id.hex)],
        credential_status=[ob3.status_entry(*status_place(issuer, facts.system, facts.serial))],
    )
    related = {"id": f"{address}#page", "mediaType": "application/pdf", "digestSRI": digest(page)}
    return {**credential.to_vc(), "relatedResource": [related]}
