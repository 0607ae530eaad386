"""What operators read of the snapshot: status, queues, top and check; and that it says so where it is too old."""

from __future__ import annotations

import json
import os
import pty
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from bellwork.db.snapshot.around import keep_around
from bellwork.db.snapshot.take import take
from bellwork.scheduler.upkeep import end_pauses
from tests.db.ledger import hands, ledger_jobs
from tests.helpers import eventually
from tests.ops.command import bellwork, environment
from tests.ops.desk import ask
from tests.ops.schema import complaints

if TYPE_CHECKING:
    from pathlib import Path


_FRESH = "UPDATE bellwork.snapshot SET every = 60"


@pytest.fixture
def snapshot(database: str) -> str:
    """A fresh snapshot of a job that has been ready for 90 s in `mail`, and of one in `default`."""
    ledger_jobs.appear()
    ledger_jobs.put(NewJob(ledger_jobs.ACTOR), NewJob("t.mail", queue="mail"))
    hands.run("UPDATE bellwork.jobs SET run_at = now() - interval '90 s' WHERE queue = 'mail'")
    renew()
    return database


def renew() -> None:
    """Take a snapshot, whatever time it is, and let it be fresh for three minutes."""
    hands.run("UPDATE bellwork.snapshot SET at = 'epoch', around_at = NULL")
    assert take("a test:1")
    assert keep_around()
    hands.run(_FRESH)


def data(*words: str) -> Any:
    """Return what a command says as JSON, however it ends."""
    return json.loads(ask(*words, "--json").out)


@pytest.mark.usefixtures("snapshot")
def test_status_is_read_from_the_snapshot() -> None:
    """Jobs that came since are not in it; the verdict and the exit code are those of what is."""
    ledger_jobs.put(NewJob(ledger_jobs.ACTOR))
    said, found = ask("status"), data("status")

    assert (1, True) == (said.code, said.out.startswith("1 job waits in queues that no live worker listens to: mail"))
    assert "1 job waits for actors that no live worker knows: t.mail." in said.out
    assert (2, "warning", False) == (found["due"], found["state"], found["snapshot"]["stale"])
    assert {"default": 1, "mail": 1} == {each["queue"]: each["ready"] for each in found["queues"]}


@pytest.mark.usefixtures("snapshot")
def test_without_a_fresh_snapshot_status_counts_and_says_that_no_scheduler_runs() -> None:
    """What came since is there, and the reason why it had to be counted."""
    ledger_jobs.put(NewJob(ledger_jobs.ACTOR))
    hands.run("DELETE FROM bellwork.jobs WHERE queue = 'mail'")
    hands.run("UPDATE bellwork.snapshot SET at = now() - interval '10 minutes'")
    said, found = ask("status"), data("status")

    assert said.out.startswith("No scheduler runs: the last snapshot is 10 min old.")
    assert (2, 2, True) == (said.code, found["due"], found["snapshot"]["stale"])


@pytest.mark.usefixtures("snapshot")
def test_all_is_well_is_exit_code_0() -> None:
    """And the sentence says so."""
    hands.run("DELETE FROM bellwork.jobs WHERE queue = 'mail'")
    renew()
    said = ask("status")

    assert (0, True) == (said.code, said.out.startswith("All is well: 1 worker alive"))


def test_an_unreachable_postgresql_stands_first(tmp_path: Path) -> None:
    """In one line, with exit code 3, and under --json as a document."""
    away = {"DATABASE_URL": "postgresql://127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1/0"}
    for words in (["status"], ["queues", "list"], ["top"], ["check", "queue-latency", "-q", "mail"]):
        done = bellwork(*words, "--json", cwd=tmp_path, settings=away)

        assert 3 == done.returncode
        assert done.stderr.startswith("bellwork: PostgreSQL of DATABASE_URL cannot be asked: ")
        assert json.loads(done.stdout)["error"].startswith("PostgreSQL of DATABASE_URL cannot be asked: ")


@pytest.mark.usefixtures("snapshot")
def test_queues_are_listed_with_those_in_trouble_first() -> None:
    """A late one before one that works, a paused one with jobs before both; with figures, as data too."""
    with transaction() as conn:
        ledger.pause(conn, "default", "somebody", "a deploy")
    listed, found = ask("queues", "list"), data("queues", "list")

    assert ["default", "mail"] == [each["queue"] for each in found["queues"]]
    assert ["default", "mail"] == [line.split()[0] for line in listed.out.splitlines()[1:3]]
    assert "paused since" in listed.out
    assert "by somebody: a deploy" in listed.out
    assert 90 <= found["queues"][1]["oldest_ready_seconds"] < 90 + 120


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize(
    ("limits", "code", "word"),
    [
        (("-w", "600", "-c", "900"), 0, "OK"),
        (("-w", "60", "-c", "300"), 1, "WARNING"),
        (("-w", "1", "-c", "2"), 2, "CRIT"),
    ],
)
def test_a_queue_s_latency_is_checked(limits: tuple[str, ...], code: int, word: str) -> None:
    """By the age of its oldest ready job, in the exit codes of monitoring systems."""
    said = ask("check", "queue-latency", "-q", "mail", *limits)

    assert (code, True) == (said.code, said.out.startswith(word))
    assert f"s;{limits[1]};{limits[3]} ready=1" in said.out


@pytest.mark.parametrize("limits", [("-w", "nan"), ("-c", "nan"), ("-w", "2", "-c", "1")])
def test_a_limit_that_nothing_can_pass_is_refused(limits: tuple[str, ...]) -> None:
    """Else a monitoring system would hear for ever that all is well."""
    said = ask("check", "queue-latency", "-q", "mail", *limits)

    assert (2, True) == (said.code, "Invalid value" in said.err)


@pytest.mark.usefixtures("snapshot")
def test_what_is_not_known_is_exit_code_3() -> None:
    """A queue that is not there; figures that nobody renews."""
    unknown = ask("check", "queue-latency", "-q", "mial")
    hands.run("UPDATE bellwork.snapshot SET at = now() - interval '10 minutes'")
    stale = ask("check", "queue-latency", "-q", "mail")

    assert (3, 3) == (unknown.code, stale.code)
    assert "there is no queue 'mial'; there are default, mail" in unknown.err
    assert "the figures are 10 min old" in stale.err


@pytest.mark.usefixtures("database")
def test_a_pause_ends_by_itself() -> None:
    """After the time that it was given, by a scheduler, which is recorded; one without lasts."""
    ledger_jobs.put(NewJob(ledger_jobs.ACTOR), NewJob("t.mail", queue="mail"))
    assert 0 == ask("queues", "pause", "mail", "--for", "30m", "--reason", "a deploy").code
    assert 0 == ask("queues", "pause", "default", "--reason", "a deploy").code
    assert [] == end_pauses()
    hands.run("UPDATE bellwork.queues SET paused_until = paused_until - interval '31 minutes'")

    assert ["mail"] == end_pauses()
    with transaction() as conn:
        assert {"default"} == ledger.paused_queues(conn)
        assert "the scheduler" == ledger.list_acts(conn, 1)[0]["who"]


@pytest.mark.parametrize("given", ["", "0m", "30", "-5m", "1w", "32d", "9999999s", "1.5h"])
def test_what_is_no_time_is_wrong_usage(given: str) -> None:
    """It names what it may look like."""
    said = ask("queues", "pause", "mail", "--for", given, "--reason", "x")

    assert 2 == said.code
    assert "45s, 30m, 2h or 1d" in said.err


@pytest.mark.usefixtures("snapshot")
def test_top_without_a_terminal_shows_the_figures_once() -> None:
    """As lines, for a log or a pipe."""
    said = ask("top")

    assert 0 == said.code
    assert said.out.startswith("bellwork top  2 queues, 2 ready, 0 running")
    assert "\x1b" not in said.out


@pytest.mark.usefixtures("snapshot")
def test_top_in_a_terminal_of_80_by_24_obeys_keys_and_gives_it_back(tmp_path: Path) -> None:
    """Real keys on a real terminal: it sorts, stops, and leaves the screen as it found it."""
    ours, its = pty.openpty()
    size = {"COLUMNS": "80", "LINES": "24", "TERM": "vt100"}
    asked = [sys.executable, "-m", "bellwork.ops.cli", "top"]
    child = subprocess.Popen(asked, cwd=tmp_path, env=environment() | size, stdin=its, stdout=its, stderr=its)
    os.close(its)
    os.set_blocking(ours, False)
    said = bytearray()

    def shows(words: bytes) -> bool:
        with suppress(OSError):
            said.extend(os.read(ours, 65536))
        return words in said

    try:
        eventually(lambda: shows(b"by trouble; q quit"), 90)
        os.write(ours, b"s")
        eventually(lambda: shows(b"by ready; q quit"), 90)
        os.write(ours, b" ")
        eventually(lambda: shows(b"STOPPED"), 90)
        os.write(ours, b"q")
        eventually(lambda: shows(b"\x1b[?1049l") and child.poll() is not None, 90)
    finally:
        child.kill()
        child.wait()
        os.close(ours)
    frames = said.decode().split("\x1b[H")[1:]

    assert 0 == child.returncode
    for frame in frames:
        lines = frame.partition("\x1b[J")[0].replace("\x1b[K", "").split("\r\n")
        assert len(lines) <= 24
        assert max(map(len, lines)) <= 80
    assert "mail" in frames[0]


@pytest.mark.usefixtures("database")
def test_workers_are_listed_with_what_each_has_run_for_longest() -> None:
    """The first that it claimed; a worker whose lease ran out is silent, and none is said where there is none."""
    nobody = ask("workers")
    busy, silent = ledger_jobs.appear(), ledger_jobs.appear()
    first, _ = ledger_jobs.claim(busy, ledger_jobs.put(*[NewJob(ledger_jobs.ACTOR)] * 2))
    hands.run("UPDATE bellwork.jobs SET claimed_at = now() - interval '10 min' WHERE id = :id", id=first.id)
    hands.strike_dumb(silent)
    found, said = {each["id"]: each for each in data("workers")["workers"]}, ask("workers")

    assert nobody.out.splitlines()[-1].startswith("No worker is registered; start one")
    assert (2, "alive", first.id) == (
        found[str(busy)]["running"],
        found[str(busy)]["state"],
        found[str(busy)]["longest_job"]["id"],
    )
    assert ("silent", None) == (found[str(silent)]["state"], found[str(silent)]["longest_job"])
    assert [str(first.id), ledger_jobs.ACTOR, "10", "min", "default"] == said.out.splitlines()[1].split()[-5:]


@pytest.mark.usefixtures("database")
def test_a_job_is_explained_by_either_command() -> None:
    """The same words, as text and as data; what is no id, or is missing, is said."""
    [job] = ledger_jobs.put()
    for form in ([], ["--json"]):
        assert ask("jobs", "explain", str(job), *form) == ask("explain", "job", str(job), *form)
    assert (1, "bellwork: bellwork explain job ID: the ID is missing\n") == (
        ask("explain", "job").code,
        ask("explain", "job").err,
    )
    assert 2 == ask("explain", "job", "x").code


@pytest.mark.usefixtures("snapshot")
@pytest.mark.parametrize(
    ("schema", "words"),
    [
        ("status", ("status",)),
        ("queues", ("queues", "list")),
        ("queues", ("top",)),
        ("workers", ("workers",)),
        ("check", ("check", "queue-latency", "-q", "mail")),
    ],
)
def test_documents_are_as_their_schemas_say(schema: str, words: tuple[str, ...]) -> None:
    """With a fresh snapshot and with none, where all is well and where it is not; what is missing is noticed."""
    with transaction() as conn:
        ledger.pause(conn, "default", "somebody", "a deploy", 3600)
    fresh = data(*words)
    hands.run("UPDATE bellwork.snapshot SET at = now() - interval '10 minutes'")

    assert ([], []) == (complaints(schema, fresh), complaints(schema, data(*words)))
    assert complaints(schema, {name: value for name, value in fresh.items() if name != "schema_version"})
    assert complaints(schema, fresh | {"more": 1})
