"""Issues a certificate whose objects are in the storage: its row, once, and what it takes the place of."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.courses.certificates.stored import lock_learner
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.courses.certificates.take import Taken

# The learner is locked before, and the issue before what is known of it.
_LOCK = "SELECT settled_at, pdf_url, credential_url FROM {courses}.certificate_issues WHERE serial = :serial FOR UPDATE"
_SETTLE = """
UPDATE {courses}.certificate_issues
SET settled_at = now(), holder = :holder, pdf_url = :pdf_url, credential_url = :credential_url,
    stored_as = array_remove(stored_as, CAST(:stem AS text))
WHERE serial = :serial
"""
_ISSUE = """
INSERT INTO {courses}.certificates
    (id, user_id, course_id, certificate_number, title, pdf_url, verification_url, issued_at)
VALUES (:id, :user, :course, :number, :title, :pdf_url, :verification_url, :issued_at)
ON CONFLICT (user_id, course_id) DO UPDATE
SET title = EXCLUDED.title, pdf_url = EXCLUDED.pdf_url, verification_url = EXCLUDED.verification_url,
    issued_at = EXCLUDED.issued_at
WHERE certificates.id = EXCLUDED.id
"""
_REPLACE = """
UPDATE {courses}.certificate_issues SET revoked_at = now(), revoked_why = 'replaced by a later issue'
WHERE certificate_id = :id AND issue_no < :issue_no AND revoked_at IS NULL
"""


class Objects(NamedTuple):
    """Where the page and the credential of an issue are stored, and where strangers look the number up."""

    stem: str
    holder: str
    title: str
    pdf_url: str
    credential_url: str | None
    verification_url: str | None


class Outcome(StrEnum):
    """What came of settling an issue."""

    ISSUED = "issued"
    BEFORE = "before"
    """It was issued before, by these very objects."""
    OTHERWISE = "otherwise"
    """It was issued before, by others: these are nobody's."""
    GONE = "gone"
    """Its learner has left meanwhile."""
    THEIRS = "theirs"
    """Its learner has got a certificate meanwhile that was not made here."""


def settle(conn: Connection, taken: Taken, made: Objects) -> Outcome:
    """Issue what was taken, where it was not before and may be; earlier issues are revoked by it."""
    if not lock_learner(conn, taken.user_id):
        return Outcome.GONE
    known = conn.execute(sql(_LOCK), {"serial": taken.serial}).one()
    if known.settled_at is not None:
        ours = known.pdf_url == made.pdf_url and made.credential_url in {None, known.credential_url}
        return Outcome.BEFORE if ours else Outcome.OTHERWISE
    row = {
        "id": taken.certificate_id,
        "user": taken.user_id,
        "course": taken.course_id,
        "number": taken.number,
        "title": made.title,
        "pdf_url": made.pdf_url,
        "verification_url": made.verification_url,
        "issued_at": taken.taken_at,
    }
    if not conn.execute(sql(_ISSUE), row).rowcount:
        return Outcome.THEIRS
    asked = {
        "serial": taken.serial,
        "holder": made.holder,
        "pdf_url": made.pdf_url,
        "credential_url": made.credential_url,
        "stem": made.stem,
    }
    conn.execute(sql(_SETTLE), asked)
    conn.execute(sql(_REPLACE), {"id": taken.certificate_id, "issue_no": taken.issue_no})
    return Outcome.ISSUED
