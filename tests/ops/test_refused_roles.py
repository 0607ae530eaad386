"""A role that may not is told which one may, and of what it was refused nothing is on record."""

from __future__ import annotations

import json
import os
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import make_url, text

from bellwork.db.engine import forget, transaction
from bellwork.db.refused import who_may
from tests.db.catalog import run_script
from tests.ops.desk import ask

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("database")


@contextmanager
def logged_in(monkeypatch: pytest.MonkeyPatch, *roles: str) -> Iterator[str]:
    """Connect as a login that is a member of these roles; says who owns the tables."""
    with transaction() as conn:
        owner: str = conn.execute(text("SELECT quote_ident(current_user)")).scalar_one()
        conn.execute(text(f"CREATE ROLE t_login LOGIN {'IN ROLE ' * bool(roles)}{', '.join(roles)}"))
    try:
        with monkeypatch.context() as patch:
            url = make_url(os.environ["DATABASE_URL"]).update_query_dict({"user": "t_login"})
            patch.setenv("DATABASE_URL", url.render_as_string(hide_password=False))
            forget()
            yield owner
    finally:
        forget()
        with transaction() as conn:
            conn.execute(text("DROP ROLE t_login"))


def acts() -> list[str]:
    """List what is on record."""
    return [act["what"] for act in json.loads(ask("acts", "--json").out)["acts"]]


def test_a_command_names_the_roles_that_may_and_the_owner(monkeypatch: pytest.MonkeyPatch) -> None:
    """What an API layer's login may not read, those of operators and workers may; nobody's login, no role of ours."""
    mend = "let DATABASE_URL name a member of one of them (docs/deploy.md, Roles)"
    with logged_in(monkeypatch, "bellwork_api") as owner:
        api = ask("status")
    with logged_in(monkeypatch):
        stranger = ask("jobs", "list")

    lacks, roles = "t_login lacks this right", f"bellwork_worker and bellwork_ops have it, and the owner {owner}"
    assert f"bellwork: permission denied for table snapshot; {lacks}: {roles}; {mend}\n" == api.err
    assert f"for schema bellwork; {lacks}: bellwork_api, {roles}; {mend}\n" in stranger.err
    assert (3, 1) == (api.code, stranger.code)


@pytest.mark.parametrize(
    "command",
    [
        ("retention", "run"),
        ("partitions", "rotate"),
        ("partitions", "convert", "bellwork.ticks"),
        ("partitions", "convert", "content.audit_logs", "--abandon"),
    ],
    ids=" ".join,
)
def test_what_an_operator_s_role_may_not_do_is_not_on_record(
    monkeypatch: pytest.MonkeyPatch, command: tuple[str, ...]
) -> None:
    """It is refused in one line, with who may, before anything is written."""
    with logged_in(monkeypatch, "bellwork_ops") as owner:
        answer = ask(*command)

    assert (1, 1) == (answer.code, answer.err.count("\n"))
    assert f"owner {owner}" in answer.err or f"belongs to {owner}" in answer.err
    assert [] == acts()


def test_each_rule_of_a_run_is_on_record_once_it_has_begun() -> None:
    """Not one that somebody else is at, nor one that does not fit the tables."""
    with transaction() as conn:
        run_script(conn, "vividly_rows.sql", "content")
        conn.execute(
            text(
                "INSERT INTO bellwork.retention (rule, held_by, held_attempt, held_until)"
                " VALUES ('content.archive_feedback', 'job 7', 1, now() + interval '1 minute')"
            )
        )
        conn.execute(text("ALTER TABLE content.content_requests DROP COLUMN deleted_at CASCADE"))
    ask("retention", "run")
    acts = json.loads(ask("acts", "--json").out)["acts"]
    subjects = {act["subject"] for act in acts if act["subject"].startswith("rule content.")}

    assert {f"rule content.{name}" for name in ("clear_reset_tokens", "remove_uploads", "end_contracts")} == subjects


def test_a_conversion_that_has_nothing_to_take_back_is_not_on_record() -> None:
    """The table is partitioned already."""
    assert 0 == ask("partitions", "convert", "content.audit_logs", "--abandon").code
    assert [] == acts()


def test_a_role_of_ours_that_lacks_what_it_is_to_have_is_told_to_migrate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Grants are given at the end of a migration, and a later table may wait for it."""
    with transaction() as conn:
        conn.execute(text("REVOKE SELECT ON bellwork.operator_acts FROM bellwork_ops"))
    with logged_in(monkeypatch, "bellwork_ops") as owner:
        answer = ask("acts")

    assert f"t_login lacks this right; `bellwork migrate` as {owner} gives the roles what they lack\n" in answer.err


def test_what_belongs_to_nobody_of_ours_is_said_in_general(monkeypatch: pytest.MonkeyPatch) -> None:
    """A function that raises speaks of no table: who may insert jobs is named; what only an owner may, the owner."""
    with logged_in(monkeypatch, "bellwork_api") as owner:
        internal = who_may("enqueue: actor 'x' is declared with callers=\"internal\"")
        owned = who_may("must be owner of table finished_jobs")

    assert "t_login lacks this right: bellwork_worker and bellwork_ops have it" in internal
    assert f"t_login lacks this right: only the owner {owner} has it; " in owned
