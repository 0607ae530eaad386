"""Revokes a certificate: its number stays looked up, and says so."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.ledger.acts import record_act
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from sqlalchemy import Connection

    from bellwork.db.ledger import ChangedBy

_REVOKE = """
UPDATE {courses}.certificate_issues SET revoked_at = now(), revoked_why = :why
WHERE certificate_number = :number AND settled_at IS NOT NULL AND revoked_at IS NULL
RETURNING issue_no
"""


def revoke(conn: Connection, number: str, changed_by: ChangedBy) -> bool:
    """Revoke the issue that is valid, in the caller's transaction; False where none is. Kept as an operator's act."""
    row = conn.execute(sql(_REVOKE), {"number": number, "why": changed_by.why}).one_or_none()
    if row is None:
        return False
    before, after = {"status": "valid", "issue_no": row.issue_no}, {"status": "revoked"}
    record_act(conn, changed_by, "certificates revoke", f"certificate {number}", before, after)
    return True
