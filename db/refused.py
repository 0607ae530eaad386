"""Says who may do what a role was refused: which of our roles hold the right, and who owns what it is about."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from psycopg.errors import InsufficientPrivilege
from sqlalchemy import text

from bellwork.db.engine import DatabaseError, engine
from bellwork.db.grants import missing_grants
from bellwork.db.rights import LEDGER, ROLES, schemas

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

_MAY_CHANGE = text("""
SELECT bool_and(has_table_privilege('bellwork.' || name, 'UPDATE')) FROM unnest(CAST(:tables AS text[])) AS name
""")
_SOMEBODY = "the role of DATABASE_URL lacks this right (docs/deploy.md, Roles)"
_NAME = re.compile(r"[\w$]+")
# PostgreSQL's message names a thing without its schema, in words of any language: the last word that is one counts, and
# the table of jobs where none is. Who has the right has there what this session lacks.
_WHO_MAY = text("""
WITH place AS (SELECT oid, nspname, nspowner FROM pg_namespace WHERE nspname = ANY(:schemas)),
thing AS (
    SELECT c.oid, 'table' AS kind, relname AS name, relowner AS owner, nspname AS schema
    FROM pg_class c JOIN place ON place.oid = relnamespace WHERE relkind IN ('r', 'p', 'v')
    UNION ALL
    SELECT p.oid, 'function', proname, proowner, nspname FROM pg_proc p JOIN place ON place.oid = pronamespace
    WHERE NOT has_function_privilege(p.oid, 'EXECUTE')
    UNION ALL
    SELECT oid, 'schema', nspname, nspowner, nspname FROM place WHERE NOT has_schema_privilege(oid, 'USAGE')
    UNION ALL
    SELECT oid, 'database', datname, datdba, NULL FROM pg_database WHERE datname = current_database()),
meant AS (
    SELECT * FROM thing WHERE name = ANY(:words) OR (schema = :ledger AND name = 'jobs')
    ORDER BY array_position(CAST(:words AS text[]), name::text) DESC NULLS LAST, schema = :ledger DESC LIMIT 1)
SELECT quote_ident(current_user) AS role, owner::regrole::text AS owner, format('%I.%I', schema, name) AS name,
       ARRAY(
           SELECT role FROM unnest(CAST(:roles AS text[])) WITH ORDINALITY AS r(role, place)
           WHERE to_regrole(role) IS NOT NULL AND CASE kind
               WHEN 'table' THEN EXISTS (
                   SELECT FROM unnest(ARRAY['SELECT', 'INSERT', 'UPDATE', 'DELETE']) AS right_
                   WHERE has_table_privilege(to_regrole(role), meant.oid, right_)
                     AND NOT has_table_privilege(meant.oid, right_))
               WHEN 'function' THEN has_function_privilege(to_regrole(role), meant.oid, 'EXECUTE')
               WHEN 'schema' THEN has_schema_privilege(to_regrole(role), meant.oid, 'USAGE')
               ELSE false END
           ORDER BY place) AS roles
FROM meant
""")


def may_change(conn: Connection, tables: Sequence[str]) -> bool:
    """Tell whether this session's role may update these tables of the ledger."""
    return bool(conn.execute(_MAY_CHANGE, {"tables": list(tables)}).scalar())


def lacks_right(error: BaseException) -> bool:
    """Tell whether PostgreSQL refused a statement because the role lacks a right."""
    return isinstance(getattr(error, "orig", error), InsufficientPrivilege)


def who_may(said: str) -> str:
    """Say in words who may do what PostgreSQL has refused with this message, and whether a migration would grant it.

    Asks the database again, on a connection of its own; says less where that cannot be had.
    """
    try:
        with engine().connect() as conn:
            return _who_may(conn, said)
    except DatabaseError:
        return _SOMEBODY


def _who_may(conn: Connection, said: str) -> str:
    asked = {"words": _NAME.findall(said), "schemas": list(schemas()), "ledger": LEDGER, "roles": list(ROLES)}
    found = conn.execute(_WHO_MAY, asked).one_or_none()
    if found is None:
        return _SOMEBODY
    holders = [] if "must be owner" in said else list(found.roles)
    if any(f" {found.name}" in statement for statement in missing_grants(conn)):
        return f"{found.role} lacks this right; `bellwork migrate` as {found.owner} gives the roles what they lack"
    return f"{found.role} lacks this right: {_have_it(holders, found.owner)} (docs/deploy.md, Roles)"


def _have_it(holders: list[str], owner: str) -> str:
    if not holders:
        return f"only the owner {owner} has it; let DATABASE_URL name that role or a member of it"
    said = f"{', '.join(holders[:-1])} and {holders[-1]} have" if holders[1:] else f"{holders[0]} has"
    return f"{said} it, and the owner {owner}; let DATABASE_URL name a member of one of them"
