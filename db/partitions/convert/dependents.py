"""What depends on a table, as the statements that make it for the partitioned one: read before the swap, run after."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from bellwork.db.partitions.convert.session import ask

if TYPE_CHECKING:
    from bellwork.db.partitions.convert.session import Session

_INDEXES = """
SELECT c.relname AS name, i.indisprimary AS is_primary,
       quote_literal(obj_description(c.oid, 'pg_class')) AS comment,
       (SELECT quote_ident(attname) FROM pg_attribute WHERE attrelid = i.indrelid AND attnum = i.indkey[0]) AS first,
       substr(pg_get_indexdef(c.oid),
              length(format('CREATE INDEX %%I ON %%s ', c.relname, i.indrelid::regclass))) AS rest
FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
WHERE i.indrelid = %(table)s::regclass AND c.oid IS DISTINCT FROM to_regclass(%(key)s)
ORDER BY c.relname
"""
_PRIVILEGES = """
WITH it AS (SELECT * FROM pg_class WHERE oid = %(table)s::regclass), granted AS (
    SELECT relowner, '' AS columns, (aclexplode(relacl)).* FROM it
    UNION ALL SELECT relowner, format('(%%I)', attname), (aclexplode(attacl)).*
    FROM it JOIN pg_attribute ON attrelid = it.oid WHERE NOT attisdropped)
SELECT format('GRANT %%s %%s ON {new} TO %%s%%s', privilege_type, columns,
              CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END,
              CASE WHEN is_grantable THEN ' WITH GRANT OPTION' ELSE '' END) AS statement
FROM granted WHERE grantee <> relowner
"""
_NOT_ASKED_FOR = """
SELECT DISTINCT format('REVOKE ALL ON {new} FROM %%s',
                       CASE grantee WHEN 0 THEN 'PUBLIC' ELSE grantee::regrole::text END) AS statement
FROM pg_class, aclexplode(relacl) WHERE oid = %(table)s::regclass AND grantee <> relowner
"""
_OWNER = """
SELECT relowner::regrole::text AS name, quote_literal(obj_description(oid, 'pg_class')) AS comment
FROM pg_class WHERE oid = %(table)s::regclass
"""
_FOREIGN_KEYS = """
SELECT format('ADD CONSTRAINT %%I %%s', conname, pg_get_constraintdef(oid)) AS rule, confrelid::regclass::text AS other
FROM pg_constraint WHERE conrelid = %(table)s::regclass AND contype = 'f' ORDER BY conname
"""
_SEQUENCES = """
SELECT format('ALTER SEQUENCE %%s OWNED BY %%s.%%I', d.objid::regclass, %(table)s::regclass, attname) AS statement
FROM pg_depend d JOIN pg_attribute ON attrelid = d.refobjid AND attnum = d.refobjsubid
WHERE d.refobjid = %(table)s::regclass AND d.classid = 'pg_class'::regclass AND d.deptype = 'a'
  AND (SELECT relkind FROM pg_class WHERE oid = d.objid) = 'S'
"""
_TRIGGERS = """
SELECT quote_ident(tgname) AS name, pg_get_triggerdef(oid) AS definition,
       CASE tgenabled WHEN 'D' THEN 'DISABLE' WHEN 'R' THEN 'ENABLE REPLICA' WHEN 'A' THEN 'ENABLE ALWAYS' END
           AS enabled
FROM pg_trigger WHERE tgrelid = %(table)s::regclass AND NOT tgisinternal ORDER BY tgname
"""
_VIEWS = """
SELECT DISTINCT format('CREATE OR REPLACE VIEW %%s%%s AS %%s', v.oid::regclass,
    ' WITH (' || array_to_string(v.reloptions, ', ') || ')', pg_get_viewdef(v.oid)) AS statement
FROM pg_depend d JOIN pg_rewrite r ON d.classid = 'pg_rewrite'::regclass AND r.oid = d.objid
JOIN pg_class v ON v.oid = r.ev_class AND v.relkind = 'v'
WHERE d.refobjid = %(table)s::regclass AND d.deptype = 'n'
"""


@dataclass(frozen=True)
class Index:
    """An index: `rest` is how it is made after the table's name, `first` its first column, `comment` quoted."""

    name: str
    is_primary: bool
    first: str | None
    rest: str
    comment: str | None


@dataclass(frozen=True)
class Trigger:
    """A trigger, how it is made again, and what it is besides enabled."""

    name: str
    definition: str
    enabled: str | None


@dataclass(frozen=True)
class Dependents:
    """What was read: owner and comment quoted, `others` the tables that foreign keys point to, the rest statements."""

    owner: str
    comment: str | None
    indexes: list[Index]
    foreign_keys: list[str]
    others: list[str]
    triggers: list[Trigger]
    sequences: list[str]
    views: list[str]
    privileges: list[str]


def read(session: Session, table: str, key: str, new: str) -> Dependents:
    """Read what depends on `table`; `key` is the conversion's own index, `new` the name in its GRANTs."""
    [owner] = ask(session, _OWNER, table=table)
    keys = ask(session, _FOREIGN_KEYS, table=table)
    return Dependents(
        owner=owner.name,
        comment=owner.comment,
        indexes=[
            Index(each.name, each.is_primary, each.first, each.rest, each.comment)
            for each in ask(session, _INDEXES, table=table, key=key)
        ],
        foreign_keys=[each.rule for each in keys],
        others=sorted({each.other for each in keys}),
        triggers=[Trigger(t.name, t.definition, t.enabled) for t in ask(session, _TRIGGERS, table=table)],
        sequences=[each.statement for each in ask(session, _SEQUENCES, table=table)],
        views=[each.statement for each in ask(session, _VIEWS, table=table)],
        privileges=[each.statement for each in ask(session, _PRIVILEGES.format(new=new), table=table)],
    )


def not_asked_for(session: Session, new: str) -> list[str]:
    """List what takes from a new table the rights that default privileges gave with it."""
    return [each.statement for each in ask(session, _NOT_ASKED_FOR.format(new=new), table=new)]
