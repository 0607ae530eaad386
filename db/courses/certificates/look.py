"""What strangers may know of a certificate, and which issues are revoked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.sql import sql
from bellwork.db.vocabulary.certificate import Shown

if TYPE_CHECKING:
    from sqlalchemy import Connection

# One that stood in a team's table before has no issue of ours, and is valid.
_FIND = """
SELECT c.certificate_number, coalesce(i.holder, u.first_name || ' ' || u.last_name), c.title, c.issued_at,
       i.revoked_at IS NOT NULL, coalesce(i.issue_no, 1)
FROM {courses}.certificates c
JOIN {courses}.users u ON u.id = c.user_id
LEFT JOIN LATERAL (
    SELECT * FROM {courses}.certificate_issues i
    WHERE i.certificate_id = c.id AND i.settled_at IS NOT NULL ORDER BY i.issue_no DESC LIMIT 1) AS i ON true
WHERE c.certificate_number = :number
"""
_REVOKED = """
SELECT serial FROM {courses}.certificate_issues WHERE revoked_at IS NOT NULL AND serial BETWEEN :first AND :last
ORDER BY serial
"""


def find(conn: Connection, number: str) -> Shown | None:
    """Return what is shown of a certificate by its number; None where there is none."""
    row = conn.execute(sql(_FIND), {"number": number}).one_or_none()
    return Shown(*row) if row else None


def revoked_serials(conn: Connection, first: int, last: int) -> list[int]:
    """List the serial numbers of revoked issues within a range, both ends in it."""
    return list(conn.execute(sql(_REVOKED), {"first": first, "last": last}).scalars())
