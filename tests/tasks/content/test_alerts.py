"""Alerts open, are told again and close by the rules' numbers; each is told once, and silence is one of them."""

from __future__ import annotations

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.db.content.alerts import RULES, note_findings
from bellwork.db.content.concerns import concerns
from bellwork.db.engine import forget, transaction
from bellwork.tasks.content.alerts.check import check_alerts
from bellwork.tasks.content.alerts.ping import ping
from bellwork.tasks.content.alerts.synthetic import ask_synthetic
from bellwork.tasks.content.figures.count import count_figures
from bellwork.tasks.providers import storage
from bellwork.workers.testing import drain, run_inline
from tests.tasks.content.accounts import run
from tests.tasks.content.figures_oracle import requests
from tests.tasks.content.lesson import insert
from tests.tasks.mail.office import Office, opened

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.tasks.content.conftest import Studio

pytestmark = pytest.mark.usefixtures("school")
_JOBS = """
INSERT INTO bellwork.jobs (actor, queue, args, state, run_at)
SELECT 'content.render', 'video', '{}', 'available', now() - make_interval(mins => :minutes)
FROM generate_series(1, :many)
"""
_OLDER = """
UPDATE {content}.alert_states SET since = since - make_interval(mins => :minutes),
    opened_at = opened_at - make_interval(mins => :minutes), checked_at = checked_at - make_interval(mins => :silent)
"""
_WINDOWS = 'UPDATE {content}.alerts SET "window" = "window" - make_interval(mins => :minutes)'


@pytest.fixture(scope="module")
def server() -> Iterator[Office]:
    """A real mail server."""
    with opened() as office:
        yield office


@pytest.fixture
def office(server: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """It takes the letters, and somebody reads them."""
    server.begin_anew()
    monkeypatch.setenv("SMTP_URL", server.url)
    monkeypatch.setenv("CONTENT_ALERTS", "ops@school.example")
    forget()
    return server


def later(minutes: int, *, silent: int = 0) -> None:
    """Let so many minutes pass, with a check in each of them but the last `silent`."""
    run(_OLDER, minutes=minutes, silent=silent)
    run(_WINDOWS, minutes=minutes)


def check(times: int = 1) -> None:
    """Look whether something is wrong."""
    for _ in range(times):
        run_inline(check_alerts)


def is_open(kind: str) -> bool:
    """Tell whether an alert is open."""
    [row] = run("SELECT opened_at FROM {content}.alert_states WHERE kind = :kind", kind=kind)
    return row["opened_at"] is not None


def subjects(office: Office) -> list[str]:
    """Send what waits, and return what the letters are about."""
    drain("mail")
    return [str(each["Subject"]) for each in office.messages]


def asked(total: int, failed: int, minutes: int = 1, **columns: Any) -> None:
    """Insert requests of so many minutes ago, of which some failed."""
    for number in range(total):
        request_id = insert("why?", status="failed" if number < failed else "cache_check", **columns)
        run("UPDATE {content}.content_requests SET created_at = now() - make_interval(mins => :minutes) WHERE id = :id",
            id=request_id, minutes=minutes)  # fmt: skip


def read_after(*seconds: float, minutes: int = 1, **columns: Any) -> None:
    """Insert requests that could be read after so many seconds, so many minutes ago."""
    for each in seconds:
        request_id = insert("why?", status="fast_path_ready", **columns)
        run(
            "UPDATE {content}.content_requests SET created_at = now() - make_interval(mins => :minutes, secs => :s),"
            " metadata = metadata || jsonb_build_object('history', jsonb_build_array(jsonb_build_object('status',"
            " 'fast_path_ready', 'at', to_char((now() - make_interval(mins => :minutes)) AT TIME ZONE 'UTC',"
            ' \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\')))) WHERE id = :id',
            id=request_id,
            minutes=minutes,
            s=each,
        )


@pytest.mark.parametrize(("many", "minutes", "opens"), [(100, 5, False), (101, 4, False), (101, 5, True)])
def test_more_than_a_hundred_waiting_jobs_for_five_minutes(many: int, minutes: int, *, opens: bool) -> None:
    """On both sides of both numbers."""
    run(_JOBS, many=many, minutes=1)
    check()
    later(minutes)
    check()

    assert opens == is_open("waiting")


def test_a_time_in_which_nobody_looked_counts_for_nothing() -> None:
    """A hundred and one before it and after it may have been two hours apart: the minutes begin anew."""
    run(_JOBS, many=101, minutes=1)
    check()
    later(120, silent=120)
    check()
    first = is_open("waiting")
    later(5)
    check()

    assert (False, True) == (first, is_open("waiting"))


@pytest.mark.parametrize(("minutes", "opens"), [(29, False), (31, True)])
def test_a_job_that_waits_for_more_than_half_an_hour(minutes: int, *, opens: bool) -> None:
    """At once; one that is scheduled, runs, or belongs to another system is none."""
    run(_JOBS, many=1, minutes=minutes)
    run("INSERT INTO bellwork.jobs (actor, queue, args, state, run_at)"
        " VALUES ('t.other', 'other', '{}', 'available', now() - interval '1 day')")  # fmt: skip
    check()

    assert opens == is_open("oldest")


@pytest.mark.parametrize(
    ("total", "failed", "minutes", "opens"),
    [
        (20, 1, 1, False),
        (20, 2, 1, True),
        (19, 19, 1, False),
        (100, 5, 1, False),
        (100, 6, 1, True),
        (20, 20, 61, False),
    ],
)
def test_more_than_five_per_cent_of_an_hours_requests(total: int, failed: int, minutes: int, *, opens: bool) -> None:
    """From twenty requests on; exactly five per cent is none, and an older hour does not count."""
    asked(total, failed, minutes)
    check()

    assert opens == is_open("failures")


@pytest.mark.parametrize(
    ("seconds", "minutes", "opens"),
    [((10, 20), 1, False), ((10, 20.1), 1, True), ((3600,), 1, True), ((60, 60), 16, False), ((), 1, False)],
)
def test_slow_is_more_than_fifteen_seconds_on_average(seconds: tuple[float, ...], minutes: int, *, opens: bool) -> None:
    """Of what became readable within 15 minutes, however long before it was asked; exactly 15 is none."""
    read_after(*seconds, minutes=minutes)
    read_after(900, metadata={"clarification": {}})
    check()

    assert opens == is_open("slow")


def test_what_is_said_to_be_read_in_years_is_not_slow() -> None:
    """A moment that is to come was written by hand, and opens nothing."""
    request_id = insert("why?", status="fast_path_ready")
    told = {"history": [{"status": "fast_path_ready", "at": "2099-01-01T00:00:00Z"}]}
    run("UPDATE {content}.content_requests SET metadata = CAST(:told AS jsonb) WHERE id = :id",
        id=request_id, told=json.dumps(told))  # fmt: skip
    check()

    assert not is_open("slow")


def test_an_alert_is_told_when_it_opens_each_hour_and_when_it_is_over(office: Office) -> None:
    """Checked again and again; a second time is another alert."""
    asked(20, 20)
    check(3)
    opened = subjects(office)
    later(59)
    check(2)
    before = subjects(office)
    later(1)
    check(2)
    again = subjects(office)
    run("DELETE FROM {content}.content_requests")
    check(3)
    over = subjects(office)
    asked(20, 20)
    check(2)

    assert ["Content: failures"] == opened == before
    assert ["Content: failures"] * 2 == again
    assert [*again, "Content: failures is over"] == over
    assert [*over, "Content: failures"] == subjects(office)
    assert "100.0 % of the last hour's requests failed" == str(office.messages[0].get_content()).strip()
    assert {"ops@school.example"} == {str(each["To"]) for each in office.messages}


def test_eight_who_look_at_once_tell_once(office: Office) -> None:
    """Each opening and each end has one letter."""
    asked(20, 20)
    gate = threading.Barrier(8)

    def at_once(_: int) -> int:
        gate.wait()
        with transaction() as conn:
            return len(note_findings(conn, RULES, {"failures": "odd"}))

    with ThreadPoolExecutor(8) as pool:
        told = sum(pool.map(at_once, range(8)))

    assert 1 == told
    assert 1 == len(run("SELECT FROM {content}.alerts"))
    assert [] == subjects(office)


def test_without_a_reader_nobody_is_written_to_and_the_status_says_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Open alerts are concerns; closed ones are none."""
    monkeypatch.delenv("CONTENT_ALERTS", raising=False)
    forget()
    asked(20, 20)
    check()
    drain("mail")
    with transaction() as conn:
        [concern] = list(concerns(conn))
    run("DELETE FROM {content}.content_requests")
    check()
    drain("mail")

    assert ("content: alert 'failures'", "100.0 % of the last hour's requests failed") == (concern.what, concern.cause)
    assert ["suppressed", "suppressed"] == [row["state"] for row in run("SELECT state FROM bellwork.letters")]
    with transaction() as conn:
        assert [] == list(concerns(conn))


@pytest.mark.parametrize(("silent", "says"), [(4, False), (6, True)])
def test_the_silence_of_the_checker_is_a_concern(silent: int, *, says: bool) -> None:
    """After five minutes; where nobody ever looked, there is nothing to say."""
    with transaction() as conn:
        assert [] == list(concerns(conn))
    check()
    later(0, silent=silent)
    with transaction() as conn:
        found = [concern.what for concern in concerns(conn)]

    assert (["content: nobody has looked for alerts for more than 5 minutes"] if says else []) == found


class _Platform(BaseHTTPRequestHandler):
    """Answers with the status that its server has."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(self.server.status)  # type: ignore[attr-defined]
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name of the base class
        """Say nothing."""


@pytest.fixture
def platform(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """A platform that is there."""
    with HTTPServer(("127.0.0.1", 0), _Platform) as server:
        server.status = 204  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        monkeypatch.setenv("PING_URL", f"http://127.0.0.1:{server.server_port}/health")
        forget()
        yield server
        server.shutdown()
        thread.join()


def test_a_platform_that_does_not_answer_twice(platform: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once is none; an answer of 2xx closes it, and so does having nobody to ask."""
    opened = []
    for status in (204, 500, 500, 200, 503, 503):
        platform.status = status
        run("UPDATE {content}.pings SET at = at - interval '5 minutes'")
        later(5)
        run_inline(ping)
        check()
        opened.append(is_open("ping"))
    monkeypatch.setenv("PING_URL", "")
    forget()
    run_inline(ping)
    check()

    assert ["it answered 503"] * 2 + [None] + ["it answered 500"] * 2 + [None] == [
        row["fault"] for row in run("SELECT fault FROM {content}.pings ORDER BY at DESC")
    ]
    assert [False, False, True, False, False, True] == opened
    assert not is_open("ping")


def test_a_ping_that_is_not_asked_any_more_is_an_alert(platform: Any) -> None:
    """A quarter of an hour old is too old; so is a platform that is gone."""
    run_inline(ping)
    check()
    run("UPDATE {content}.pings SET at = at - interval '16 minutes'")
    check()
    later(5)
    check()
    old = is_open("ping")
    platform.server_close()
    run_inline(ping)
    faults = [row["fault"] for row in run("SELECT fault FROM {content}.pings ORDER BY at DESC LIMIT 1")]

    assert old
    assert "could not be reached" in faults[0]


@pytest.fixture
def trial(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Studio:
    """A school in which lessons are asked for on trial."""
    monkeypatch.setenv("SYNTHETIC_REQUESTS", "true")
    forget()
    return studio


@pytest.mark.usefixtures("full_hour")
def test_a_lesson_on_trial_goes_the_whole_way_and_is_in_no_figure(trial: Studio) -> None:
    """Once an hour, with a film of its own; nobody is written to."""
    for _ in range(3):
        run_inline(ask_synthetic)
    drain()
    [row] = run("SELECT * FROM {content}.content_requests")
    run("UPDATE {content}.content_requests SET created_at = created_at - interval '16 minutes'")
    check()
    run_inline(count_figures)
    students = run("SELECT active_students, new_students FROM {content}.student_days WHERE school_id = 'org_synthetic'")

    assert ("completed", "user_synthetic", False) == (row["status"], row["student_id"], row["cache_hit"])
    assert 1 == trial.films
    assert not is_open("synthetic")
    assert [] == requests() == run("SELECT FROM {content}.request_hours WHERE requests > 0") == students
    assert [] == run("SELECT FROM bellwork.letters")


@pytest.mark.parametrize(
    ("change", "opens"),
    [
        ("UPDATE {content}.content_requests SET created_at = now() - interval '14 minutes'", False),
        ("UPDATE {content}.content_requests SET created_at = now() - interval '16 minutes'", True),
        ("UPDATE {content}.content_requests SET created_at = now() - interval '131 minutes'", True),
        ("DELETE FROM {content}.content_requests", False),
    ],
)
@pytest.mark.usefixtures("trial")
def test_a_lesson_on_trial_that_does_not_come_is_an_alert(change: str, *, opens: bool) -> None:
    """After a quarter of an hour; or where none is asked for any more. Before the first there is nothing to say."""
    run_inline(ask_synthetic)
    run(change)
    check()

    assert opens == is_open("synthetic")


@pytest.mark.usefixtures("full_hour")
def test_a_lesson_on_trial_leaves_after_a_day(trial: Studio) -> None:
    """With its files; what others asked for stays."""
    run_inline(ask_synthetic)
    drain()
    [content] = run("SELECT * FROM {content}.generated_content")
    keys = [f"{place}/{content['cache_key']}.{kind}" for place, kind in
            (("scripts", "json"), ("audio", "wav"), ("audio", "json"), ("videos", "mp4"))]  # fmt: skip
    stored = [storage().exists(key) for key in keys]
    run("UPDATE {content}.content_requests SET created_at = created_at - interval '25 hours', id = 'req_old'")
    run("UPDATE {content}.generated_content SET created_at = created_at - interval '25 hours'")
    run_inline(ask_synthetic)
    drain()

    assert [True] * 4 == stored
    assert [] == run("SELECT id FROM {content}.content_requests WHERE id = 'req_old'")
    assert trial.films == 2
    assert 1 == len(run("SELECT FROM {content}.generated_content"))


def test_who_began_before_an_alert_was_opened_tells_no_earlier_window() -> None:
    """His transaction is older than the commit that he waited for."""
    asked(20, 20)
    check()
    run("UPDATE {content}.alert_states SET opened_at = opened_at + interval '1 second' WHERE opened_at IS NOT NULL")
    run('UPDATE {content}.alerts SET "window" = "window" + interval \'1 second\'')
    with transaction() as conn:
        told = note_findings(conn, RULES, {"failures": "odd"})

    assert [] == told
