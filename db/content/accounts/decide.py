"""Decides about a request for an account, once: the user, his place in the class and the decision are one commit.

Whatever is asked for ends in a state that is kept (account_decisions.outcome):

approved, denied    the request waited, and was decided so
address taken       it was approved, but somebody has an account with this address: it is denied, and says so
class full          so with a class that has no place left (classes.metadata.capacity)
class gone          so with a class that is not taught any more, or whose school has left
invalid             so with a grade other than 9 to 12, a student without a name, or what is no mail address
repeated            it was decided so before            too late    it was decided otherwise before
"""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple

from bellwork.db.content.accounts.invite import invite
from bellwork.db.sql import sql

if TYPE_CHECKING:
    from collections.abc import Callable

    from sqlalchemy import Connection, RowMapping

_CLASS = "SELECT class_id FROM {content}.student_account_requests WHERE id = :id"
# A capacity that is no number of places is no limit. A class is locked before its requests, as a deletion does it.
_LOCK_CLASS = """
SELECT school_id, CASE WHEN metadata ->> 'capacity' ~ '^[0-9]{1,9}$' THEN CAST(metadata ->> 'capacity' AS int) END
FROM {content}.classes WHERE id = :class AND is_active IS NOT FALSE AND deleted_at IS NULL
  AND EXISTS (SELECT FROM {content}.organizations o
              WHERE o.id = school_id AND o.is_active IS NOT FALSE AND o.deleted_at IS NULL)
FOR NO KEY UPDATE
"""
# After the class was locked: what was counted before another one's commit would be one too few.
_PLACES_TAKEN = "SELECT count(*) FROM {content}.class_students WHERE class_id = :class AND dropped_at IS NULL"
_LOCK = """
SELECT id, class_id, status::text AS status, btrim(first_name) AS first_name, btrim(last_name) AS last_name,
       lower(btrim(email)) AS email, grade_level, student_id
FROM {content}.student_account_requests WHERE id = :id FOR UPDATE
"""
_REVIEWER = """
SELECT EXISTS (SELECT FROM {content}.users
               WHERE id = :reviewer AND is_active AND deleted_at IS NULL AND role <> 'student')
"""
_TAKEN = "SELECT EXISTS (SELECT FROM {content}.users WHERE lower(email) = :email)"
_USER = """
INSERT INTO {content}.users (id, email, password_hash, first_name, last_name, role, org_id, student_id, grade_level)
VALUES ({content}.generate_id('user'), :email, '!', :first_name, :last_name, 'student', :school, :student_id,
        :grade_level)
ON CONFLICT (email) DO NOTHING RETURNING id
"""
_PLACE = "INSERT INTO {content}.class_students (class_id, student_id) VALUES (:class, :user)"
_DECIDE = """
UPDATE {content}.student_account_requests SET status = CAST(:to AS {content}.account_request_status),
    reviewed_by = :reviewer, reviewed_at = now(), review_notes = :notes, created_user_id = :user
WHERE id = :id AND status = 'pending'
"""
_NOTE = """
INSERT INTO {content}.account_decisions (request_id, decision, outcome, reviewer, notes)
VALUES (:id, :decision, :outcome, :reviewer, :notes) ON CONFLICT DO NOTHING
"""
#: Grades of students (vividly.md, classes).
GRADES = range(9, 13)


class Decision(StrEnum):
    """What a reviewer says."""

    APPROVED = "approved"
    DENIED = "denied"


class Outcome(StrEnum):
    """What became of it."""

    APPROVED = "approved"
    DENIED = "denied"
    ADDRESS_TAKEN = "address taken"
    CLASS_FULL = "class full"
    CLASS_GONE = "class gone"
    INVALID = "invalid"
    REPEATED = "repeated"
    TOO_LATE = "too late"


class Decided(NamedTuple):
    """What became of a decision: why it was denied although it was approved, or the account that it made."""

    outcome: Outcome
    why: str | None = None
    user_id: str | None = None

    @property
    def is_new(self) -> bool:
        """Tell whether the request had waited for it."""
        return self.outcome not in {Outcome.REPEATED, Outcome.TOO_LATE}


def decide(  # noqa: PLR0913 - what a reviewer says, by name
    conn: Connection,
    request_id: str,
    decision: Decision,
    *,
    reviewer: str,
    notes: str | None,
    is_address: Callable[[str], bool],
) -> Decided | None:
    """Decide about a request in the caller's transaction, and keep what became of that; None where there is none.

    Raises LookupError, and changes nothing, for a reviewer who has no account, or is a student.
    """
    class_id = conn.execute(sql(_CLASS), {"id": request_id}).scalar()
    place = conn.execute(sql(_LOCK_CLASS), {"class": class_id}).one_or_none()
    request = conn.execute(sql(_LOCK), {"id": request_id}).mappings().one_or_none()
    if request is None:
        return None
    if not conn.execute(sql(_REVIEWER), {"reviewer": reviewer}).scalar():
        msg = f"{reviewer!r} decides about no account: there is no such user, or he is a student, or has left"
        raise LookupError(msg)
    decided = _decided(conn, request, decision, _Place(*place) if place else None, is_address)
    said = {"id": request_id, "reviewer": reviewer, "notes": notes}
    conn.execute(sql(_NOTE), {**said, "decision": str(decision), "outcome": str(decided.outcome)})
    if decided.is_new:
        to = Decision.APPROVED if decided.outcome is Outcome.APPROVED else Decision.DENIED
        said["notes"] = "; ".join(filter(None, [decided.why, notes])) or None
        conn.execute(sql(_DECIDE), {**said, "to": str(to), "user": decided.user_id})
    return decided


class _Place(NamedTuple):
    """The school of a class that is taught, and how many it takes."""

    school_id: str
    capacity: int | None


def _decided(
    conn: Connection, request: RowMapping, decision: Decision, place: _Place | None, is_address: Callable[[str], bool]
) -> Decided:
    if request["status"] != "pending":
        return Decided(Outcome.REPEATED if request["status"] == decision else Outcome.TOO_LATE)
    if decision is Decision.DENIED:
        return Decided(Outcome.DENIED)
    if place is None:
        return Decided(Outcome.CLASS_GONE, "the class is not taught any more")
    if fault := _fault(request, is_address):
        return Decided(Outcome.INVALID, fault)
    return _opened(conn, request, place)


def _opened(conn: Connection, request: RowMapping, place: _Place) -> Decided:
    taken = Decided(Outcome.ADDRESS_TAKEN, "there is an account with this address")
    if conn.execute(sql(_TAKEN), {"email": request["email"]}).scalar():
        return taken
    there = conn.execute(sql(_PLACES_TAKEN), {"class": request["class_id"]}).scalar_one()
    if place.capacity is not None and there >= place.capacity:
        return Decided(Outcome.CLASS_FULL, f"the class has {place.capacity} places, and all are taken")
    user_id = conn.execute(sql(_USER), {**request, "school": place.school_id}).scalar()
    if user_id is None:
        return taken
    conn.execute(sql(_PLACE), {"class": request["class_id"], "user": user_id})
    invite(conn, [user_id])
    return Decided(Outcome.APPROVED, user_id=user_id)


def _fault(request: RowMapping, is_address: Callable[[str], bool]) -> str | None:
    if not request["first_name"] or not request["last_name"]:
        return "the student has no name"
    if request["grade_level"] not in GRADES:
        return f"{request['grade_level']} is no grade from {GRADES[0]} to {GRADES[-1]}"
    return None if is_address(request["email"]) else "the address is no mail address"
