"""Takes the number of a certificate, before anything of it is made: who comes again finds what was taken."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Connection

# From a sequence, and six digits at least: what is longer is not cut. Of two at once the unique key lets one in.
_FIRST = """
WITH earned AS MATERIALIZED (
    SELECT e.user_id, e.course_id FROM {courses}.enrollments e
    WHERE e.id = :enrollment AND e.status = 'completed'
      AND NOT EXISTS (SELECT FROM {courses}.certificate_issues i
                      WHERE (i.user_id, i.course_id) = (e.user_id, e.course_id))
      AND NOT EXISTS (SELECT FROM {courses}.certificates c WHERE (c.user_id, c.course_id) = (e.user_id, e.course_id))
), numbered AS (
    SELECT *, nextval(pg_get_serial_sequence('{courses}.certificate_issues', 'serial')) AS serial FROM earned
)
INSERT INTO {courses}.certificate_issues (serial, certificate_id, certificate_number, user_id, course_id, issue_no)
OVERRIDING SYSTEM VALUE
SELECT serial, gen_random_uuid(),
       'LC-' || to_char(now() AT TIME ZONE 'UTC', 'YYYY') || '-'
             || lpad(CAST(serial AS text), greatest(6, length(CAST(serial AS text))), '0'),
       user_id, course_id, 1
FROM numbered
ON CONFLICT (user_id, course_id, issue_no) DO NOTHING
"""
_AGAIN = """
INSERT INTO {courses}.certificate_issues (certificate_id, certificate_number, user_id, course_id, issue_no)
SELECT certificate_id, certificate_number, user_id, course_id, :issue_no
FROM {courses}.certificate_issues
WHERE certificate_number = :number AND issue_no = :issue_no - 1 AND settled_at IS NOT NULL
ON CONFLICT (user_id, course_id, issue_no) DO NOTHING
"""
_TAKEN = """
SELECT i.serial, i.certificate_id, i.certificate_number, i.issue_no, i.taken_at, i.user_id,
       u.first_name || ' ' || u.last_name AS holder, u.email, i.course_id, c.title,
       i.settled_at IS NOT NULL AS settled, u.deleted_at IS NOT NULL AS leaves
FROM {courses}.certificate_issues i
JOIN {courses}.users u ON u.id = i.user_id
JOIN {courses}.courses c ON c.id = i.course_id
"""
_OF_ENROLLMENT = f"""{_TAKEN}
JOIN {{courses}}.enrollments e ON (e.user_id, e.course_id) = (i.user_id, i.course_id)
WHERE e.id = :enrollment AND i.issue_no = 1
"""
_OF_NUMBER = f"{_TAKEN} WHERE i.certificate_number = :number AND i.issue_no = :issue_no"


class Taken(NamedTuple):
    """An issue whose number is taken, with what is to be printed; `leaves` says that its learner asked to be erased."""

    serial: int
    certificate_id: UUID
    number: str
    issue_no: int
    taken_at: datetime
    user_id: UUID
    holder: str
    email: str
    course_id: UUID
    title: str
    settled: bool
    leaves: bool


def take_first(conn: Connection, enrollment_id: UUID) -> Taken | None:
    """Return the first issue for a completed enrollment, its number taken now where it was not.

    None where the enrollment is not completed, or where its learner has a certificate that was not made here.
    """
    asked = {"enrollment": enrollment_id}
    conn.execute(sql(_FIRST), asked)
    row = conn.execute(sql(_OF_ENROLLMENT), asked).one_or_none()
    return Taken(*row) if row else None


def take_again(conn: Connection, number: str, issue_no: int) -> Taken | None:
    """Return a later issue of a certificate; None where the one before it does not exist, or was not issued."""
    asked = {"number": number, "issue_no": issue_no}
    conn.execute(sql(_AGAIN), asked)
    row = conn.execute(sql(_OF_NUMBER), asked).one_or_none()
    return Taken(*row) if row else None
