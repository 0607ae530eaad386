"""What operators do to certificates: revoke one, or have it issued again; each is recorded in its transaction."""

from __future__ import annotations

import json
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
_LAST = """
SELECT i.issue_no, i.revoked_at IS NOT NULL AS revoked
FROM {courses}.certificate_issues i JOIN {courses}.users u ON u.id = i.user_id
WHERE i.certificate_number = :number AND i.settled_at IS NOT NULL AND u.deleted_at IS NULL
ORDER BY i.issue_no DESC LIMIT 1
"""
_ENQUEUE = """
SELECT id FROM bellwork.enqueue_job('courses.reissue_certificate', CAST(:args AS jsonb), unique_key => :key)
"""


def revoke(conn: Connection, number: str, changed_by: ChangedBy) -> bool:
    """Revoke the issue that is valid, in the caller's transaction; False where none is. Kept as an operator's act."""
    row = conn.execute(sql(_REVOKE), {"number": number, "why": changed_by.why}).one_or_none()
    if row is None:
        return False
    before, after = {"status": "valid", "issue_no": row.issue_no}, {"status": "revoked"}
    record_act(conn, changed_by, "certificates revoke", f"certificate {number}", before, after)
    return True


def issue_again(conn: Connection, number: str, changed_by: ChangedBy) -> tuple[int, int] | None:
    """Have a certificate issued again under its number, in the caller's transaction; returns issue number and job.

    None where no certificate of this number was issued here, or its learner has left. Asked for again while its job
    waits or runs, it is the same job. Kept as an operator's act.
    """
    last = conn.execute(sql(_LAST), {"number": number}).one_or_none()
    if last is None:
        return None
    issue_no = int(last.issue_no) + 1
    args = json.dumps({"certificate_number": number, "issue_no": issue_no})
    key = f"courses.reissue_certificate:{number}:{issue_no}"
    job = conn.execute(sql(_ENQUEUE), {"args": args, "key": key}).scalar_one()
    before = {"status": "revoked" if last.revoked else "valid", "issue_no": last.issue_no}
    record_act(conn, changed_by, "certificates reissue", f"certificate {number}", before, {"issue_no": issue_no})
    return issue_no, int(job)
