"""The dashboard in a real Chromium: every page at three widths, by day and by night, and acts by clicks and keys."""

from __future__ import annotations

import json
import socket
import threading
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bellwork.db import engine, ledger, redis_client
from bellwork.db.accounts import Token
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from bellwork.ops.web import dashboard
from bellwork.ops.web.access import Doors
from bellwork.ops.web.serve import server
from tests.browser import axe
from tests.browser.chromium import chromium, found
from tests.browser.ledgers import TOKEN, busy, failing
from tests.db.ledger import hands
from tests.db.snapshot.seconds import look
from tests.helpers import eventually
from tests.scheduler.calendars import bring, hourly

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.browser.chromium import Tab

pytestmark = [
    pytest.mark.usefixtures("database"),
    pytest.mark.skipif(found() is None, reason="no Chromium is installed (the Debian package chromium)"),
    pytest.mark.timeout(300),
]

ERROR = {"attempt": 1, "at": "2026-01-01T00:00:00Z", "error": "ValueError: no", "traceback": "line " * 400}
_DIED = "UPDATE bellwork.finished_jobs SET state = 'dead', errors = CAST(:errors AS jsonb)"
_READ_ONLY = """
DO $$ BEGIN EXECUTE format('ALTER DATABASE %I SET default_transaction_read_only = on', current_database()); END $$
"""
_ONE = "SELECT max(id) FROM bellwork.{} WHERE state = '{}'"
_DEAD_AND_WAITING = (("finished_jobs", "dead"), ("jobs", "available"))
WIDTHS = (1280, 800, 360)
#: Every page, with what stands on it where all that can go wrong has; `{dead}` is a job that died.
PATHS = (
    *("/", "/queues", "/queues/content", "/jobs", "/jobs?state=dead", "/jobs/1", "/jobs/{dead}", "/workers"),
    *("/failures", "/schedule", "/schedule/t.hourly", "/mail", "/pipeline", "/partitions", "/actions"),
    "/nowhere",
    *("/act/jobs/retry?state=dead", "/act/queues/pause?queue=t", "/act/queues/limits?queue=t"),
    "/act/schedule/set?entry=t.hourly",
    "/act/partitions/release?partition=content.audit_logs_2019_01",
)
#: Those that say something else while there is nothing.
BARE = ("/", "/queues", "/jobs", "/workers", "/failures", "/schedule", "/mail", "/pipeline", "/partitions", "/actions")


@pytest.fixture(scope="module")
def tab() -> Iterator[Tab]:
    """One browser for all of these tests."""
    with TemporaryDirectory() as folder, chromium(Path(folder)) as opened:
        yield opened


@contextmanager
def served(tab: Tab) -> Iterator[str]:
    """Serve the dashboard beside the test, with an admin who is signed in; its address."""
    doors = Doors((Token("root", "admin", TOKEN),))
    with socket.create_server(("127.0.0.1", 0)) as heard:
        server_ = server(dashboard(["127.0.0.1", "desk.example"], doors))
        thread = threading.Thread(target=server_.run, args=([heard],))
        thread.start()
        try:
            address = f"http://127.0.0.1:{heard.getsockname()[1]}"
            sign_in(tab, address)
            tab.complaints()
            yield address
        finally:
            server_.should_exit = True
            thread.join()


@pytest.fixture
def desk(tab: Tab) -> Iterator[str]:
    """The dashboard, with two jobs that wait in a paused queue and one that died."""
    bring(hourly())
    with transaction() as conn:
        ledger.enqueue(conn, [NewJob("t.work", {"name": "Zebedee"}, queue="t") for _ in range(3)])
        conn.execute(text("UPDATE bellwork.jobs SET run_at = now() - interval '10 min'"))
        conn.execute(text("SELECT bellwork.cancel(2, 'nobody needs it')"))
        conn.execute(text(_DIED), {"errors": json.dumps([ERROR])})
        ledger.pause(conn, "t", "ann", "exams")
    look()
    with served(tab) as address:
        yield address


def sign_in(tab: Tab, address: str) -> None:
    """Show the token at an address, and be led on."""
    tab.ask("Network.clearBrowserCookies")
    tab.look(f"{address}/sign-in?next=/jobs")
    tab.run(f"document.getElementById('token').value = '{TOKEN}'")
    tab.click("main form button")
    assert "/jobs" == tab.run("location.pathname")


def test_every_page_can_be_read_by_anybody_at_every_width(tab: Tab) -> None:
    """Where all that can go wrong has: axe-core finds nothing, by day and by night, and nothing is too wide."""
    failing()
    dead = hands.ask("SELECT max(id) FROM bellwork.finished_jobs WHERE state = 'dead'")
    with served(tab) as address:
        tab.look(f"{address}/jobs")
        axe.bring(tab)
        tab.run("document.querySelector('h1').insertAdjacentHTML('beforeend', '<img src=/static/mark.svg>')")
        assert {"image-alt"} == {said.partition(":")[0] for said in axe.violations(tab)}, "it finds what is wrong"
        faults = {path: _faults(tab, f"{address}{path.format(dead=dead)}") for path in PATHS}

    assert {} == {path: found for path, found in faults.items() if found}


def test_every_page_of_a_fleet_that_works_can_be_read_by_anybody(tab: Tab) -> None:
    """On a phone, by day and by night; there is something on each page, and nothing is wrong."""
    busy()
    done = hands.ask("SELECT max(id) FROM bellwork.finished_jobs WHERE state = 'done'")
    with served(tab) as address:
        faults = {path: _faults(tab, f"{address}{path.format(dead=done)}", (360,)) for path in PATHS}

    assert {} == {path: found for path, found in faults.items() if found}


def test_an_empty_page_can_be_read_by_anybody(tab: Tab) -> None:
    """Before the first job."""
    with served(tab) as address:
        faults = {path: _faults(tab, f"{address}{path}", (360,)) for path in BARE}

    assert {} == {path: found for path, found in faults.items() if found}


def test_every_act_is_done_by_its_form(tab: Tab) -> None:
    """Shown, given a reason, done; what is asked for beside the reason is filled in as it is offered, or said here."""
    failing()
    with transaction() as conn:
        conn.execute(text("UPDATE bellwork.partitions SET held_by = NULL, held_why = NULL, held_at = NULL"))
        dead, waits = (conn.execute(text(_ONE.format(table, state))).scalar_one() for table, state in _DEAD_AND_WAITING)
        one, other = conn.execute(text("SELECT id FROM bellwork.letters WHERE state = 'unknown' LIMIT 2")).scalars()
    partition = "partition=content.audit_logs_2019_01"
    with served(tab) as address:
        said = {
            act: _done(tab, f"{address}/act/{act}")
            for act in (
                *(f"jobs/reveal?id={dead}", f"jobs/retry?id={dead}", f"jobs/cancel?id={waits}"),
                *(
                    "queues/limits?queue=t",
                    "queues/pause?queue=t",
                    "queues/resume?queue=t",
                    "schedule/pause?entry=t.hourly",
                ),
                *("schedule/resume?entry=t.hourly", "schedule/run?entry=t.hourly", "schedule/skip?entry=t.hourly"),
                *("schedule/set?entry=t.hourly", "schedule/unset?entry=t.hourly", f"partitions/hold?{partition}"),
                *(
                    f"partitions/release?{partition}",
                    f"letters/resend?letter={one}",
                    f"letters/believe?letter={other}",
                ),
                "letters/lift?address=abababababab",
            )
        }

    assert {} == {act: title for act, title in said.items() if title != "done"}


def test_pages_can_be_read_while_servers_fail(tab: Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without Redis, on a PostgreSQL that takes no writes, with old figures: each is said, and an act says why not."""
    failing()
    hands.run("UPDATE bellwork.snapshot SET at = at - interval '5 min'")
    hands.run(_READ_ONLY)
    with monkeypatch.context() as away, served(tab) as address:
        away.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
        engine.forget()
        redis_client.forget()
        faults = {path: _faults(tab, f"{address}{path}", (360,)) for path in ("/", "/queues", "/workers")}
        told = {path: _read(tab, f"{address}{path}") for path in ("/", "/queues", "/partitions")}
        refused = _done(tab, f"{address}/act/queues/pause?queue=t")
    engine.forget()
    redis_client.forget()

    assert {} == {path: found for path, found in faults.items() if found}
    assert all(said in told["/"] for said in ("Redis does not answer", "takes no writes", "Old figures"))
    assert "Old figures" in told["/queues"]
    assert "audit_logs_2019_01" in told["/partitions"]
    assert "read-only" in refused


def _read(tab: Tab, url: str) -> str:
    tab.look(url)
    return str(tab.run("document.getElementById('main').innerText"))


def _done(tab: Tab, url: str) -> str:
    """Fill in the form of an act and send it; returns 'done', or what the page says instead."""
    tab.look(url)
    if not tab.run("document.querySelector('main form') !== null"):
        return str(tab.run("document.getElementById('main').innerText"))
    tab.run("document.getElementById('reason').value = 'a test'")
    for field, value in (("cron", "30 * * * *"), ("concurrency", "4")):
        tab.run(f"{{ const it = document.getElementById('{field}'); if (it) it.value = '{value}' }}")
    tab.click("main form .button")
    done = tab.run("document.querySelector('main [role=status] .mark.done') !== null")
    return "done" if done else str(tab.run("document.getElementById('main').innerText"))


def _faults(tab: Tab, url: str, widths: tuple[int, ...] = WIDTHS) -> dict[str, list[str]]:
    """Return what is wrong with a page, by width and light."""
    tab.complaints()
    tab.look(url)
    found = {"": [said for said in tab.complaints() if not any(code in said for code in ("404", "409"))]}
    axe.bring(tab)
    for width in widths:
        tab.turn(width)
        found[f"{width}"] = axe.violations(tab)
        if (wide := tab.run("document.documentElement.scrollWidth")) > width:
            found[f"{width}"].append(f"is {wide} px wide")
        tab.turn(width, dark=True)
        found[f"{width}, dark"] = axe.violations(tab, colours=True)
    return {where: said for where, said in found.items() if said}


def test_a_job_is_retried_by_clicks_and_that_is_undone(tab: Tab, desk: str) -> None:
    """Tick, retry, say why; then undo, by the link that is offered."""
    tab.look(f"{desk}/jobs?state=dead")
    tab.run("document.querySelector('input[name=id]').checked = true")
    tab.click("button[formaction='/act/jobs/retry']")
    tab.run("document.getElementById('reason').value = 'mended'")
    tab.click("main form .button.main")

    assert "1 job retried" in tab.run("document.body.innerText")
    assert "available" == state()
    tab.click("a[href^='/act/jobs/cancel']")
    tab.run("document.getElementById('reason').value = 'not yet'")
    tab.click("main form .button.harm")
    assert "cancelled" == state()
    assert [] == tab.complaints()


def test_a_page_follows_what_happens_without_being_loaded_again(tab: Tab, desk: str) -> None:
    """The script puts what is new in its place, and says so where no answer comes; a key leads to another page."""
    tab.look(f"{desk}/")
    tab.run("window.kept = 1; document.activeElement.blur()")
    assert "paused by ann" in tab.run("document.getElementById('main').innerText")
    with transaction() as conn:
        ledger.resume(conn, "t", "ann", "over")

    eventually(lambda: "paused by ann" not in tab.run("document.getElementById('main').innerText"), 60)
    assert 1 == tab.run("window.kept")
    tab.run("window.fetch = (_, how) => new Promise((_, no) => how.signal.addEventListener('abort', no))")
    tab.run("AbortSignal.timeout = () => { const it = new AbortController(); setTimeout(() => it.abort());"
            " return it.signal }")  # fmt: skip
    tab.run("follow()")
    assert "not answered any more" in tab.run("document.getElementById('stamp').textContent")
    tab.run("for (const key of 'gq') document.body.dispatchEvent(new KeyboardEvent('keydown', {key, bubbles: true}))")
    eventually(lambda: "/queues" == tab.run("location.pathname"), 60)


def test_by_a_name_without_tls_it_is_used_too(tab: Tab, desk: str) -> None:
    """A browser says there by `Origin` alone which page a form came from, and only if the page lets it."""
    sign_in(tab, desk.replace("127.0.0.1", "desk.example"))
    tab.click(".who form button")

    assert "/sign-in" == tab.run("location.pathname")
    tab.complaints()


def state() -> str:
    """Return the state of the job that died."""
    with transaction() as conn:
        found_ = ledger.show_job(conn, 2)
    assert found_ is not None
    return str(found_["state"])
