"""Contracts of organizations: when each ends, as metadata.contract_end says, and who was told which step of it.

waiting    its letter is on its way                sending   claimed; found by a later attempt, nobody knows any more
sent, unknown, cancelled   settled                 refused   not taken for good; claimed again where an operator asks
nobody     there was nobody to tell                late      a nearer step was
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

_END = "CASE jsonb_typeof(o.metadata) WHEN 'object' THEN o.metadata ->> 'contract_end' END"
_TODAY = "CAST(now() AT TIME ZONE 'UTC' AS date)"
_LIST = f"""
SELECT o.id, o.name, {_END} AS text, {_TODAY} AS today FROM {{content}}.organizations o WHERE {_END} IS NOT NULL
"""  # noqa: S608 - fragments of ours, values are bound
# A letter that waits, or was refused, or of which nobody knows whether it went out, has told nobody anything.
_TOLD = """
SELECT organization_id, contract_end, step,
       CAST(max(at) FILTER (WHERE state IN ('sent', 'nobody')) AT TIME ZONE 'UTC' AS date) AS on_day
FROM bellwork.contract_notices WHERE CAST(:id AS text) IS NULL OR organization_id = :id
GROUP BY organization_id, contract_end, step
"""
_WAITING = """
SELECT recipient_id FROM bellwork.contract_notices
WHERE organization_id = :id AND contract_end = :end AND step = :step
  AND (state = 'waiting' OR state IN ('sending', 'unknown') AND at < now() - interval '12 hours') ORDER BY recipient_id
"""
# Whoever runs an organization hears of it: its own administrators, and those of the district it belongs to.
_ANNOUNCE = f"""
WITH organization AS (
    SELECT o.id, o.parent_id FROM {{content}}.organizations o WHERE o.id = :id AND {_END} = :text FOR SHARE
), people AS (
    SELECT u.id FROM organization JOIN {{content}}.users u ON u.org_id IN (organization.id, organization.parent_id)
    WHERE u.role IN ('school_admin', 'district_admin') AND u.is_active AND u.deleted_at IS NULL
)
INSERT INTO bellwork.contract_notices (organization_id, contract_end, step, recipient_id, state)
SELECT organization.id, :end, :step, coalesce(people.id, ''),
       CASE WHEN people.id IS NULL THEN 'nobody' ELSE 'waiting' END
FROM organization LEFT JOIN people ON true
ON CONFLICT DO NOTHING RETURNING recipient_id
"""  # noqa: S608 - as above
_TOO_LATE = """
INSERT INTO bellwork.contract_notices (organization_id, contract_end, step, state)
SELECT :id, :end, step, 'late' FROM unnest(CAST(:steps AS text[])) step ON CONFLICT DO NOTHING
"""
_ONE = "organization_id = :id AND contract_end = :end AND step = :step AND recipient_id = :recipient"
_CLAIM = f"""
UPDATE bellwork.contract_notices n SET state = 'sending', at = now() FROM {{content}}.users u
WHERE {_ONE} AND u.id = n.recipient_id AND u.is_active AND u.deleted_at IS NULL
  AND (n.state IN ('waiting', 'refused') OR :again AND n.state = 'unknown' AND n.at < now() - interval '12 hours')
RETURNING u.email, u.first_name
"""  # noqa: S608 - as above
_STATE = f"SELECT state FROM bellwork.contract_notices WHERE {_ONE}"  # noqa: S608 - as above
_SETTLE = f"UPDATE bellwork.contract_notices SET state = :to WHERE {_ONE} AND state = :from"  # noqa: S608 - as above


@dataclass(frozen=True)
class Contract:
    """An organization's contract: the end as it is written, and PostgreSQL's day (UTC)."""

    organization_id: str
    name: str
    text: str
    today: date

    @property
    def end(self) -> date | None:
        """The last day of the contract (UTC); None where nobody can read a day in it."""
        try:
            moment = datetime.fromisoformat(self.text.strip())
            return (moment.astimezone(UTC) if moment.tzinfo else moment).date()
        except (ValueError, OverflowError):
            return None


@dataclass(frozen=True)
class ContractNotice:
    """Which step of which contract's end somebody is told."""

    organization_id: str
    end: date
    step: str
    recipient_id: str

    @property
    def asked(self) -> dict[str, str | date]:
        """The notice's key, as the statements here want it."""
        return {"id": self.organization_id, "end": self.end, "step": self.step, "recipient": self.recipient_id}


def list_contracts(conn: Connection) -> list[Contract]:
    """List every organization for which an end is written, readable or not."""
    return [Contract(*row) for row in conn.execute(sql(f"{_LIST} ORDER BY o.id"))]


def read_contract(conn: Connection, organization_id: str, *, lock: bool = False) -> Contract | None:
    """Read an organization's contract; None where none is written, or it is gone.

    With `lock`, nobody changes it, or deletes from the organization, before the caller's transaction is over.
    """
    asked = f"{_LIST} AND o.id = :id {'FOR NO KEY UPDATE' if lock else ''}"
    row = conn.execute(sql(asked), {"id": organization_id}).one_or_none()
    return Contract(*row) if row else None


def told_steps(conn: Connection, organization_id: str | None = None) -> dict[tuple[str, date], dict[str, date | None]]:
    """Return, by organization and end, which steps were announced, and the last day (UTC) on which one was told of it.

    A step that was announced to people whom no letter has reached yet has no day.
    """
    told: dict[tuple[str, date], dict[str, date | None]] = {}
    for organization_id_, end, step, on_day in conn.execute(sql(_TOLD), {"id": organization_id}):
        told.setdefault((organization_id_, end), {})[step] = on_day
    return told


def announce_step(conn: Connection, contract: Contract, step: str) -> list[ContractNotice]:
    """Enter a step of a contract's end for everybody who is to hear of it; returns the notices that are new."""
    if contract.end is None:
        return []
    asked = {"id": contract.organization_id, "text": contract.text, "end": contract.end, "step": step}
    new = conn.execute(sql(_ANNOUNCE), asked).scalars().all()
    return [ContractNotice(contract.organization_id, contract.end, step, person) for person in new if person]


def unheard_notices(conn: Connection, contract: Contract, step: str) -> list[ContractNotice]:
    """List the notices of a step whose letters no mail server took for certain, and none refused.

    One of which nobody knows whether it was taken counts after 12 hours.
    """
    if contract.end is None:
        return []
    asked = {"id": contract.organization_id, "end": contract.end, "step": step}
    people = conn.execute(sql(_WAITING), asked).scalars().all()
    return [ContractNotice(contract.organization_id, contract.end, step, person) for person in people]


def pass_over_steps(conn: Connection, contract: Contract, steps: Iterable[str]) -> None:
    """Note that these steps will not be announced, for a nearer one is."""
    asked = {"id": contract.organization_id, "end": contract.end, "steps": list(steps)}
    conn.execute(sql(_TOO_LATE), asked)


def claim_contract_notice(
    conn: Connection, notice: ContractNotice, *, again: bool = False
) -> tuple[str, str] | str | None:
    """Claim a notice: return address and first name, or the state it is in; None where there is no such notice.

    With `again`, one of which nobody knows for 12 hours whether its letter was taken is claimed, too.
    """
    row = conn.execute(sql(_CLAIM), {**notice.asked, "again": again}).one_or_none()
    if row:
        return row.email, row.first_name
    state: str | None = conn.execute(sql(_STATE), notice.asked).scalar()
    return state


def settle_contract_notice(conn: Connection, notice: ContractNotice, state: str, *, was: str = "sending") -> None:
    """Say what became of a notice that is in the state `was`."""
    conn.execute(sql(_SETTLE), {**notice.asked, "to": state, "from": was})
