"""Issues a certificate whose objects are in the storage: its row, once, and what it takes the place of."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.courses.certificates.take import Taken

_SETTLE = """
UPDATE {courses}.certificate_issues
SET settled_at = now(), holder = :holder, pdf_url = :pdf_url, credential_url = :credential_url
WHERE serial = :serial AND settled_at IS NULL
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

    holder: str
    title: str
    pdf_url: str
    credential_url: str | None
    verification_url: str | None


def settle(conn: Connection, taken: Taken, made: Objects) -> bool:
    """Issue what was taken; False where that was done before. Earlier issues are revoked by it."""
    asked = {
        "serial": taken.serial,
        "holder": made.holder,
        "pdf_url": made.pdf_url,
        "credential_url": made.credential_url,
    }
    if not conn.execute(sql(_SETTLE), asked).rowcount:
        return False
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
    conn.execute(sql(_ISSUE), row)
    conn.execute(sql(_REPLACE), {"id": taken.certificate_id, "issue_no": taken.issue_no})
    return True
