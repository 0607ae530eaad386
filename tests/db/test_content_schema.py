"""The content system's tables, enums, indexes and functions are vividly.md's, by name and by definition."""

from __future__ import annotations

import pytest
from sqlalchemy import text

from bellwork.db.engine import transaction
from bellwork.db.sql import sql
from tests.db.catalog import definitions, run_script

#: What the document has and we do not: each is a correction of something that does not work.
CORRECTED = {
    "table audit_logs",
    "column audit_logs.created_at timestamp with time zone CURRENT_TIMESTAMP",
    "constraint audit_logs.audit_logs_pkey PRIMARY KEY (id)",
    "index CREATE UNIQUE INDEX audit_logs_pkey ON audit_logs USING btree (id)",
}


@pytest.mark.usefixtures("database")
def test_everything_in_the_document_stands_under_its_name() -> None:
    """Each table, column, enum, constraint, index, trigger and function of vividly.md is there, but the corrected."""
    with transaction() as conn:
        run_script(conn, "vividly.sql", "public")
        documented, ours = definitions(conn, "public"), definitions(conn, "content")
    missing = {line for line in documented - ours if not line.startswith("function generate_id(text)")}

    assert CORRECTED == missing


@pytest.mark.usefixtures("database")
def test_generate_id_needs_no_extension() -> None:
    """Ids are the prefix and sixteen hexadecimal digits, and no two are the same."""
    with transaction() as conn:
        ids = conn.execute(sql("SELECT {content}.generate_id('req') FROM generate_series(1, 1000)")).scalars().all()
        extensions = conn.execute(text("SELECT extname FROM pg_extension")).scalars().all()

    assert 1000 == len({one for one in ids if len(one) == len("req_") + 16 and int(one.removeprefix("req_"), 16) >= 0})
    # pgvector is made by courses, where it can be.
    assert {"plpgsql"} == {*extensions} - {"vector"}
