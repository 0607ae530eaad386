"""What machines ask: metrics, health and readiness; the alerts over the metrics, and a page for each alert."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import time
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import anyio
import anyio.to_thread
import httpx
import pytest
from starlette.testclient import TestClient

from bellwork.db import ledger, troubles
from bellwork.db.engine import transaction
from bellwork.db.ledger import ChangedBy, NewJob, budgets
from bellwork.ops.look.exposition import metric
from bellwork.ops.web import dashboard
from bellwork.workers import due_set
from tests.db.ledger import hands, ledger_jobs
from tests.ops.desk import ask
from tests.ops.test_figures import renew
from tests.scheduler.calendars import bring, hourly

if TYPE_CHECKING:
    from collections.abc import Iterator

DOCS = Path(__file__).parents[2] / "docs"
ALERTS = (DOCS / "monitoring" / "alerts.yml").read_text()
NAMES = re.findall(r"alert: Bellwork(\w+)", ALERTS)
#: A line of a metric: its name, labels in braces, a number.
LINE = re.compile(r'[a-z_]+(\{([a-z]+="(\\.|[^"\\])*",?)+\})? (-?[0-9.e+-]+)')
PROMTOOL = shutil.which("promtool")


@pytest.fixture
def web(database: str) -> Iterator[TestClient]:
    """A machine that asks."""
    del database
    with TestClient(dashboard(["here"]), base_url="http://here") as client:
        yield client


def told(web: TestClient) -> dict[str, float]:
    """Return the metrics by name and labels; every line is one, or a comment."""
    answer = web.get("/metrics")
    assert (200, "text/plain; version=0.0.4; charset=utf-8") == (answer.status_code, answer.headers["content-type"])
    lines = [line for line in answer.text.splitlines() if not line.startswith("# ")]
    assert [] == [line for line in lines if not LINE.fullmatch(line)]
    return {line.rpartition(" ")[0]: float(line.rpartition(" ")[2]) for line in lines}


def test_metrics_are_those_of_the_snapshot(web: TestClient) -> None:
    """A queue with nothing ready shows 0; what no live worker knows is ready; finished jobs are in the histograms."""
    with transaction() as conn:
        ledger.register_actors(conn, [{"name": "t.one", "queue": "quiet", "priority": 0, "lane": "long"}])
    renew()
    job = ledger_jobs.claim_one()
    ledger_jobs.put(NewJob("t.nobody", queue="nowhere"))
    with transaction() as conn:
        ledger.finish(conn, [job.held])
        ledger.pause(conn, "quiet", "somebody", "a reason")
    renew()
    found = told(web)

    assert 0 == found['bellwork_jobs_ready{queue="quiet"}']
    assert 1 == found['bellwork_jobs_paused{queue="quiet"}']
    assert 1 == found['bellwork_jobs_ready{queue="nowhere"}'] == found['bellwork_jobs_unknown{kind="t.nobody"}']
    assert 1 == found['bellwork_jobs_finished_total{queue="default",kind="t.listed",outcome="done"}']
    assert 1 == found['bellwork_job_run_seconds_count{queue="default"}']
    assert 1 == found['bellwork_job_wait_seconds_bucket{queue="default",le="+Inf"}']
    assert (1, 1) == (found["bellwork_workers"], found["bellwork_redis_up"])


def test_metrics_tell_what_jobs_stand_on(web: TestClient) -> None:
    """Threads, leases, ends of processes, the calendar, partitions and PostgreSQL; what never befell is 0."""
    worker = ledger.Worker(uuid4(), "worker-1", 1, 1, ["default"], {"t.listed": None}, threads=8, clock=time.time())
    with transaction() as conn:
        ledger.register_worker(conn, worker, 60)
    ledger_jobs.claim(worker.id, ledger_jobs.put(), "t.listed")
    gone = ledger_jobs.appear()
    with transaction() as conn:
        ledger.rescue_dead(conn, [gone], "it died")
    bring(hourly())
    renew()
    found = told(web)

    assert (1, 7) == tuple(found[f'bellwork_worker_slots{{state="{state}"}}'] for state in ("busy", "free"))
    assert (1, 0) == (found["bellwork_leases_active"], found["bellwork_leases_expiring"])
    assert (1, 0) == tuple(found[f'bellwork_worker_ends_total{{reason="{how}"}}'] for how in ("died", "silent"))
    assert 0 == found['bellwork_fence_rejections_total{reason="reclaimed"}']
    assert 0 == found['bellwork_leases_reclaimed_total{reason="died"}']
    assert abs(found['bellwork_clock_skew_seconds{host="worker-1"}']) < 60
    assert 0 == found['bellwork_schedule_missed_last_hour{schedule="t.hourly"}']
    assert found['bellwork_partition_horizon_days{table="bellwork.finished_jobs"}'] > 1
    assert 0 == found['bellwork_archive_waiting_partitions{table="content.audit_logs"}']
    assert 0 < found["bellwork_pg_connections"] <= found["bellwork_pg_connections_max"]
    assert found['bellwork_pg_table_bytes{table="jobs"}'] > 0


def test_metrics_tell_of_budgets(web: TestClient) -> None:
    """For each unit what is spent today; where it has a limit, that, what is left of it and whether that lacks."""
    hands.act(budgets.set_budget, "llm", ChangedBy("ann", "a test"), {"calls": 3, "money": 1, "price_input": 2})
    hands.run(
        "INSERT INTO bellwork.budget_days (provider, day, calls, tokens, money)"
        " VALUES ('llm', (now() AT TIME ZONE 'UTC')::date, 2, 500, 1.5)"
    )
    found = told(web)
    names = ("spent", "limit", "left", "lacking")
    calls, money, tokens = (
        [found.get(f'bellwork_budget_{name}{{provider="llm",unit="{unit}"}}') for name in names]
        for unit in ("calls", "money", "tokens")
    )

    assert [2, 3, 1, 0] == calls
    assert [1.5, 1, 0, 1] == money
    assert [500, None, None, None] == tokens


def test_metrics_tell_who_is_left_alone_and_which_disk_is_full(web: TestClient) -> None:
    """As those noted it in Redis who met it; a provider that answers again has no line."""
    redis = due_set.client()
    met: dict[str, troubles.Kind] = {"llm": "open", "tts": "busy", "STORAGE_URL worker-1": "full"}
    for name, kind in met.items():
        troubles.note(redis, name, kind, "a test", 60)
    found = told(web)
    troubles.clear(redis, "llm", "open")

    assert 1 == found['bellwork_provider_circuit_open{provider="llm"}']
    assert 1 == found['bellwork_provider_busy{provider="tts"}']
    assert 1 == found['bellwork_storage_full{setting="STORAGE_URL",host="worker-1"}']
    assert not any(name.startswith("bellwork_provider_circuit_open") for name in told(web))
    redis.delete(troubles.KEY)


def test_a_stale_snapshot_shows_its_age_and_no_figures_of_queues(web: TestClient) -> None:
    """So no graph goes on with what was true once."""
    ledger_jobs.put()
    renew()
    hands.run("UPDATE bellwork.snapshot SET at = now() - interval '10 minutes'")
    found = told(web)

    assert 600 <= found["bellwork_snapshot_age_seconds"] < 700
    assert not any("queue=" in name for name in found)
    assert 0 == found["bellwork_workers"]


def test_a_label_cannot_end_its_line() -> None:
    """Whatever a name holds."""
    lines = metric("m", "gauge", "a\nb", [({"queue": 'a"b\\c\nd'}, 1.5)])

    assert ["# HELP m a\\nb", "# TYPE m gauge", 'm{queue="a\\"b\\\\c\\nd"} 1.5'] == lines


def test_health_asks_nobody_and_readiness_asks_postgresql(web: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ready is a database at this release's schema, whatever waits there; else 503 with the reason."""
    ledger_jobs.put()
    assert (200, "ready\n") == (web.get("/readyz").status_code, web.get("/readyz").text)
    hands.run("UPDATE bellwork.alembic_version SET version_num = '0021'")
    behind = web.get("/readyz")
    monkeypatch.setenv("DATABASE_URL", "postgresql://127.0.0.1:1/none")
    away, alive = web.get("/readyz"), web.get("/healthz")

    assert (503, True) == (behind.status_code, "run `bellwork migrate`" in behind.text)
    assert (503, "PostgreSQL does not answer\n") == (away.status_code, away.text)
    assert (200, "ok\n") == (alive.status_code, alive.text)


@pytest.mark.usefixtures("database")
def test_health_is_answered_while_all_threads_wait_for_postgresql() -> None:
    """However many look at pages meanwhile: who asks for health would start the process anew, and nothing is gained."""

    async def ask_it() -> int:
        threads = anyio.to_thread.current_default_thread_limiter()
        for page in range(int(threads.total_tokens)):
            threads.acquire_on_behalf_of_nowait(page)
        transport = httpx.ASGITransport(dashboard(["here"]))
        async with httpx.AsyncClient(transport=transport, base_url="http://here") as client:
            with anyio.fail_after(60):
                return (await client.get("/healthz")).status_code

    assert 200 == anyio.run(ask_it)


def test_alerts_and_the_board_ask_for_metrics_that_there_are(web: TestClient) -> None:
    """Each name in a rule or a panel is one that `/metrics` tells, or one that a rule records."""
    renew()
    kinds = re.findall(r"# TYPE (\w+) (\w+)", web.get("/metrics").text)
    there = {name for name, _ in kinds}
    there |= {f"{name}_{part}" for name, kind in kinds if kind == "histogram" for part in ("bucket", "count", "sum")}
    board = (DOCS / "monitoring" / "grafana.json").read_text()
    asked = set(re.findall(r"\b(bellwork_\w+)", re.sub(r"docs/\S+", "", ALERTS) + board))

    assert len(asked) > 15
    assert set() == asked - there
    recorded = set(re.findall(r"record: (\S+)", ALERTS))
    assert set(re.findall(r"bellwork:[\w:]+", ALERTS + board)) == recorded
    assert json.loads(board)["panels"]


@pytest.mark.skipif(PROMTOOL is None, reason="promtool (Debian: prometheus) is not installed")
def test_each_alert_fires_for_one_series_and_not_for_another() -> None:
    """As Prometheus itself evaluates the rules."""
    for asked in (["check", "rules", "alerts.yml"], ["test", "rules", "alerts.test.yml"]):
        done = subprocess.run(
            [str(PROMTOOL), *asked], cwd=DOCS / "monitoring", capture_output=True, text=True, timeout=200, check=False
        )
        assert 0 == done.returncode, done.stdout + done.stderr


def test_each_alert_has_two_series_and_a_page() -> None:
    """No alert without a test that it fires; each but the one that always does has one for which it does not."""
    series = (DOCS / "monitoring" / "alerts.test.yml").read_text()
    fires = re.findall(r"alertname: Bellwork(\w+)\n\s+exp_alerts:\n", series)
    rests = re.findall(r"alertname: Bellwork(\w+), exp_alerts: \[\]", series)

    assert sorted(NAMES) == sorted(fires) == sorted({*rests, "DeadManSwitch"})
    assert {f"{name}.md" for name in NAMES} == {page.name for page in (DOCS / "runbooks").iterdir()}


def commands() -> list[str]:
    """List each `bellwork` command that a runbook gives, once."""
    pages = [page.read_text() for page in (DOCS / "runbooks").iterdir()]
    lines = [
        line
        for page in pages
        for block in re.findall(r"```sh\n(.*?)```", page, re.DOTALL)
        for line in block.splitlines()
    ]
    return sorted({*lines, *(each for page in pages for each in re.findall(r"`(bellwork [a-z]+ [^`]+)`", page))})


@pytest.mark.usefixtures("database")
def test_what_the_runbooks_tell_to_type_does_something() -> None:
    """Each command is run; none is wrong usage, and none that looks changes anything."""
    ledger_jobs.put(NewJob("t.listed"))
    renew()
    with transaction() as conn:
        for page in (DOCS / "runbooks").iterdir():
            for block in re.findall(r"```sql\n(.*?)```", page.read_text(), re.DOTALL):
                conn.exec_driver_sql(block)
    given = {"QUEUE": "default", "ACTOR": "t.listed", "JOB": "1", "ENTRY": "t.none", "OTHER": "t.other", "LETTER": "1"}
    given["ENDPOINT"] = "1"
    known = commands()
    asked = [[given.get(word, word) for word in shlex.split(line)] for line in known]
    asked = [[word.replace("QUEUE", "default") for word in words] for words in asked if words[1] != "worker"]
    answers = {" ".join(words): ask(*words[1:]) for words in asked}

    assert len(answers) > 20
    assert {} == {line: each.err for line, each in answers.items() if "Usage:" in each.err or "No such" in each.err}
