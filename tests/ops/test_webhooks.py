"""Operators add endpoints, see how they stand, and decide about those that fail; a secret is shown once."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
from starlette.testclient import TestClient

from bellwork.db.snapshot.around import keep_around
from bellwork.ops.web import dashboard
from tests.db.snapshot.seconds import look
from tests.ops.desk import ask
from tests.tasks.webhooks.told import deliveries, do, one, told

if TYPE_CHECKING:
    from tests.ops.desk import Answer

URL = "https://receiver.example/hook?token=s3cret-9183"
WHY = ("--reason", "she said so", "--by", "ann")


def said(*words: str) -> Any:
    """Return the document of a command."""
    return json.loads(ask(*words, "--json").out)


def added(*words: str) -> dict[str, Any]:
    """Add an endpoint."""
    found: dict[str, Any] = said("webhooks", "add", URL, *words)
    return found


@pytest.mark.usefixtures("database")
def test_a_secret_is_shown_once_and_kept_from_all_else() -> None:
    """By `add` and `rotate` alone; neither lists nor acts have it, nor the query of the URL."""
    first = added("--event", "course.published", "--mail", "ops@receiver.example")
    second = said("webhooks", "rotate", "1", *WHY)
    told("course.published", course_id=1)
    others = "".join(
        ask(*words, *as_json).out
        for words in (("webhooks", "list"), ("webhooks", "deliveries"), ("acts",), ("status",), ("jobs", "list"))
        for as_json in ((), ("--json",))
    )

    assert first["secret"].startswith("whsec_")
    assert first["secret"] != second["secret"]
    assert not [each for each in (first["secret"], second["secret"], "s3cret") if each in others]
    assert ["https://receiver.example/hook"] == [each["url"] for each in said("webhooks", "list")["endpoints"]]
    assert [None] != [each["old_until"] for each in said("webhooks", "list")["endpoints"]]


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (("http://receiver.example/",), "http"),
        (("https://127.0.0.1/",), "127.0.0.1"),
        (("https://169.254.169.254/latest",), "169.254"),
        (("https://2130706433/",), "encoded"),
        (("https://[::ffff:10.0.0.1]/",), "10.0.0.1"),
        (("https://ann:s3cret@receiver.example/",), "credentials"),
        (("https://receiver.example/" + "a" * 3000,), "2000 are the most"),
        ((URL, "--event", "Course Published"), "course.published"),
        ((URL, "--mail", "a@b, c@d"), "is no address"),
    ],
)
@pytest.mark.usefixtures("database")
def test_what_may_be_no_endpoint_is_refused(words: tuple[str, ...], reason: str) -> None:
    """With the reason, and nothing is written."""
    answer = ask("webhooks", "add", *words)

    assert answer.code == 1
    assert reason in answer.err, answer.err
    assert "s3cret" not in answer.err
    assert [] == said("webhooks", "list")["endpoints"]


@pytest.mark.usefixtures("database")
def test_what_is_disabled_waits_and_what_failed_is_replayed() -> None:
    """Each is an act with its reason; an endpoint that is not there is said to be none."""
    added()
    told(key="1")
    do("UPDATE bellwork.webhook_deliveries SET state = 'failed', settled_at = now()")
    answers = [
        said("webhooks", "disable", "1", *WHY),
        said("webhooks", "disable", "1", *WHY),
        said("webhooks", "replay", "1", *WHY),
        said("webhooks", "enable", "1", *WHY),
        said("webhooks", "replay", "1", "--delivered", *WHY),
    ]
    acts = [(act["what"], act["subject"]) for act in said("acts")["acts"]]

    assert [
        {"endpoint": 1, "was": "active", "state": "disabled"},
        {"endpoint": 1, "was": "disabled", "state": "disabled"},
        {"endpoint": 1, "deliveries": [1]},
        {"endpoint": 1, "was": "disabled", "state": "active"},
        {"endpoint": 1, "deliveries": []},
    ] == answers
    assert ["pending"] == [d["state"] for d in deliveries()]
    assert [(f"webhooks {what}", "endpoint 1") for what in ("enable", "replay", "disable")] == acts
    for words in (("disable", "7"), ("enable", "7"), ("rotate", "7"), ("replay", "7")):
        failed = ask("webhooks", *words, *WHY)
        assert (1, True) == (failed.code, "there is no endpoint 7" in failed.err)


@pytest.mark.usefixtures("database")
def test_status_names_an_endpoint_that_is_disabled() -> None:
    """With what disabled it, what comes of it, and what to do."""
    added()
    told()
    one("SELECT 1 AS one")
    do("UPDATE bellwork.webhook_endpoints SET state = 'disabled', why = 'it answered 410 (gone)'")
    look()
    keep_around()
    answer: Answer = ask("status")

    assert "Webhook endpoint 1 (receiver.example) is disabled" in answer.out
    assert "it answered 410 (gone)" in answer.out
    assert "bellwork webhooks enable 1" in answer.out
    assert [False] == [each["failed"] for each in said("status")["webhooks"]]


@pytest.mark.usefixtures("database")
def test_an_endpoint_that_was_disabled_while_it_failed_is_a_metric_for_an_alert() -> None:
    """One that an operator disabled while it worked is none."""
    for _ in range(2):
        added()
    do("UPDATE bellwork.webhook_endpoints SET state = 'disabled', why = 'it failed for five days'")
    do("UPDATE bellwork.webhook_endpoints SET failing_since = now() - interval '5 days' WHERE id = 2")
    look()
    keep_around()
    with TestClient(dashboard(["here"]), base_url="http://here") as web:
        found = [line for line in web.get("/metrics").text.splitlines() if line.startswith("bellwork_webhooks_dis")]

    assert ['bellwork_webhooks_disabled{endpoint="2"} 1'] == [line.replace(" 1.0", " 1") for line in found]
