"""Jobs by what they have in common, by command: listed, told before they are changed, and changed in batches."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.db import ledger
from bellwork.ops.cli import consent
from bellwork.ops.cli.progress import Progress
from bellwork.workers import due_set
from tests.db.ledger import hands, ledger_jobs
from tests.ops.desk import ask
from tests.ops.test_web_jobs import dead, enqueue, states

if TYPE_CHECKING:
    from tests.ops.desk import Answer

#: Yesterday's part of the history: it is made for today and what comes.
YESTERDAY = """
DO $$ BEGIN EXECUTE format('CREATE TABLE bellwork.finished_jobs_of_yesterday PARTITION OF bellwork.finished_jobs'
    ' FOR VALUES FROM (%L) TO (%L)', current_date - 1, current_date); END $$
"""
pytestmark = pytest.mark.usefixtures("database")


def told(*words: str) -> Any:
    """Return a command's document."""
    answer = ask(*words, "--json")
    assert 0 == answer.code, answer.err
    return json.loads(answer.out)


def ids(*words: str) -> list[int]:
    """List the ids of jobs."""
    return [job["id"] for job in told("jobs", "list", *words)["jobs"]]


def test_filters_are_combined() -> None:
    """By error, in whatever case, and age since they ended or began to wait, beside state, actor and queue."""
    [late] = dead(reason="TimeoutError: the model was silent")
    [other] = dead(reason="TimeoutError: the model was silent", queue="other")
    [key] = dead(reason="KeyError: 'ada'")
    waiting, new = enqueue(2)
    hands.run("UPDATE bellwork.jobs SET created_at = created_at - interval '3 hours' WHERE id = :id", id=waiting)
    hands.run(YESTERDAY)
    hands.run("UPDATE bellwork.finished_jobs SET finished_at = finished_at - interval '3 hours' WHERE id = :id", id=key)

    assert [other, late] == ids("--error", "MODEL was")
    assert [late] == ids("--error", "timeout", "--queue", "t", "--state", "dead", "--actor", "t.work")
    assert [waiting, key] == ids("--older-than", "2h")
    assert [key] == ids("--older-than", "2h", "--error", "keyerror")
    assert [] == ids("--older-than", "1d")
    assert [new, waiting] == ids("--state", "available")
    assert 2 == ask("jobs", "list", "--older-than", "soon").code


def test_a_persons_jobs_are_found_and_cancelled() -> None:
    """By what their actors declare, waiting and finished, beside the other options; another person's stay."""
    paths: dict[str, Any] = {"declared": True, "subject": ("pupil",), "tenant": ("school",)}
    old, one, other = (enqueue(args={"pupil": pupil, "school": "s-1"}, **paths)[0] for pupil in ("u-1", "u-1", "u-2"))
    enqueue()
    hands.act(ledger.cancel, [old], "a test")

    assert [one, old] == ids("--subject", "u-1")
    assert [other, one] == ids("--tenant", "s-1", "--state", "available", "--actor", "t.work")
    assert [] == ids("--tenant", "s-1", "--subject", "u-3")
    assert [old] == ids("--subject", "u-1", "--queue", "t", "--state", "cancelled")
    assert {"cancelled": [one], "unchanged": []} == told("jobs", "cancel", "--subject", "u-1")


def test_a_text_is_looked_for_in_all_that_a_filter_finds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where jobs are changed, part after part, however few of them hold it; those between are left alone."""
    monkeypatch.setattr("bellwork.db.queries.listing.SEARCHED", 3)
    first = dead(2, reason="OSError: away")
    dead(10, reason="KeyError: 'ada'")
    last = dead(1, reason="OSError: away")
    asked = ("jobs", "retry", "--error", "oserror", "--queue", "t", "--yes")

    assert {"retried": [*first, *last], "unchanged": []} == told(*asked)
    assert {"available": 3, "dead": 10} == states()


def test_a_preview_looks_for_a_text_among_the_newest_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """It says that there may be older ones; the change finds them, after it was agreed to."""
    monkeypatch.setattr("bellwork.db.queries.listing.SEARCHED", 3)
    old = dead(2, reason="OSError: away")
    dead(10, reason="KeyError: 'ada'")
    asked = ("jobs", "retry", "--error", "oserror")
    preview = told(*asked, "--dry-run")

    assert (0, True) == (preview["count"], preview["is_more"])
    assert "none of the newest jobs, and older ones are not looked at" in ask(*asked, "--dry-run").out
    assert "say --yes to retry those that are like that, all of them older" in ask(*asked).err
    assert {"retried": old, "unchanged": []} == told(*asked, "--yes")
    assert "no job is like that" in ask(*asked, "--queue", "none", "--dry-run").out


def test_jobs_are_told_before_they_are_changed() -> None:
    """With --dry-run: how many, of which actors, which for instance; nothing is changed."""
    enqueue(3)
    newest = enqueue(2, actor="t.other")
    found = told("jobs", "cancel", "--queue", "t", "--dry-run")

    assert (5, {"t.work": 3, "t.other": 2}, newest[::-1]) == (found["count"], found["actors"], found["examples"][:2])
    assert "5 jobs: 3 of t.work, 2 of t.other" in ask("jobs", "cancel", "--queue", "t", "--dry-run").out
    assert "1 job: 1 of t.other" in ask("jobs", "cancel", str(newest[0]), "--dry-run").out
    assert "no job is like that" in ask("jobs", "retry", "--queue", "t", "--dry-run").out
    assert {"available": 5} == states()


@pytest.mark.parametrize(
    ("given", "yes", "terminal", "code", "said"),
    [
        (b"", [], False, 1, "say --yes to cancel 101 jobs"),
        (b"yes\n", [], True, 1, "nothing was changed"),
        (b"101\n", [], True, 0, "Cancel 101 jobs? Type 101 to do it"),
        (b"", ["--yes"], False, 0, "101 jobs: 101 of t.work"),
    ],
)
def test_many_jobs_are_asked_about(  # noqa: PLR0913, PLR0917 - the cases
    monkeypatch: pytest.MonkeyPatch, given: bytes, yes: list[str], terminal: bool, code: int, said: str
) -> None:
    """Above a hundred their number is typed; where nobody can be asked it takes --yes; what is chosen is told first."""
    monkeypatch.setattr(consent, "is_terminal", lambda: terminal)
    enqueue(101)
    answer: Answer = ask("jobs", "cancel", "--queue", "t", *yes, given=given)

    assert (code, True) == (answer.code, said in answer.err), answer.err
    assert {"available" if code else "cancelled": 101} == states()


def test_waiting_jobs_get_another_priority() -> None:
    """Those due now and later, not those that run; the due set has them at their new place; acts say what it was."""
    *jobs, later = enqueue(3)
    hands.run("UPDATE bellwork.jobs SET run_at = now() + interval '1 hour' WHERE id = :id", id=later)
    hands.run("UPDATE bellwork.jobs SET priority = 7 WHERE id = :id", id=jobs[0])
    done = told("jobs", "reprioritise", "--queue", "t", "--priority", "-5", "--reason", "urgent")

    assert {"reprioritised": [*jobs, later], "unchanged": []} == done
    assert (3, -5) == (ledger_jobs.count(), hands.ask("SELECT DISTINCT priority FROM bellwork.jobs"))
    assert set(jobs) == set(due_set.pop("t", 10) or [])
    [act] = told("acts")["acts"]
    assert ("jobs reprioritise", "urgent", 7, -5) == (
        *(act[name] for name in ("what", "why")),
        act["before"][str(jobs[0])],
        act["after"][str(jobs[0])],
    )
    assert 1 == ask("jobs", "reprioritise", "999", "--priority", "1").code
    assert 2 == ask("jobs", "reprioritise", "1", "--priority", "1001").code


def test_progress_tells_rate_and_time_left() -> None:
    """As far as they are known: with a total and after some have been done."""
    assert "50 of 200 jobs cancelled so far, 25 a second, 6.0 s left" == Progress("job", "cancelled", 200).line(50, 2)
    assert "1 job cancelled so far, 6.0 a minute" == Progress("job", "cancelled").line(1, 10)
    assert "0 of 1 job cancelled so far" == Progress("job", "cancelled", 1).line(0, 10)
