"""What destroys, or writes to people, asks by itself whether its time has come; it believes no sender."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.tasks.content.old_names import archive_feedback, archive_requests, clear_reset_tokens, tell_contract
from bellwork.tasks.content.retention.contracts import end_contracts
from bellwork.tasks.content.retention.organization_deletion import delete_organization
from bellwork.tasks.content.retention.uploads import remove_uploads
from bellwork.tasks.providers import storage
from bellwork.tasks.upkeep.rotate import rotate_partitions
from bellwork.workers.as_job import as_job
from bellwork.workers.broker import broker
from bellwork.workers.testing import drain, enqueued, run_due, run_inline
from tests.tasks.content.retention.old import add_feedback, add_requests, ask, change, tell

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dramatiq import Actor

TABLES = (
    "class_students",
    "student_account_requests",
    "bulk_upload_jobs",
    "classes",
    "feedback",
    "content_requests",
    "student_progress",
    "student_interests",
    "users",
    "organizations",
    "audit_logs",
)
_SIGN = """
UPDATE {content}.organizations SET metadata = jsonb_build_object('contract_end',
    CAST(now() AT TIME ZONE 'UTC' AS date) - CAST(:days AS int)) WHERE id = 'org_mnps'
"""
# A partition that leaves tomorrow, and never sooner.
_PARTITION = """
DO $$
DECLARE due timestamptz := now() - interval '7 years' + interval '1 day';
BEGIN
    EXECUTE format('CREATE TABLE content.audit_logs_old PARTITION OF content.audit_logs FOR VALUES FROM (%L) TO (%L)',
                   due - interval '1 day', due);
    INSERT INTO content.audit_logs (action, created_at) VALUES ('old', due - interval '1 hour');
END $$
"""


def the_end(days_ago: int) -> str:
    """Let the district's contract have ended so many days ago; returns the day."""
    change(_SIGN, days=days_ago)
    [day] = ask("SELECT metadata ->> 'contract_end' FROM {content}.organizations WHERE id = 'org_mnps'")
    return str(day)


def last_word_six_days_ago() -> dict[str, str]:
    """A contract that is long over, whose people were told a day less than a week ago."""
    end = the_end(60)
    tell("org_mnps", end, days_ago=6)
    return {"organization_id": "org_mnps", "contract_end": end}


def ended_29_days_ago() -> dict[str, str]:
    """A contract whose people were told in time, a day before it may be deleted."""
    end = the_end(29)
    tell("org_mnps", end, days_ago=8)
    return {"organization_id": "org_mnps", "contract_end": end}


def last_word_in_a_queue() -> dict[str, str]:
    """A contract whose last word was announced long ago, and taken by no mail server."""
    end = the_end(60)
    for recipient, state in (("a", "waiting"), ("b", "refused"), ("c", "unknown"), ("d", "sending")):
        tell("org_mnps", end, days_ago=30, recipient=recipient, state=state)
    return {"organization_id": "org_mnps", "contract_end": end}


def running_for_years() -> dict[str, str]:
    """A contract that ends in 2099."""
    end = the_end(-26_500)
    return {"organization_id": "org_mnps", "contract_end": end}


def never_heard_of() -> dict[str, str]:
    """No organization at all."""
    return {"organization_id": "org_nowhere", "contract_end": "2020-01-31"}


def letter_a_day_early() -> dict[str, str]:
    """A letter about an end that is eight days away, to somebody who runs the school."""
    return _letter(the_end(-8), "ends_in_7_days")


def letter_a_day_late() -> dict[str, str]:
    """A letter that says 'ends', the day after the end."""
    return _letter(the_end(1), "ends_in_1_day")


def last_word_a_day_early() -> dict[str, str]:
    """A last word on the 22nd day after the end."""
    return _letter(the_end(22), "deleted_in_7_days")


def _letter(end: str, step: str) -> dict[str, str]:
    change(
        "INSERT INTO bellwork.contract_notices (organization_id, contract_end, step, recipient_id)"
        " VALUES ('org_mnps', :end, :step, 'user_teacher')",
        end=end,
        step=step,
    )
    return {"organization_id": "org_mnps", "contract_end": end, "step": step, "recipient_id": "user_teacher"}


def nothing_due() -> dict[str, str]:
    """A contract on the day before its next step, and rows of every table a day younger than their rule."""
    the_end(-8)
    add_requests(3, 89)
    add_feedback(3, 729)
    change("UPDATE {content}.users SET reset_token = 't', reset_token_expires_at = now() + interval '1 day'")
    storage().put("uploads/list.csv", b"Ada,ada@example.org")
    change("UPDATE {content}.bulk_upload_jobs SET file_path = 'uploads/list.csv', status = 'completed',"
           " completed_at = now() - interval '6 days'")  # fmt: skip
    change(_PARTITION)
    return {}


CASES = (
    (delete_organization, last_word_six_days_ago),
    (delete_organization, ended_29_days_ago),
    (delete_organization, last_word_in_a_queue),
    (delete_organization, running_for_years),
    (delete_organization, never_heard_of),
    (tell_contract, letter_a_day_early),
    (tell_contract, letter_a_day_late),
    (tell_contract, last_word_a_day_early),
)
SWEEPING = (
    end_contracts,
    clear_reset_tokens,
    archive_requests,
    archive_feedback,
    remove_uploads,
    rotate_partitions,
)


def by_hand(actor: Actor[Any, Any], args: dict[str, str]) -> dict[str, Any]:
    """Send it from Python and run it."""
    return run_inline(actor, **args)


def by_sql(actor: Actor[Any, Any], args: dict[str, str]) -> dict[str, Any]:
    """Enqueue it by the SQL function and run it."""
    [number] = ask(
        "SELECT bellwork.enqueue(:actor, (SELECT coalesce(jsonb_object_agg(n, v), '{}')"
        " FROM unnest(CAST(:names AS text[]), CAST(:given AS text[])) AS a(n, v)))",
        actor=actor.actor_name,
        names=list(args),
        given=list(args.values()),
    )
    return _ran(number)


def by_retry(actor: Actor[Any, Any], args: dict[str, str]) -> dict[str, Any]:
    """Put back one that was cancelled, as `bellwork jobs retry` does, and run it."""
    with transaction() as conn:
        [due] = ledger.enqueue(conn, [as_job(broker, actor.message(**args))])
    with transaction() as conn:
        ledger.cancel(conn, [due.id], "not today")
    with transaction() as conn:
        assert [due.id] == ledger.retry_finished(conn, [due.id])
    return _ran(due.id)


def _ran(number: int) -> dict[str, Any]:
    run_due([number])
    with transaction() as conn:
        return ledger.show_job(conn, number) or {}


def kept(folder: Path) -> list[Any]:
    """Return every row of the system, every notice but for how it stands, every partition, and every file there is."""
    rows = {table: ask(f"SELECT CAST(t AS text) FROM {{content}}.{table} t ORDER BY 1") for table in TABLES}  # noqa: S608
    told = ask("SELECT concat_ws(' ', organization_id, step, recipient_id) FROM bellwork.contract_notices ORDER BY 1")
    files = sorted(str(path) for path in folder.rglob("*") if path.is_file())
    return [rows, told, files, ask("SELECT to_regclass('content.audit_logs_old') IS NOT NULL")]


WAYS = (by_hand, by_sql, by_retry)


@pytest.mark.parametrize(("actor", "case"), CASES)
def test_what_is_sent_before_its_day_changes_nothing(
    actor: Actor[Any, Any], case: Callable[[], dict[str, str]], district: Path
) -> None:
    """A deletion is dead, with the day on which it will be right; a letter is called off; no row or file differs."""
    run_inline(rotate_partitions)  # every actor is known to the ledger from here on
    args = case()
    before = kept(district)
    jobs = [way(actor, args) for way in WAYS]

    assert before == kept(district)
    assert [] == enqueued()
    if actor is delete_organization:
        assert ["dead"] * len(WAYS) == [job["state"] for job in jobs]
        said = "no organization" if case is never_heard_of else "may be deleted from"
        assert all(said in job["reason"] for job in jobs)


def test_sweeps_that_are_sent_a_day_early_change_nothing(district: Path) -> None:
    """Each sweep of the calendar, on the day before there is anything to do: not one row, file or partition goes."""
    run_inline(rotate_partitions)
    nothing_due()
    before = kept(district)
    states = {way(actor, {})["state"] for actor in SWEEPING for way in WAYS}

    assert before == kept(district)
    assert [] == enqueued()
    assert {"done"} == states


@pytest.mark.parametrize("state", ["waiting", "unknown", "sending"])
def test_a_last_word_that_no_server_took_for_certain_is_sent_again_each_day(state: str, district: Path) -> None:
    """The calendar sends its letter again until one was taken; from that day on, a week passes."""
    change(
        "INSERT INTO {content}.users (id, email, password_hash, first_name, last_name, role, org_id)"
        " VALUES ('head', 'head@example.org', '!', 'Dana', 'Head', 'district_admin', 'org_mnps')"
    )
    tell("org_mnps", the_end(60), days_ago=30, recipient="head", state=state)
    run_inline(end_contracts)
    [unheard] = ask("SELECT error FROM bellwork.retention WHERE rule = 'content.end_contracts'")
    run_inline(end_contracts)
    sent = ask("SELECT key FROM bellwork.letters WHERE state = 'pending'")
    for _ in range(3):
        drain()
        run_inline(end_contracts)

    assert "has reached nobody yet" in unheard
    assert 1 == len(sent)
    assert 1 == len(list((district / "mail").glob("*.eml")))
    assert [] == enqueued()
    assert ["sent"] == ask("SELECT state FROM bellwork.contract_notices")
    assert [None] == ask("SELECT error FROM bellwork.retention WHERE rule = 'content.end_contracts'")
