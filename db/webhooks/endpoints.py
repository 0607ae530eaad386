"""Endpoints: who is told of which events, and by which secrets what they are told is signed."""

from __future__ import annotations

import base64
import secrets
from typing import TYPE_CHECKING, Any, NamedTuple

from sqlalchemy import text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from sqlalchemy import Connection

#: Bytes of a secret; the specification asks for 24 to 64.
_BYTES = 32
_SHOWN = """e.id, e.url, e.about, e.mail, e.events, e.state, e.why, e.failing_since, e.not_before, e.made_at,
    e.changed_at"""
_WAITING = """(SELECT count(*) FROM (SELECT FROM bellwork.webhook_deliveries d
    WHERE d.endpoint_id = e.id AND d.state = 'pending' LIMIT :most) counted)"""
_FAILED = """(SELECT count(*) FROM (SELECT FROM bellwork.webhook_deliveries d
    WHERE d.endpoint_id = e.id AND d.state = 'failed' LIMIT :most) counted)"""
_ADD = text("""
INSERT INTO bellwork.webhook_endpoints (url, about, mail, events) VALUES (:url, :about, :mail, :events) RETURNING id
""")
_SECRET = text("INSERT INTO bellwork.webhook_secrets (endpoint_id, secret) VALUES (:id, :secret)")
_LIST = text(f"""
SELECT {_SHOWN}, {_WAITING} AS waiting, {_FAILED} AS failed,
    (SELECT max(s.until) FROM bellwork.webhook_secrets s WHERE s.endpoint_id = e.id AND s.until > now()) AS old_until
FROM bellwork.webhook_endpoints e ORDER BY e.id
""")  # noqa: S608 - columns that stand above
_DISABLED = text("""
SELECT id, substring(url FROM '^https?://(?:[^/@]*@)?([^/?#]*)') AS host, why, changed_at AS since,
    failing_since IS NOT NULL AS failed
FROM bellwork.webhook_endpoints WHERE state = 'disabled' ORDER BY changed_at DESC, id LIMIT 20
""")
#: Deliveries of one endpoint are not counted beyond this.
MOST = 10_000


class Disabled(NamedTuple):
    """An endpoint that is told nothing now; what it would be told waits. `failed` says that it was failing."""

    id: int
    host: str
    why: str
    since: datetime
    failed: bool


def new_secret() -> str:
    """Make a secret as Standard Webhooks writes it: `whsec_` and base64."""
    return f"whsec_{base64.b64encode(secrets.token_bytes(_BYTES)).decode()}"


def add_endpoint(  # noqa: PLR0913, PLR0917 - the columns of a row
    conn: Connection,
    url: str,
    secret: str,
    events: Sequence[str] = (),
    about: str | None = None,
    mail: str | None = None,
) -> int:
    """Add an endpoint, for these types of events or for all, and return its id; it is told of what is emitted then.

    `mail` is written to when it is disabled.
    """
    asked = {"url": url, "about": about, "mail": mail, "events": sorted(set(events)) or None}
    endpoint = int(conn.execute(_ADD, asked).scalar_one())
    conn.execute(_SECRET, {"id": endpoint, "secret": secret})
    return endpoint


def list_endpoints(conn: Connection) -> list[dict[str, Any]]:
    """List endpoints with how many deliveries wait and failed; of secrets only until when an old one still signs."""
    return [dict(row) for row in conn.execute(_LIST, {"most": MOST}).mappings()]


def disabled_endpoints(conn: Connection) -> list[Disabled]:
    """List the endpoints that are disabled, the last twenty of them."""
    return [Disabled(*row) for row in conn.execute(_DISABLED)]
