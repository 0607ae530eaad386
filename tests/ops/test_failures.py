"""What jobs die of, by command: listed, shown, and replayed, one, ten, then all, as long as it goes well."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.ops.cli import consent, failure_replay
from bellwork.ops.replay import Replay
from tests.db.ledger import ledger_jobs
from tests.ops.desk import ask
from tests.ops.test_web_failures import failed
from tests.ops.test_web_jobs import Person, ann, states  # noqa: F401 - a fixture among them

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = pytest.mark.usefixtures("database")


def listed() -> list[dict[str, Any]]:
    """List the failures."""
    found: list[dict[str, Any]] = json.loads(ask("failures", "list", "--json").out)["failures"]
    return found


def fingerprint() -> str:
    """Return the fingerprint of the only failure."""
    [found] = listed()
    return str(found["fingerprint"])


def working(*fail_at: int) -> Callable[[float], None]:
    """Return a sleep during which a worker does all jobs that are due, but fails for the n-th ones that it gets."""
    worker, count = ledger_jobs.appear("t.work"), 0

    def work(_: float = 0) -> None:
        nonlocal count
        with transaction() as conn:
            ids = [job["id"] for job in ledger.list_jobs(conn, "available", limit=1_000)]
        for job in ledger_jobs.claim(worker, sorted(ids, reverse=True), "t.work"):
            count += 1
            with transaction() as conn:
                if count in fail_at:
                    assert ledger.retry(conn, job.held, 3600, {"attempt": job.attempt, "error": "KeyError: again"})
                else:
                    assert ledger.finish(conn, [job.held])

    return work


@pytest.fixture
def sleeps(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[float], None]], None]:
    """Let something else happen while the command waits."""
    return lambda instead: monkeypatch.setattr(failure_replay, "sleep", instead)


def test_failures_are_listed_and_shown() -> None:
    """A group has one fingerprint for all its jobs, whatever their lines and words, and an example of them."""
    ids = failed(2, "KeyError: 'ada'", line=7)
    failed(1, "KeyError: 'bob'", line=9, retried=True)
    failed(1, "TimeoutError: late", "other")
    late, key = listed()

    assert ("TimeoutError", "do_other", 1, 0) == tuple(
        late[name] for name in ("exception", "function", "dead", "retrying")
    )
    assert ("KeyError", "do_steps", 2, 1) == tuple(key[name] for name in ("exception", "function", "dead", "retrying"))
    assert key["fingerprint"] in ask("failures", "list").out
    assert late["fingerprint"] != key["fingerprint"]
    shown = ask("failures", "show", key["fingerprint"])
    assert all(word in shown.out for word in (f"{ids[1]}, {ids[0]}", "do_steps", "2, the newest", "replay"))
    assert (1, "") == (ask("failures", "show", "0" * 10).code, ask("failures", "show", "0" * 10).out)


def test_a_replay_goes_on_while_it_goes_well(sleeps: Callable[..., None]) -> None:
    """One, ten, then the rest: each stage after the one before; every stage is an act with its jobs, for the reason."""
    ids = failed(30, "KeyError: 'ada'")
    other = failed(1, "OSError: 'ada'")
    sleeps(working())
    answer = ask("failures", "replay", fingerprint_of("KeyError"), "--yes", "--json", "--reason", "mended")
    found = json.loads(answer.out)

    assert (0, 30, 30, 0, None, 0) == (
        answer.code,
        *(found[name] for name in ("replayed", "done", "failed", "stopped", "left")),
    )
    assert {"done": 30, "dead": 1} == states()
    acts = json.loads(ask("acts", "--json").out)["acts"]
    assert [(3, 19), (2, 10), (1, 1)] == [(act["after"]["stage"], act["after"]["jobs"]) for act in acts]
    assert {("failures replay", "mended")} == {(act["what"], act["why"]) for act in acts}
    assert {str(ids[-1])} == set(acts[-1]["before"])
    assert [acts[-1]] == json.loads(ask("acts", "--json", "--on", f"job {ids[-1]}").out)["acts"]
    assert other


@pytest.mark.parametrize(("fail_at", "back"), [((1,), 1), ((4,), 11), ((12, 13, 14), 61)])
def test_a_replay_stops_where_jobs_fail_again(
    sleeps: Callable[..., None], monkeypatch: pytest.MonkeyPatch, fail_at: tuple[int, ...], back: int
) -> None:
    """One of one, one of eleven, or three of the first batch of the rest: what is left stays dead, and is told."""
    monkeypatch.setattr("bellwork.ops.replay.BATCH", 50)
    failed(100, "KeyError: 'ada'")
    sleep = working(*fail_at)
    sleeps(sleep)
    if back > 11:  # those of a batch end before the next one goes
        monkeypatch.setattr("bellwork.ops.replay.MOST_FAILED", 0.04)
        look = Replay.look
        monkeypatch.setattr(Replay, "look", lambda run, conn: (sleep(0), look(run, conn))[1])
    answer = ask("failures", "replay", fingerprint(), "--yes")

    assert 1 == answer.code
    assert f"Of {back} job{'s' if back > 1 else ''} put back {len(fail_at)} failed again" in answer.out
    assert f"{100 - back} dead jobs of it remain" in answer.out
    assert "Stopped at stage" in answer.out
    assert 100 - back == states()["dead"]


def test_a_replay_that_is_cut_off_is_run_again(sleeps: Callable[..., None]) -> None:
    """Ctrl-C in the middle says what was put back; the next run begins with one, and does the rest."""
    failed(30, "KeyError: 'ada'")
    work, naps = working(), iter([False, True])

    def interrupted(_: float) -> None:
        if next(naps):
            raise KeyboardInterrupt
        work(0)

    sleeps(interrupted)
    name = fingerprint()
    answer = ask("failures", "replay", name, "--yes")

    assert (130, "") == (answer.code, answer.out.partition("\n")[2])
    assert "Of 11 jobs put back 10 wait or run" in answer.err
    assert {"done": 1, "available": 10, "dead": 19} == states()
    sleeps(work)
    assert 0 == ask("failures", "replay", name, "--yes").code
    assert {"done": 30} == states()


def test_nothing_is_replayed_unless_somebody_agrees(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a terminal it takes --yes; on one it is asked, and anything but yes is no."""
    failed(2, "KeyError: 'ada'")
    answer = ask("failures", "replay", fingerprint())
    monkeypatch.setattr(consent, "is_terminal", lambda: True)
    asked = ask("failures", "replay", fingerprint(), given=b"no\n")

    assert (1, True) == (answer.code, "say --yes to replay 2 jobs" in answer.err)
    assert (1, True) == (asked.code, "nothing was changed" in asked.err)
    assert {"dead": 2} == states()


def test_a_replay_whose_jobs_nobody_takes_says_so(sleeps: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> None:
    """After a while without an end it stops, and names the command that says why."""
    [_, job] = failed(2, "KeyError: 'ada'")
    sleeps(lambda _: None)
    monkeypatch.setattr(failure_replay, "monotonic", iter(range(0, 10_000, 50)).__next__)
    answer = ask("failures", "replay", fingerprint(), "--yes", "--patience", "2m")

    assert (1, True) == (answer.code, f"`bellwork explain job {job}` says why" in answer.out)
    assert {"available": 1, "dead": 1} == states()


def test_the_page_replays_a_stage_with_each_press(ann: Person) -> None:  # noqa: F811 - the fixture
    """By the same code: each stage when the one before has ended well, and from the first one where it has not."""
    failed(30, "KeyError: 'ada'")
    act, work = f"/act/failures/replay?of={fingerprint()}", working(13)

    assert "Stage 1 of 3 puts back 1 job" in ann.page(act)
    assert "1 job put back by stage 1" in ann.act(act)[1]
    assert 409 == ann.client.get(act).status_code, "the first one has not ended"
    work(0)
    assert "Stage 2 of 3 puts back 10 jobs" in ann.page(act)
    assert "10 jobs put back by stage 2" in ann.act(act)[1]
    work(0)
    assert "Stage 3 of 3 puts back 19 jobs" in ann.page(act)
    assert {"done": 11, "dead": 19} == states()
    monkeypatched = ann.act(act)[1]
    assert "19 jobs put back by stage 3" in monkeypatched
    work(0)
    assert {"done": 29, "available": 1} == states()


def fingerprint_of(exception: str) -> str:
    """Return the fingerprint of the failure with this exception."""
    return str(next(each["fingerprint"] for each in listed() if each["exception"] == exception))
