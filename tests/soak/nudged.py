"""The companion under fire: an order is a learner who does nothing, and gets one nudge and one letter in the end."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING
from uuid import NAMESPACE_OID, uuid5

from sqlalchemy import text

from bellwork.db.companion.seed import morning

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

DOMAIN = "nudged.example"
_LEARNER = """
INSERT INTO companion.users (id, cognito_sub, email, role, profile, created_at)
VALUES (:id, :order, :email, 'student', CAST(:profile AS jsonb), now() - interval '30 days')
"""
_UNFINISHED = """
SELECT EXISTS (SELECT FROM bellwork.letters WHERE system = 'companion' AND state IN ('pending', 'sending'))
"""
_STANDING = """
SELECT u.email, (SELECT count(*) FROM companion.nudges n WHERE n.user_id = u.id) AS nudges,
       ARRAY(SELECT l.state FROM bellwork.letters l WHERE l.person = CAST(u.id AS text)) AS letters
FROM bellwork_soak.orders o JOIN companion.users u ON u.cognito_sub = o.id
WHERE o.kind = 'nudge' AND o.status = 'done' ORDER BY o.id
"""


def ask(conn: Connection, order: str) -> None:
    """Let a learner be there, who logs in twice while all are scanned."""
    from bellwork.tasks.companion.nudges.login import note_login  # noqa: PLC0415 - loaded by a program of the soak alone
    from bellwork.tasks.companion.nudges.scan import scan_inactivity  # noqa: PLC0415 - as above

    one = uuid5(NAMESPACE_OID, order)
    profile = json.dumps({"preferences": {"time_zone": morning()}})
    asked = {"id": one, "order": order, "email": f"{order}@{DOMAIN}", "profile": profile}
    conn.execute(text(_LEARNER), asked)
    for _ in range(2):
        note_login.send(user_id=one)
    scan_inactivity.send_with_options(unique_key="soak.scan")


def is_over(conn: Connection) -> bool:
    """Tell whether it is known of every letter what became of it."""
    return not conn.execute(text(_UNFINISHED)).scalar_one()


def broken(conn: Connection, delivered: Iterable[str]) -> list[str]:
    """List the learners that were not nudged once, or whose letter the mail server was not given as the ledger says."""
    came = Counter(delivered)
    return [
        f"{email} ({nudges} nudges, letters {', '.join(letters) or 'none'}, {came[email]} came)"
        for email, nudges, letters in conn.execute(text(_STANDING))
        if nudges != 1 or letters not in (["sent"], ["unknown"]) or not int(letters == ["sent"]) <= came[email] <= 1
    ]
