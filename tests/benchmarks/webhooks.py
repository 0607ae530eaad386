"""Webhooks to a receiver: by a worker, from the commit of the events on, by httpx with one client or one a call."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
from standardwebhooks.webhooks import Webhook

from bellwork.db.engine import transaction
from bellwork.db.webhooks import emit
from bellwork.db.webhooks.endpoints import add_endpoint, new_secret
from bellwork.ops.processes import Processes
from tests.benchmarks.fleet import ROOT, THREADS
from tests.benchmarks.measure import interleaved, ratio, say, spread, wait_until
from tests.benchmarks.section import Section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from tests.benchmarks.arena import Arena
    from tests.benchmarks.section import Plan

HEADING = "Webhooks to a receiver"
_COLUMNS = ["", "deliveries/s", "times a client per call", "times one pooled client"]
_NOTE = (
    "{count:,} events a round to a receiver in a process of its own that says 204, over http, on the same two cores. "
    "Bellwork: from the commit of the events until the last is written down as delivered, each with its job in the "
    "ledger, by one worker process of {threads} threads and a scheduler, PostgreSQL with fsync; two calls at once to "
    "each endpoint. The others sign and send alike, one after the other on one thread, and keep no record at all. A "
    "client per call, as httpx.post() makes one, reads the certificates of the system each time."
)
_OURS, _POOLED, _EACH = "Bellwork, {} endpoint{}", "httpx, one pooled client", "httpx, a client per call"
_BODY = '{"data":{"course_id":3,"enrollment_id":7},"timestamp":"2026-11-30T10:00:00.000000Z","type":"bench.sent"}'
_turns = iter(range(1_000_000_000))


def measure(arena: Arena, plan: Plan) -> Section:
    """Measure deliveries to one endpoint, to ten, and by a bare client."""
    count = plan.pick(quick=1_000, full=4_000)
    with _receiver() as port, _worker(arena):
        url = f"http://127.0.0.1:{port}/hook"
        ways: dict[str, Callable[[], float]] = {
            _OURS.format(1, ""): partial(_delivered, url, count, _endpoints(url, 1)),
            _OURS.format(10, "s"): partial(_delivered, url, count // 10, _endpoints(url, 10)),
            _POOLED: partial(_sent, url, count, each=False),
            _EACH: partial(_sent, url, max(20, count // 100), each=True),
        }
        say("delivering")
        found = interleaved(ways, plan.rounds)
    table = [
        [name, spread(runs), ratio(runs, found[_EACH]), ratio(runs, found[_POOLED])] for name, runs in found.items()
    ]
    values = {name: {"deliveries_per_second": runs} for name, runs in found.items()}
    return Section("webhooks", HEADING, _COLUMNS, table, [_NOTE.format(count=count, threads=THREADS)], values)


def _endpoints(url: str, count: int) -> str:
    event = f"bench.of_{count}"
    with transaction() as conn:
        for _ in range(count):
            add_endpoint(conn, url, new_secret(), [event])
    return event


def _delivered(url: str, count: int, event: str) -> float:
    del url
    with transaction() as conn:
        made = sum(emit(conn, event, {"enrollment_id": number}) for number in range(count))
    began = time.monotonic()
    wait_until(lambda: not _pending(), lambda: f"{_pending()} of {made} deliveries still wait")
    return made / (time.monotonic() - began)


def _pending() -> int:
    with transaction() as conn:
        asked = "SELECT count(*) FROM bellwork.webhook_deliveries WHERE state = 'pending'"
        return int(conn.exec_driver_sql(asked).scalar_one())


def _sent(url: str, count: int, *, each: bool) -> float:
    signer, client = Webhook(new_secret()), None if each else httpx.Client()
    began = time.monotonic()
    for _ in range(count):
        event, now = f"msg_{next(_turns)}", datetime.fromtimestamp(int(time.time()), UTC)
        headers = {
            "content-type": "application/json",
            "webhook-id": event,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": signer.sign(event, now, _BODY),
        }
        post = client.post if client else httpx.post
        assert post(url, content=_BODY, headers=headers).status_code == 204
    took = time.monotonic() - began
    if client:
        client.close()
    return count / took


@contextmanager
def _receiver() -> Iterator[int]:
    words = [sys.executable, "-m", "tests.benchmarks.webhook_sink"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[2]) as served:
        assert served.stdout is not None
        try:
            yield int(served.stdout.readline())
        finally:
            served.kill()


@contextmanager
def _worker(arena: Arena) -> Iterator[None]:
    path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
    environment = {**os.environ, "BELLWORK_SYSTEMS": "none", "WEBHOOK_PRIVATE": "true", "PYTHONPATH": path}
    master = [sys.executable, "-m", "dramatiq", "bellwork.workers.main", "--processes", "1", "--threads", str(THREADS)]
    commands = {"worker": master, "scheduler": [sys.executable, "-m", "bellwork.scheduler"]}
    leaving = threading.Event()
    with ExitStack() as opened:
        log = opened.enter_context(arena.log("webhooks").open("a", buffering=1))
        fleet = Processes(commands, environment, lambda name, line: print(name, line, file=log), latest=0.5)

        def tend() -> None:
            while not leaving.is_set():
                fleet.tend(0.05)

        tender = threading.Thread(target=tend, daemon=True)
        fleet.start()
        tender.start()
        try:
            wait_until(_is_up, lambda: "the worker did not come up")
            yield
        finally:
            leaving.set()
            tender.join()
            fleet.stop(0)


def _is_up() -> bool:
    with transaction() as conn:
        asked = "SELECT EXISTS (SELECT FROM bellwork.actors WHERE name = 'webhooks.deliver')"
        return bool(conn.exec_driver_sql(asked).scalar_one())
