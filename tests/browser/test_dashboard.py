"""The dashboard in a real Chromium: every page at three widths, by day and by night, and acts by clicks and keys."""

from __future__ import annotations

import json
import socket
import threading
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bellwork.db import ledger
from bellwork.db.accounts import Token
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from bellwork.ops.web import dashboard
from bellwork.ops.web.access import Doors
from bellwork.ops.web.serve import server
from tests.browser.chromium import chromium, found
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

TOKEN = "r" * 32
ERROR = {"attempt": 1, "at": "2026-01-01T00:00:00Z", "error": "ValueError: no", "traceback": "line " * 400}
_DIED = "UPDATE bellwork.finished_jobs SET state = 'dead', errors = CAST(:errors AS jsonb)"
WIDTHS = ((1280, False), (800, True), (360, False))
PATHS = (
    *(
        "/",
        "/queues",
        "/queues/t",
        "/jobs",
        "/jobs?state=dead",
        "/jobs/1",
        "/jobs/2",
        "/workers",
        "/schedule",
        "/failures",
    ),
    *("/mail", "/pipeline", "/schedule/t.hourly", "/partitions", "/actions", "/act/jobs/retry?state=dead"),
    *("/act/schedule/set?entry=t.hourly", "/nowhere"),
)
#: What a page must not do: be wider than its window, show a field without a name, text without contrast, two heads.
_FAULTS = Path(__file__).with_name("faults.js").read_text()


@pytest.fixture(scope="module")
def tab() -> Iterator[Tab]:
    """One browser for all of these tests."""
    with TemporaryDirectory() as folder, chromium(Path(folder)) as opened:
        yield opened


@pytest.fixture
def desk(tab: Tab) -> Iterator[str]:
    """The dashboard, served beside the test, with an admin who is signed in; its address."""
    bring(hourly())
    with transaction() as conn:
        ledger.enqueue(conn, [NewJob("t.work", {"name": "Zebedee"}, queue="t") for _ in range(3)])
        conn.execute(text("UPDATE bellwork.jobs SET run_at = now() - interval '10 min'"))
        conn.execute(text("SELECT bellwork.cancel(2, 'nobody needs it')"))
        conn.execute(text(_DIED), {"errors": json.dumps([ERROR])})
        ledger.pause(conn, "t", "ann", "exams")
    look()
    doors = Doors((Token("root", "admin", TOKEN),))
    with socket.create_server(("127.0.0.1", 0)) as heard:
        served = server(dashboard(["127.0.0.1", "desk.example"], doors))
        thread = threading.Thread(target=served.run, args=([heard],))
        thread.start()
        try:
            address = f"http://127.0.0.1:{heard.getsockname()[1]}"
            sign_in(tab, address)
            yield address
        finally:
            served.should_exit = True
            thread.join()


def sign_in(tab: Tab, address: str) -> None:
    """Show the token at an address, and be led on."""
    tab.ask("Network.clearBrowserCookies")
    tab.look(f"{address}/sign-in?next=/jobs")
    tab.run(f"document.getElementById('token').value = '{TOKEN}'")
    tab.click("main form button")
    assert "/jobs" == tab.run("location.pathname")


def test_every_page_is_whole_at_every_width(tab: Tab, desk: str) -> None:
    """Nothing is wider than the window, nothing lacks a name or contrast, and the browser complains of nothing."""
    faults = {}
    tab.complaints()
    tab.look(f"{desk}/jobs", 360)
    tab.run("document.documentElement.style.setProperty('--soft', '#bbb')")
    tab.run("document.querySelector('h1').style.width = '500px'")
    assert {"too little contrast", "wider than the window"} == {
        said.partition(":")[0] for said in tab.run(f"({_FAULTS})(360)")
    }
    for path in PATHS:
        for width, dark in WIDTHS:
            tab.look(f"{desk}{path}", width, dark=dark)
            faults[f"{path} {width} {'dark' if dark else 'light'}"] = tab.run(f"({_FAULTS})({width})")
        faults[path] = [said for said in tab.complaints() if "404" not in said]

    assert {} == {where: what for where, what in faults.items() if what}


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
