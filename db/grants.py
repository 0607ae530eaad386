"""Gives each role what `bellwork.db.rights` says, wherever it lacks it; twice is as good as once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from sqlalchemy import text

from bellwork.db.rights import ROLES, functions, rights, schemas

if TYPE_CHECKING:
    from sqlalchemy import Connection

#: Two that grant at once would change the same rows of the catalogue, which PostgreSQL refuses.
LOCK = int.from_bytes(b"bellgrnt")
_ABSENT = text("SELECT name FROM unnest(CAST(:roles AS text[])) AS name WHERE to_regrole(name) IS NULL")
_MAY_CREATE = text("SELECT rolcreaterole OR rolsuper FROM pg_roles WHERE rolname = current_user")
_MISSING = text("""
WITH tables AS (
    SELECT w.role, c.oid, format('%I.%I', w.schema, c.relname) AS name, c.relowner AS owner, w.privilege, w."column"
    FROM jsonb_to_recordset(CAST(:rights AS jsonb))
        AS w(role text, schema text, "table" text, privilege text, "column" text)
    JOIN pg_class c ON c.relname = w."table" AND c.relnamespace = to_regnamespace(quote_ident(w.schema))
    WHERE to_regrole(w.role) IS NOT NULL
      AND ("column" IS NULL OR EXISTS (
          SELECT FROM pg_attribute WHERE attrelid = c.oid AND attname = "column" AND NOT attisdropped))
)
SELECT role, owner, format('GRANT USAGE ON SCHEMA %I TO %I', nspname, role) AS statement
FROM jsonb_to_recordset(CAST(:schemas AS jsonb)) AS w(role text, schema text)
JOIN LATERAL (SELECT oid, nspname, nspowner AS owner FROM pg_namespace WHERE nspname = w.schema) n
     ON to_regrole(role) IS NOT NULL AND NOT has_schema_privilege(role, n.oid, 'USAGE')
UNION ALL
SELECT role, owner, format('GRANT %s ON %s TO %I', string_agg(
    privilege || coalesce(' (' || quote_ident("column") || ')', ''), ', ' ORDER BY privilege, "column"),
    name, role)
FROM tables
WHERE NOT CASE WHEN "column" IS NULL THEN has_table_privilege(role, oid, privilege)
               ELSE has_column_privilege(role, oid, "column", privilege) END
GROUP BY role, owner, name
UNION ALL
SELECT DISTINCT role, owner,
       format('GRANT USAGE ON SEQUENCE %s.%I TO %I', s.relnamespace::regnamespace, s.relname, role)
FROM tables
JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = tables.oid AND d.deptype = 'a'
                AND d.classid = 'pg_class'::regclass
JOIN pg_class s ON s.oid = d.objid
WHERE privilege = 'INSERT' AND CASE s.relkind WHEN 'S' THEN NOT has_sequence_privilege(role, s.oid, 'USAGE') END
UNION ALL
SELECT role, proowner, format('GRANT EXECUTE ON FUNCTION %s.%I(%s) TO %I', p.pronamespace::regnamespace, p.proname,
    oidvectortypes(p.proargtypes), role)
FROM jsonb_to_recordset(CAST(:functions AS jsonb)) AS w(role text, schema text, function text)
JOIN pg_proc p ON p.proname = w.function AND p.pronamespace = to_regnamespace(quote_ident(w.schema))
WHERE to_regrole(role) IS NOT NULL AND NOT has_function_privilege(role, p.oid, 'EXECUTE')
""")
_OWN = "SELECT statement FROM ({missing}) AS found WHERE pg_has_role(current_user, owner, 'USAGE') ORDER BY statement"
_ALL = "SELECT statement FROM ({missing}) AS found ORDER BY statement"


def absent_roles(conn: Connection) -> list[str]:
    """List our roles that this server does not have."""
    return list(conn.execute(_ABSENT, {"roles": list(ROLES)}).scalars())


def missing_grants(conn: Connection) -> list[str]:
    """List the statements that give our roles what they lack, in one order."""
    return list(conn.execute(text(_ALL.format(missing=_MISSING.text)), _asked()).scalars())


def grant(conn: Connection) -> None:
    """Make the roles that are absent, where this session may, and give each what it lacks on what this session owns.

    What cannot be done here is left: absent_roles and missing_grants name it.
    """
    conn.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    if conn.execute(_MAY_CREATE).scalar_one():
        for role in absent_roles(conn):
            conn.exec_driver_sql(f"CREATE ROLE {role} NOLOGIN")
    for statement in conn.execute(text(_OWN.format(missing=_MISSING.text)), _asked()).scalars().all():
        conn.exec_driver_sql(statement)


def _asked() -> dict[str, str]:
    return {
        "rights": json.dumps([right._asdict() for right in rights()]),
        "schemas": json.dumps([{"role": role, "schema": name} for name, roles in schemas().items() for role in roles]),
        "functions": json.dumps([call._asdict() for call in functions()]),
    }
