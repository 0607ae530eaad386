"""The command line does what it says, says what it did, and never shows a traceback for what a user got wrong."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
from typer.testing import CliRunner, Result

from bellwork.db import ledger, revision
from bellwork.db.engine import transaction
from bellwork.db.ledger import NewJob
from bellwork.db.wording import printable
from bellwork.ops.cli.app import app
from tests.ops.command import bellwork

if TYPE_CHECKING:
    from pathlib import Path


ACTOR = {"name": "content.understand", "queue": "content", "priority": 0, "lane": "long"}


def call(*words: str) -> Result:
    """Run a command in this process."""
    return CliRunner().invoke(app, list(words))


def answer(*words: str) -> Any:
    """Run a command with --json and return what it printed."""
    result = call(*words, "--json")

    assert 0 == result.exit_code or words == ("status",), result.output
    return json.loads(result.stdout)


def enqueue(actor: str = "content.understand", **facts: Any) -> int:
    """Enqueue a job and return its id."""
    with transaction() as conn:
        return ledger.enqueue(conn, [NewJob(actor, **facts)])[0].id


@pytest.mark.usefixtures("empty_database")
def test_migrate_brings_an_empty_database_to_this_release_once() -> None:
    """The first run changes the schema, the second finds it current."""
    first, second = answer("migrate"), answer("migrate")

    entries = first.pop("entries")
    assert {"upkeep.rotate_partitions", "content.end_contracts", "content.archive_requests"} < set(entries)
    assert {"before": None, "after": revision.head(), "changed": True, "paused": []} == first
    now = revision.head()
    assert {"before": now, "after": now, "changed": False, "entries": [], "paused": []} == second


@pytest.mark.parametrize("word", ["0", "-1", "1e3", "1.5", "99999999999999999999", "../etc/passwd", "", "\u0661", "1 "])
@pytest.mark.parametrize("command", ["show", "retry", "cancel"])
def test_what_is_no_job_id_is_wrong_usage(command: str, word: str) -> None:
    """Only whole numbers from 1 to 2^63 - 1 in plain digits are ids; anything else is exit code 2."""
    assert 2 == call("jobs", command, word).exit_code


@pytest.mark.usefixtures("database")
def test_status_and_doctor_name_a_queue_that_nobody_hears() -> None:
    """A slip in a queue's name, or `--queues` that leave it out, is not found by waiting."""
    with transaction() as conn:
        ledger.register_worker(conn, ledger.Worker(uuid4(), "here", 1, 1, ["default"], {"a.b": None}), 60)
        ledger.enqueue(conn, [ledger.NewJob("a.b", queue="defualt")])

    assert "1 job waits in queues that no live worker listens to: defualt." in call("status").stdout
    assert "defualt (1)" in call("doctor").stdout


@pytest.mark.usefixtures("database")
def test_status_as_json_holds_the_figures() -> None:
    """The figures of the verdict are fields of one document."""
    enqueue(queue="content")
    found = answer("status")

    assert {"ok": False, "due": 1, "running": 0, "workers_alive": 0, "dead_24h": 0} == {
        name: found[name] for name in ("ok", "due", "running", "workers_alive", "dead_24h")
    }
    assert ["content"] == [queue["queue"] for queue in found["queues"]]


@pytest.mark.usefixtures("database")
def test_status_as_json_names_each_set_of_actors_once() -> None:
    """Workers of one release know the same actors: each worker's line names their set, which stands there once."""
    with transaction() as conn:
        for actors in (["a.b", "a.a"], ["a.a", "a.b"], ["a.c"]):
            known: dict[str, float | None] = dict.fromkeys(actors)
            ledger.register_worker(conn, ledger.Worker(uuid4(), "here", 1, 1, ["default"], known), 60)
    found = answer("status")

    assert [["a.a", "a.b"], ["a.c"]] == sorted(found["actor_sets"].values())
    assert [["a.a", "a.b"], ["a.a", "a.b"], ["a.c"]] == sorted(
        found["actor_sets"][worker["actor_set"]] for worker in found["workers"]
    )


@pytest.mark.usefixtures("database")
def test_a_job_is_enqueued_shown_cancelled_and_put_back() -> None:
    """A job's life on the command line."""
    job = answer("jobs", "enqueue", "content.understand", "--args", '{"request_id": "req_1"}')["id"]
    shown = answer("jobs", "show", str(job))
    cancelled = answer("jobs", "cancel", str(job), "--reason", "a test")
    gone = answer("jobs", "show", str(job))
    back = answer("jobs", "retry", str(job))

    assert ("available", {"request_id": "req_1"}) == (shown["state"], shown["args"])
    assert {"cancelled": [job], "unchanged": []} == cancelled
    assert ("cancelled", "a test") == (gone["state"], gone["reason"])
    assert {"retried": [job], "unchanged": []} == back


@pytest.mark.usefixtures("database")
def test_a_key_that_is_taken_gives_no_second_job() -> None:
    """The answer is the id of the job that holds the key."""
    first = answer("jobs", "enqueue", "a.b", "--unique-key", "k", "--delay", "60")
    second = answer("jobs", "enqueue", "a.b", "--unique-key", "k")

    assert (True, False) == (first["new"], second["new"])
    assert first["id"] == second["id"]


@pytest.mark.usefixtures("database")
def test_an_unknown_actor_is_pointed_out() -> None:
    """A slip of the finger is told at once, though the job is taken."""
    assert (
        "No worker has ever registered an actor 'content.undrestand'"
        in call("jobs", "enqueue", "content.undrestand").stdout
    )


@pytest.mark.usefixtures("database")
def test_many_jobs_are_cancelled_and_put_back_by_a_filter() -> None:
    """A filter takes all that it finds, and nothing else."""
    wanted = [enqueue("a.b", queue="one") for _ in range(3)]
    other = enqueue("c.d", queue="two")

    assert wanted == answer("jobs", "cancel", "--actor", "a.b")["cancelled"]
    assert [other] == [job["id"] for job in answer("jobs", "list", "--state", "available")["jobs"]]
    assert wanted == answer("jobs", "retry", "--queue", "one", "--state", "cancelled")["retried"]


@pytest.mark.usefixtures("database")
def test_jobs_of_a_removed_actor_are_renamed() -> None:
    """To an actor that some worker has registered, and to no other; the job says who did it."""
    job = enqueue("a.old")
    refused = call("jobs", "rename", "a.old", "a.new")
    with transaction() as conn:
        ledger.register_actors(conn, [{"name": "a.new", "queue": "q", "priority": 0, "lane": "long"}])

    assert 1 == refused.exit_code
    assert "no worker has ever registered an actor 'a.new'" in refused.stderr
    assert {"renamed": [job]} == answer("jobs", "rename", "a.old", "a.new", "--by", "ann")
    assert "renamed from a.old by ann" in call("jobs", "show", str(job)).stdout


@pytest.mark.parametrize(
    "words",
    [
        ("retry",),
        ("cancel",),
        ("cancel", "1", "--actor", "a.b"),
        ("cancel", "--state", "dead"),
        ("retry", "--state", "running"),
        ("enqueue", "a.b", "--args", "[1]"),
        ("enqueue", "a.b", "--args", "{"),
        ("enqueue", "a.b", "--priority", "5000"),
        ("list", "--limit", "0"),
        ("list", "--state", "lost"),
    ],
)
def test_what_cannot_be_meant_is_wrong_usage(words: tuple[str, ...]) -> None:
    """Nothing chosen, chosen twice, or a state that does not fit: exit code 2 before the database is asked."""
    assert 2 == call("jobs", *words).exit_code


@pytest.mark.usefixtures("database")
def test_a_named_job_that_was_left_alone_is_an_error() -> None:
    """Cancelling a job that is not there is exit code 1, and says so."""
    result = call("jobs", "cancel", "4711")

    assert 1 == result.exit_code
    assert "1 job left alone (4711)" in result.stdout


@pytest.mark.parametrize("sign", ["\x1b[31m", "\x07", "\u202e", "\r", "\n", "\x9b2J", "\u2066"])
def test_no_argument_plays_with_the_terminal(sign: str, database: str) -> None:
    """Control characters and changes of direction are spelled out, wherever they were put."""
    del database
    job = enqueue("a.b", args={"text": f"x{sign}y"}, unique_key=f"k{sign}")
    listed, shown = call("jobs", "list").stdout, call("jobs", "show", str(job)).stdout

    for text in (listed, shown):
        assert text.replace("\n", "").isprintable(), text
    assert printable(f"k{sign}") in shown


@pytest.mark.usefixtures("database")
def test_markup_in_arguments_is_only_text() -> None:
    """What looks like rich's markup is printed as it is."""
    job = enqueue("a.b", args={"text": "[red]x[/nothing]"})

    assert "[red]x[/nothing]" in call("jobs", "show", str(job)).stdout


@pytest.mark.usefixtures("database")
def test_a_list_of_jobs_tells_ids_and_hides_what_may_be_about_people() -> None:
    """Values of other arguments are shown where one job is asked for; their names are always."""
    given = {"request_id": "req_1", "day": "2026-01-31", "count": 3, "name": "Anna", "mail_id": "a@b.example"}
    job = enqueue("a.b", args=given)

    assert [given | {"name": "…", "mail_id": "…"}] == [each["args"] for each in answer("jobs", "list")["jobs"]]
    assert given == answer("jobs", "show", str(job))["args"]


@pytest.mark.usefixtures("database")
def test_a_queue_is_paused_by_somebody_for_a_reason_and_resumed() -> None:
    """Who and why stand in the status until the queue goes on."""
    with transaction() as conn:
        ledger.register_actors(conn, [ACTOR])
    call("queues", "pause", "content", "--reason", "the model is down", "--by", "ada")
    paused = answer("status")["queues"][0]
    first, second = answer("queues", "resume", "content"), answer("queues", "resume", "content")

    assert ("ada", "the model is down") == (paused["paused_by"], paused["pause_reason"])
    assert (True, False) == (first["changed"], second["changed"])


@pytest.mark.usefixtures("database")
def test_a_queue_that_is_not_there_cannot_be_paused(tmp_path: Path) -> None:
    """A slip of the finger must not look like a pause."""
    done = bellwork("queues", "pause", "contents", "--reason", "x", cwd=tmp_path)

    assert 1 == done.returncode
    assert "there is no queue 'contents'" in done.stderr


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    "words",
    [
        ("status",),
        ("doctor",),
        ("jobs", "list"),
        ("migrate",),
        ("jobs", "retry", "--actor", "a.b"),
        ("queues", "resume", "x"),
    ],
)
def test_json_is_one_document_and_nothing_else(words: tuple[str, ...]) -> None:
    """Whatever the command, --json prints what a program can read."""
    assert isinstance(json.loads(call(*words, "--json").stdout), dict)
