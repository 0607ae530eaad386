"""Contracts of organizations: when each ends, as metadata.contract_end says, and who was told which step of it.

waiting    its letter is on its way                 unknown   perhaps it was taken, perhaps not
sent       a mail server took it for certain        refused   it reached nobody, and why is in the letter
cancelled  it says the truth no more                nobody    there was nobody to tell
late       a nearer step was told                   sending   claimed by the release before this one
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

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
_READER = f"""
SELECT u.email, u.first_name FROM bellwork.contract_notices n JOIN {{content}}.users u ON u.id = n.recipient_id
WHERE {_ONE} AND u.is_active AND u.deleted_at IS NULL AND n.state = 'waiting'
"""  # noqa: S608 - as above
_RENEW = f"""
UPDATE bellwork.contract_notices SET state = 'waiting', at = now()
WHERE {_ONE} AND state IN ('sending', 'unknown') AND at < now() - interval '12 hours' RETURNING state
"""  # noqa: S608 - as above
_SETTLE = f"""
UPDATE bellwork.contract_notices SET state = :to, at = now()
WHERE {_ONE} AND state <> :to AND (CAST(:was AS text) IS NULL OR state = :was)
"""  # noqa: S608 - as above
_LEFT = f"UPDATE bellwork.contract_notices SET state = 'unknown' WHERE {_ONE} AND state = 'sending'"  # noqa: S608 - as above


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

    @property
    def named(self) -> dict[str, str]:
        """The notice's key as texts, for a letter to carry."""
        return {
            "organization_id": self.organization_id,
            "contract_end": self.end.isoformat(),
            "step": self.step,
            "recipient_id": self.recipient_id,
        }

    @classmethod
    def from_names(cls, named: Mapping[str, str]) -> ContractNotice:
        """Return the notice of a key that is given as texts; raises ValueError for a day that is none."""
        end = date.fromisoformat(named["contract_end"])
        return cls(named["organization_id"], end, named["step"], named["recipient_id"])


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


def renew_notice(conn: Connection, notice: ContractNotice) -> bool:
    """Let a notice wait again of which nobody knows for 12 hours whether its letter was taken; False: it is another."""
    return conn.execute(sql(_RENEW), notice.asked).one_or_none() is not None


def reader_of(conn: Connection, notice: ContractNotice) -> tuple[str, str] | None:
    """Return address and first name of whom a notice is for; None where it does not wait, or its reader has left."""
    row = conn.execute(sql(_READER), notice.asked).one_or_none()
    return (row.email, row.first_name) if row else None


def settle_contract_notice(conn: Connection, notice: ContractNotice, state: str, *, was: str | None = None) -> None:
    """Say what became of a notice (that is in the state `was`)."""
    conn.execute(sql(_SETTLE), {**notice.asked, "to": state, "was": was})


def settle_left_contract_notice(conn: Connection, notice: ContractNotice) -> None:
    """Call a notice unknown that a worker of the release before this one was sending when it died."""
    conn.execute(sql(_LEFT), notice.asked)
