"""Issues certificates: a number is taken, page and credential are stored, and one commit makes it a certificate.

learncraft.md gives a learner one certificate for a course; the platform's own documents number them LC-YYYY-NNNNNN.
Killed anywhere, the next attempt finds the number that was taken and makes the same bytes. Under which keys these lie
is written down before, so that what nobody settles is found (tasks/courses/objects.py).
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, assert_never
from uuid import UUID

import dramatiq

from bellwork.db.courses.certificates import Objects, Outcome, Taken, note_stored, settle, take_again, take_first
from bellwork.db.courses.certificates.stored import unnamed
from bellwork.db.engine import transaction
from bellwork.db.failpoints import reach
from bellwork.db.webhooks import emit
from bellwork.tasks.certificates import (
    CertificateError,
    Facts,
    issuer,
    legible,
    print_page,
    sign_credential,
    verification_url,
)
from bellwork.tasks.courses.tell import tell
from bellwork.tasks.providers import storage
from bellwork.workers import Permanent, job

if TYPE_CHECKING:
    from sqlalchemy import Connection

_QUEUE, _TIME_LIMIT = "courses", 60_000


@dramatiq.actor(
    actor_name="courses.issue_certificate",
    queue_name=_QUEUE,
    max_retries=10,
    time_limit=_TIME_LIMIT,
    callers="internal",
    subject="enrollment_id",
)
def issue_certificate(enrollment_id: UUID) -> None:
    """Issue the certificate of a completed enrollment, once; its learner is told, and who listens to it.

    Dies where the enrollment is not completed, or a letter of the name has no font: the reason says which.
    """
    with transaction() as conn:
        taken = take_first(conn, enrollment_id)
    if taken is None:
        raise Permanent(
            f"the enrollment {enrollment_id} is not completed, or its learner has a certificate of before; there is"
            " nothing to issue"
        )
    _issue(taken)


@dramatiq.actor(
    actor_name="courses.reissue_certificate",
    queue_name=_QUEUE,
    max_retries=10,
    time_limit=_TIME_LIMIT,
    callers="internal",
)
def reissue_certificate(certificate_number: str, issue_no: int) -> None:
    """Issue a certificate anew, after a change of name: the same number, and a date of its own.

    `issue_no` is one more than the issue it replaces has, which is revoked by it; the same again does nothing.
    """
    with transaction() as conn:
        taken = take_again(conn, certificate_number, issue_no)
    if taken is None:
        raise Permanent(f"there is no certificate {certificate_number!r} with an issue {issue_no - 1} to be replaced")
    _issue(taken)


def _issue(taken: Taken) -> None:
    if taken.settled or taken.leaves:
        return
    made = _make(taken)
    if made is None:
        return
    reach("certificate_stored", taken.number)
    with job.transaction() as conn:
        came_to = settle(conn, taken, made)
        match came_to:
            case Outcome.ISSUED:
                _tell(conn, taken, made)
            case Outcome.BEFORE:
                pass
            case Outcome.GONE | Outcome.OTHERWISE:
                _discard(conn, taken, made)
            case Outcome.THEIRS:
                _discard(conn, taken, made)
                raise Permanent(
                    f"the learner has got a certificate that was not made here while {taken.number} was; that one stays"
                )
            case _:
                assert_never(came_to)


def _make(taken: Taken) -> Objects | None:
    """Print, sign and store; a key names the content, so a repeated attempt finds what it made before.

    None, and nothing is stored, where it was settled meanwhile, or its learner leaves.
    """
    facts = _facts(taken)
    try:
        page, signer = print_page(facts), issuer()
    except CertificateError as refused:
        raise Permanent(str(refused)) from refused
    credential = sign_credential(facts, signer, page) if signer else None
    stem = f"certificates/{taken.number.lower()}/{taken.issue_no}-{_digest(page)}"
    with transaction() as conn:
        if not note_stored(conn, taken.serial, taken.user_id, stem):
            return None
    store = storage()
    pdf_url = store.put(f"{stem}.pdf", page)
    reach("certificate_page_stored", taken.number)
    credential_url = store.put(f"{stem}.json", credential) if credential else None
    told = legible(taken.holder), legible(taken.title)
    return Objects(stem, *told, pdf_url, credential_url, verification_url(taken.number))


def _discard(conn: Connection, taken: Taken, made: Objects) -> None:
    """Remove what was made in vain, but nothing by which the issue is known: another attempt may have made the same."""
    for key in unnamed(conn, taken.serial, made.stem):
        storage().delete(key)


def _facts(taken: Taken) -> Facts:
    return Facts(
        system="courses",
        id=taken.certificate_id,
        number=taken.number,
        serial=taken.serial,
        holder=taken.holder,
        email=taken.email,
        course_id=taken.course_id,
        course=taken.title,
        issued_at=taken.taken_at,
    )


def _digest(page: bytes) -> str:
    return hashlib.sha256(page).hexdigest()[:32]


def _tell(conn: Connection, taken: Taken, made: Objects) -> None:
    where = f" Anybody can verify it at {made.verification_url}." if made.verification_url else ""
    again = "" if taken.issue_no == 1 else " It takes the place of the one before."
    key = f"{taken.certificate_id}:{taken.issue_no}"
    emit(
        conn,
        "certificate.issued",
        {"certificate_id": taken.certificate_id, "certificate_number": taken.number, "course_id": taken.course_id},
        key,
    )
    tell(
        conn,
        taken.user_id,
        "certificate_issued",
        key,
        subject="Your certificate",
        text=f"Your certificate {taken.number} for the course {made.title} is there.{where}{again}",
    )
