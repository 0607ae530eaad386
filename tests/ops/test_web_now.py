"""Now, the queues and the workers: what is wrong stands first with its cause, and with nothing wrong, that it lives."""

from __future__ import annotations

import html
import re
import socket
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from bellwork.db import engine, ledger, redis_client
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from bellwork.db.snapshot import QueueSnapshot, Snapshot
from bellwork.ops.look.late import cause, forecast
from bellwork.ops.look.picture import Picture
from bellwork.ops.look.problems import problems, verdict
from bellwork.ops.web import dashboard
from tests.db.snapshot.seconds import look

if TYPE_CHECKING:
    from collections.abc import Iterator

RUNBOOKS = Path(__file__).parents[2] / "docs" / "runbooks"
NOW = datetime(2026, 6, 10, 12, 30, tzinfo=UTC)
_WORKER = """
INSERT INTO bellwork.workers (id, host, pid, master_pid, queues, actors, expires_at)
VALUES (gen_random_uuid(), :host, 7, 1, CAST(:queues AS text[]), '{"t.work": null}',
    now() + make_interval(secs => :left))
"""
_RUNS = """
UPDATE bellwork.jobs SET state = 'running', claimed_at = now() - interval '9 min', attempt = 1,
    worker_id = (SELECT id FROM bellwork.workers WHERE host = 'host-00')
"""


def queue(name: str = "mail", **figures: Any) -> QueueSnapshot:
    """A queue in which nothing is, but for what a test says."""
    nothing = dict.fromkeys(QueueSnapshot.__dataclass_fields__, 0)
    unknown = dict.fromkeys(
        ("wait_p50", "wait_p95", "run_p50", "run_p95", "paused_at", "paused_by", "paused_until", "pause_reason")
    )
    return QueueSnapshot(**{**nothing, **unknown, "queue": name, "waits": (), "runs": (), "workers": 1, **figures})


def picture(*queues: QueueSnapshot, workers: int = 1, age: float = 1.0, **more: Any) -> Picture:
    """How things stand, well but for what a test says."""
    snapshot = Snapshot(NOW, age, 1.0, 0.01, "a test:1", workers, 0, [], [], queues, around(**more.pop("around", {})))
    due = any(each.ready for each in queues)
    return Picture(**{"at": NOW, "snapshot": snapshot, "workers": workers, "any_due": due, **more})


def around(**more: Any) -> dict[str, Any]:
    """What is amiss beside the queues: nothing, but for what a test says."""
    letters = {"due": 0, "later": 0, "unknown": 0}
    return {"quarantined": [], "short_of_partitions": [], "letters": letters, "mail_hold": None, **more}


SERVER: dict[str, Any] = {"connections": 90, "connections_most": 100, "oldest_transaction": 60.0}
LATE: dict[str, Any] = {"ready": 100, "oldest_ready_seconds": 1_080.0}
PAUSED: dict[str, Any] = {"paused_at": NOW - timedelta(hours=2), "paused_by": "ann", "pause_reason": "exams"}


@pytest.mark.parametrize(
    ("figures", "why", "what_comes"),
    [
        (LATE | {"workers": 0}, "no live worker listens", "stays as it is"),
        (LATE | PAUSED, "paused by ann since 2026-06-10 10:30:00Z: exams", "stays as it is"),
        (LATE | {"out_rate": 1.0, "failed_rate": 3.0}, "75% of what runs fails", "empty in 100 s"),
        (LATE | {"out_rate": 2.0, "in_rate": 5.0}, "5.0 jobs a second come, 2.0 are finished", "grows by 180 a minute"),
        (LATE | {"in_rate": 0.005}, "none of its jobs runs", "stays as it is"),
        (LATE | {"out_rate": 2.0, "in_rate": 1.0}, "worked off at 1.0 a second", "empty in 100 s"),
        (
            LATE | {"running": 3, "run_p95": 40.0},
            "3 jobs of it run, and none was finished lately; as a rule they take 40 s",
            "stays",
        ),
        (LATE, "none of its jobs runs", "stays as it is"),
    ],
)
def test_a_late_queue_says_why_and_what_comes_of_it(figures: dict[str, Any], why: str, what_comes: str) -> None:
    """The first cause that is found, and what rates lead to."""
    late = queue(**figures)

    assert why in cause(late)
    assert forecast(late).startswith(what_comes)


@pytest.mark.parametrize(
    ("so", "first"),
    [
        ({"redis": "does not answer"}, "Redis does not answer"),
        ({"takes_writes": False}, "PostgreSQL takes no writes"),
        ({"age": 60.0}, "No scheduler runs"),
        ({"age": -60.0}, "No scheduler runs"),
        ({"workers": 0}, "No worker is alive"),
        ({"snapshot": None}, "No scheduler runs"),
    ],
)
def test_what_keeps_everything_from_moving_stands_before_any_queue(so: dict[str, Any], first: str) -> None:
    """However late a queue is."""
    hold = {"mail_hold": {"since": NOW.isoformat(), "said": "it is full"}, "quarantined": ["t.a"]}
    found = problems(picture(queue(**LATE), overdue={"t.a": NOW}, around=hold, **so))
    kind, said = verdict(picture(), found)

    assert (first, "fail") == (found[0].what, kind)
    assert said.startswith(first)


def test_the_queue_that_hurts_most_stands_first_and_a_paused_one_can_be_resumed() -> None:
    """By jobs and by how long they wait, one that is paused after those; the safe act is offered where there is one."""
    small, large = queue("a", **(LATE | {"ready": 1})), queue("b", **LATE)
    found = problems(picture(small, large, queue("c", **(LATE | PAUSED | {"ready": 2}))))

    assert ["b", "a", "c"] == [problem.leads.rpartition("/")[2] for problem in found]
    assert [None, None, "queues/resume"] == [problem.step and problem.step.act for problem in found]


def test_what_hurts_nobody_yet_comes_last() -> None:
    """Letters of which nobody knows, deaths, a forgotten pause; what will stop work soon stands before those."""
    beside = {"letters": {"due": 0, "later": 0, "unknown": 2}, "short_of_partitions": ["x"], "quarantined": ["t.a"]}
    found = problems(picture(queue(**PAUSED, dead_24h=3), around=beside))

    assert [
        ("fail", "Quarantined: t.a"),
        ("fail", "Partitions run out for x"),
        ("warn", "Nobody knows whether 2 letters came"),
        ("warn", "3 jobs died in the last 24 hours"),
        ("warn", "Queue 'mail' is still paused"),
    ] == [(problem.kind, problem.what) for problem in found]


@pytest.mark.parametrize(
    ("ground", "said"),
    [
        (
            {"recently": {"ended": {"died": 3, "silent": 1, "master died": 9, "killed": 0}}, "recent_minutes": 10},
            "4 worker processes ended",
        ),
        ({"due_missing": {"mail": 50}}, "Redis lacks jobs that are due in mail"),
        ({"calendar": {"t.a": {"missed": 1}, "t.b": {"missed": 0}}}, "Missed in the last hour: 1 tick of t.a"),
        ({"clocks": {"a": -90.0, "b": 0.2}}, "Clocks disagree: a"),
        (
            {"tables": {"x.y": {"waiting": 2, "waiting_since": 0.0}, "x.z": {}}},
            "Archives are late: 2 partitions of x.y",
        ),
        ({"server": SERVER | {"connections": 96}}, "PostgreSQL has 96 of 100 connections in use"),
        ({"server": SERVER | {"oldest_transaction": 7_200.0}}, "A transaction is open for"),
    ],
)
def test_what_jobs_stand_on_is_a_problem_where_its_alert_fires(ground: dict[str, Any], said: str) -> None:
    """One that names its page, its cause or what comes of it, and a next step."""
    [found] = problems(picture(around={"ground": ground}))

    assert found.what.startswith(said)
    assert (RUNBOOKS / f"{found.runbook}.md").exists()
    assert found.forecast
    assert found.next


def test_what_jobs_stand_on_is_no_problem_below_that() -> None:
    """Three processes that died, some jobs missing in Redis, a second, a partition due yesterday."""
    ended = {"died": 3, "silent": 0, "master died": 9, "killed": 0}
    since = (NOW - timedelta(days=1)).timestamp()
    quiet = {
        "recently": {"ended": ended},
        "due_missing": {"mail": 20},
        "calendar": {"t.a": {"missed": 0}},
        "clocks": {"a": 0.9},
        "tables": {"x.y": {"waiting": 2, "waiting_since": since}},
        "server": SERVER,
    }

    assert [] == problems(picture(around={"ground": quiet}))
    assert [] == problems(picture(around={"ground": {"due_missing": None}}))


def test_a_late_queue_is_not_told_again_where_its_cause_is() -> None:
    """All its ready jobs are of an actor that nobody knows, or it moves but for those; else it is late for itself."""
    snapshot = picture(queue(**LATE)).snapshot
    assert snapshot is not None

    def told(waiting: int, **figures: Any) -> list[str]:
        rows = [{"queue": "mail", "actor": "t.gone", "waiting": waiting, "oldest": None}]
        late = replace(snapshot, queues=(queue(**(LATE | figures)),), unknown_actors=rows)
        return [problem.what.partition(" ")[0] for problem in problems(picture(snapshot=late))]

    assert [["100"], ["1"], ["Queue", "1"]] == [told(100), told(1, out_rate=2.0, in_rate=3.0), told(1)]


def test_each_problem_names_a_page_that_is_there() -> None:
    """Whatever is wrong, what it says of runbooks is a file, and its next step holds a command."""
    hold = {"since": NOW.isoformat(), "said": "it is full"}
    letters = {"due": 1, "later": 0, "unknown": 2}
    beside = {"letters": letters, "mail_hold": hold, "short_of_partitions": ["x"], "quarantined": ["t.a"]}
    late, paused = queue("a", **LATE, dead_24h=1), queue("b", **(LATE | PAUSED))
    servers: dict[str, Any] = {"redis": "does not answer", "takes_writes": False, "overdue": {"t.a": NOW}}
    found = [
        *problems(picture(late, paused, around=beside, **servers)),
        *problems(picture(late, age=60.0)),
        *problems(picture(late, workers=0)),
    ]

    assert all((RUNBOOKS / f"{each.runbook}.md").exists() for each in found if each.runbook)
    assert all(each.next.count("`") in {2, 4} for each in found), [each.next for each in found]


def test_with_nothing_wrong_it_says_how_it_knows() -> None:
    """When something was finished, and when a tick was decided."""
    well = picture(queue(), last_finished=NOW - timedelta(seconds=2), last_tick=NOW - timedelta(seconds=41))

    assert (
        "ok",
        "All is well: 1 worker alive, the newest job was finished 2.0 s ago, the last tick was decided 41 s ago.",
    ) == verdict(well, problems(well))


@pytest.fixture
def browser(database: str) -> Iterator[TestClient]:
    """Somebody who looks at the pages."""
    del database
    with TestClient(dashboard(["here"]), "http://here", raise_server_exceptions=False) as client:
        yield client


def worker(queues: str = "{t}", left: float = 60, host: str = "one") -> None:
    """Let a worker be registered whose lease has so many seconds left."""
    with transaction() as conn:
        conn.execute(text(_WORKER), {"queues": queues, "left": left, "host": host})


def late(count: int = 3) -> None:
    """Let jobs wait for ten minutes."""
    with transaction() as conn:
        ledger.enqueue(conn, [NewJob("t.work", queue="t") for _ in range(count)])
        conn.execute(text("UPDATE bellwork.jobs SET run_at = now() - interval '10 min'"))


def seen(page: str) -> str:
    """Return what is read of a page."""
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]+>", " ", page.partition("<main")[2])))


def test_an_empty_ledger_says_that_nobody_counts(browser: TestClient) -> None:
    """Before the first scheduler: there are no figures, and how to get them."""
    page = seen(browser.get("/").text)

    assert all(word in page for word in ("no snapshot was ever taken", "No figures", "python -m bellwork.scheduler"))
    assert 200 == browser.get("/queues").status_code == browser.get("/workers").status_code


def test_a_quiet_fleet_proves_that_it_lives(browser: TestClient) -> None:
    """Figures, their age, and who counted."""
    worker()
    look()
    page = seen(browser.get("/").text)

    assert all(word in page for word in ("All is well: 1 worker alive", "taken by a test:1", "Figures are"))


def test_a_late_queue_is_the_first_thing_said(browser: TestClient) -> None:
    """On the first page, at the head of the queues, and on its own page with the next job's reasons."""
    worker()
    late()
    look()
    pages = [seen(browser.get(path).text) for path in ("/", "/queues", "/queues/t")]

    assert (
        "Queue 't' is late: 3 jobs ready, the oldest for 10 min: workers listen to it, and none of its jobs runs"
        in pages[0]
    )
    assert all("late" in page and "10 min" in page for page in pages)
    assert "over 1 min 3" in pages[2]
    assert "no worker has ever registered an actor 't.work'" in pages[2]
    assert 404 == browser.get("/queues/unknown").status_code


def test_a_pause_is_seen_with_who_and_why(browser: TestClient) -> None:
    """At once, though the snapshot is from before."""
    worker()
    late()
    look()
    with transaction() as conn:
        ledger.pause(conn, "t", "ann", "<b>exams</b>")
    page = browser.get("/").text

    assert "paused by ann since" in page
    assert "<b>exams" not in page


def test_without_redis_the_page_says_so_first_and_goes_on(browser: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ledger has it all."""
    worker()
    late()
    look()
    with monkeypatch.context() as away:
        away.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
        engine.forget()
        redis_client.forget()
        page = browser.get("/")
    engine.forget()
    redis_client.forget()

    assert 200 == page.status_code
    assert seen(page.text).partition("Figures")[0].count("Redis does not answer") == 1


def test_while_postgresql_is_away_the_last_picture_stands(browser: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """With its age, and what to do; afterwards the same process goes on."""
    late()
    look()
    assert 200 == browser.get("/").status_code
    with monkeypatch.context() as away, socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        taken.close()
        away.setenv("DATABASE_URL", f"postgresql+psycopg://nobody@127.0.0.1:{port}/none")
        engine.forget()
        browser.app.state.now._taken = float("-inf")  # type: ignore[attr-defined] # a second is over
        page = browser.get("/")
    engine.forget()

    assert 503 == page.status_code
    assert all(
        word in seen(page.text) for word in ("PostgreSQL cannot be read", "what was seen last", "check that PostgreSQL")
    )
    assert ">t<" in page.text
    assert 200 == browser.get("/").status_code


def test_an_old_snapshot_is_called_old(browser: TestClient) -> None:
    """On every page of figures."""
    worker()
    late()
    look()
    with transaction() as conn:
        conn.execute(text("UPDATE bellwork.snapshot SET at = at - interval '5 min'"))
    pages = [seen(browser.get(path).text) for path in ("/", "/queues", "/queues/t", "/workers")]

    assert all("Old figures" in page and "5 min old" in page for page in pages)
    assert "No scheduler runs: the last snapshot is 5 min old" in pages[0]


def test_one_picture_serves_all_who_look(browser: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many ask within a second."""
    look()
    taken: list[Picture] = []
    kept = browser.app.state.now  # type: ignore[attr-defined] # starlette's own
    real = kept._take

    def take() -> Picture:
        taken.append(real())
        return taken[-1]

    monkeypatch.setattr("bellwork.ops.web.now.FRESH", 60.0)
    monkeypatch.setattr(kept, "_take", take)
    for path in ("/", "/queues", "/", "/workers", "/"):
        assert 200 == browser.get(path).status_code

    assert 1 == len(taken)


def test_workers_say_what_they_run_and_silent_ones_stand_first(browser: TestClient) -> None:
    """And thirty stand on a page."""
    for number in range(31):
        worker(host=f"host-{number:02}")
    worker(left=-60, host="zzz")
    late(1)
    with transaction() as conn:
        conn.execute(text(_RUNS))
    look()
    first, second = browser.get("/workers").text, browser.get("/workers?page=2").text

    assert first.index("zzz:7") < first.index("host-00:7")
    assert "31 of 32 processes alive" in seen(first)
    assert "t.work 9 min" in seen(first)
    assert "host-30" in second
    assert "host-30" not in first
    assert 200 == browser.get("/workers?page=99").status_code


def test_queues_are_found_by_name_and_thirty_stand_on_a_page(browser: TestClient) -> None:
    """Those in trouble first."""
    with transaction() as conn:
        ledger.enqueue(conn, [NewJob("t.work", {}, queue=f"q{number:03}", delay=3600) for number in range(61)])
        ledger.enqueue(conn, [NewJob("t.work", {}, queue="zlate")])
        conn.execute(text("UPDATE bellwork.jobs SET run_at = now() - interval '1 h' WHERE queue = 'zlate'"))
    look()
    pages = [browser.get(f"/queues?page={number}").text for number in (1, 2, 3)]

    assert [30, 30, 2] == [page.count('<th scope="row"') for page in pages]
    assert pages[0].index("zlate") < pages[0].index("q000")
    assert 1 == browser.get("/queues?q=Q017").text.count('<th scope="row"')
    assert "No queue is like that" in browser.get("/queues?q=%3Cscript%3E").text
