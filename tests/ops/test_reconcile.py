"""`bellwork reconcile`, and the calendar's own: what they find and mend, who is told of it, and who may."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.db.content.seed import load_samples
from bellwork.db.engine import forget, transaction
from bellwork.db.ledger import list_acts
from bellwork.db.pipelines import last_compared
from bellwork.ops.doctor.pipelines import check_pipelines
from bellwork.tasks.upkeep.reconcile import reconcile
from bellwork.workers.testing import enqueued, run_inline
from tests.db.ledger import hands
from tests.ops.desk import ask
from tests.ops.test_figures import renew
from tests.ops.test_refused_roles import logged_in
from tests.tasks.content.lesson import insert

if TYPE_CHECKING:
    from bellwork.ops.doctor.finding import Finding


@pytest.fixture(autouse=True)
def stuck(database: str) -> str:
    """A request whose job is lost; returns its id."""
    del database
    with transaction() as conn:
        load_samples(conn)
    return insert()


def old() -> None:
    """Let ten minutes pass for all requests."""
    hands.run("ALTER TABLE content.content_requests DISABLE TRIGGER USER")
    hands.run("UPDATE content.content_requests SET updated_at = now() - interval '10 minutes'")
    hands.run("ALTER TABLE content.content_requests ENABLE TRIGGER USER")


def first_of(document: str) -> dict[str, Any]:
    """What it says of content's requests."""
    return next(each for each in json.loads(document)["pipelines"] if each["pipeline"] == "content.requests")


def examined() -> Finding:
    """What the doctor finds."""
    with transaction() as conn:
        return check_pipelines(conn)


def test_it_is_found_named_mended_and_recorded(stuck: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """By an operator's login, too; who only looks changes nothing, and exit codes tell what is left."""
    assert 0 == ask("reconcile").code, "it has just come"
    old()
    with logged_in(monkeypatch, "bellwork_ops"):
        looked, healed = ask("reconcile"), ask("reconcile", "--heal", "--by", "ann", "--reason", "r", "--json")
        again = ask("reconcile", "--system", "content", "--older-than", "0")

    assert (1, 0, 0) == (looked.code, healed.code, again.code), (looked, healed, again)
    assert "content.requests: 1 row waits, and has no job" in looked.out
    assert f"{stuck} is in 'nlu_processing' since" in looked.out
    found = first_of(healed.out)
    assert ({"no job": 1}, {"no job": 1}, {}) == (found["wrong"], found["mended"], found["left"])
    assert [stuck] == [each["row"] for each in found["examples"]]
    assert ["content.understand"] == [job["actor"] for job in enqueued()]
    assert "Rows and jobs agree." in again.out
    assert "companion" not in again.out
    with transaction() as conn:
        [act] = list_acts(conn, 10)
    assert ("ann", "r", "reconcile") == (act["who"], act["why"], act["what"])


def test_the_calendar_reports_and_mends_where_it_is_told_to(stuck: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """`status` and the doctor name what is left, and no longer what is mended."""
    old()
    run_inline(reconcile)
    told, said = examined(), [each for each in _problems() if "disagreement" in each["what"]]

    assert [] == enqueued()
    assert ("warn", True) == (told.kind, stuck in told.said)
    assert ["1 disagreement between rows and jobs of content.requests"] == [each["what"] for each in said]
    assert stuck in said[0]["cause"]
    monkeypatch.setenv("RECONCILE", "heal")
    forget()
    run_inline(reconcile)

    assert ["content.understand"] == [job["actor"] for job in enqueued()]
    assert ("ok", []) == (examined().kind, [each for each in _problems() if "disagreement" in each["what"]])
    with transaction() as conn:
        last = {each.pipeline: each for each in last_compared(conn)}
    assert ({"no job": 1}, {}) == (last["content.requests"].mended, last["content.requests"].left)


def test_a_description_that_does_not_fit_is_named_and_stops_no_other(stuck: str) -> None:
    """By the command, the calendar and the doctor; an index that is missing is a warning."""
    old()
    hands.run("DROP INDEX content.idx_content_requests_sweep")
    assert ("warn", True) == (examined().kind, "(status, updated_at)" in examined().mend)
    hands.run("ALTER TABLE companion.practice_sets RENAME TO elsewhere")
    answer = ask("reconcile")
    run_inline(reconcile)

    assert 1 == answer.code
    assert '\'companion.practice_sets\' is of a table "companion"."practice_sets", which is not there' in answer.out
    assert stuck in answer.out
    assert "fail" == examined().kind
    assert any("companion.practice_sets is not compared" in each["what"] for each in _problems())
    assert "is no system" in ask("reconcile", "--system", "none").err.replace("there is no system", "is no system")


def _problems() -> list[dict[str, Any]]:
    renew()
    found: list[dict[str, Any]] = json.loads(ask("status", "--json").out)["problems"]
    return found
