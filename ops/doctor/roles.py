"""Whether the roles of least rights are there, and have what they need."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.grants import absent_roles, missing_grants
from bellwork.ops.doctor.finding import Finding

if TYPE_CHECKING:
    from sqlalchemy import Connection


def check_roles(conn: Connection) -> Finding:
    """Warn where a role is absent or lacks a right that bellwork.db.rights gives it, with statements that mend it."""
    if absent := absent_roles(conn):
        said = f"absent: {', '.join(absent)}; whoever connects needs the owner's rights"
        return Finding("warn", "roles", said, how_to_make(absent))
    if missing := missing_grants(conn):
        said = f"{len(missing)} grants are missing, for instance: {missing[0]}"
        return Finding("warn", "roles", said, "run `bellwork migrate` as the owner of these tables")
    return Finding("ok", "roles", "bellwork_api, bellwork_worker and bellwork_ops have what they need")


def how_to_make(absent: list[str]) -> str:
    """Say what makes roles that `bellwork migrate` was not allowed to make."""
    statements = "; ".join(f"CREATE ROLE {role} NOLOGIN" for role in absent)
    return f"as a role with CREATEROLE: {statements}; then run `bellwork migrate` again"
