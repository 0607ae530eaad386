"""Providers fail: what passes is tried again, what is busy is waited for, what is final leaves a reason."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.tasks.providers import (
    Brief,
    ProviderBusy,
    ProviderError,
    ProviderFailure,
    ProviderRefused,
    Script,
    ScriptRejected,
)
from bellwork.tasks.providers.llm import EmbeddedModel
from bellwork.workers.testing import drain, enqueued, run_due
from tests.tasks.content.lesson import NEWTON, NEWTON_TOPIC, ask, change, contents, read
from tests.tasks.content.test_cold_request import COLD
from tests.tasks.providers.openai_server import OpenAIServer, answer, busy, raw, status

if TYPE_CHECKING:
    from tests.tasks.content.conftest import Studio

_CLEAR = {
    "outcome": "clear",
    "topic_id": NEWTON_TOPIC,
    "interest_id": "int_soccer",
    "confidence": 0.9,
    "options": [],
}


class Author(EmbeddedModel):
    """The embedded model, which fails as it is told before it writes."""

    def __init__(self, *failures: ProviderFailure) -> None:
        self.failures = list(failures)
        self.briefs: list[Brief] = []

    def write_script(self, brief: Brief) -> Script:
        """Fail, or write."""
        self.briefs.append(brief)
        if self.failures:
            raise self.failures.pop(0)
        return super().write_script(brief)


@pytest.fixture
def author(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Author:
    """An author that fails as it is told."""
    del studio
    author = Author()
    monkeypatch.setattr(sys.modules["bellwork.tasks.content.scripts"], "llm", lambda: author)
    return author


def test_a_provider_that_fails_twice_delays_the_request_and_no_more(author: Author) -> None:
    """Two faults are two retries; the history shows each status once all the same."""
    author.failures = [ProviderError("no answer"), ProviderError("no answer")]
    request_id = ask()
    drain(later=True)

    assert COLD == [step["status"] for step in read(request_id)["metadata"]["history"]]
    assert 3 == len(author.briefs)


def test_a_busy_provider_is_waited_for_and_burns_no_retry(author: Author) -> None:
    """However often it says so, the request does not fail."""
    author.failures = [ProviderBusy("busy", 60) for _ in range(7)]
    request_id = ask()
    drain()
    (waiting,) = enqueued("content.write_script")
    drain(later=True)

    assert 0 == waiting["retries"]
    assert "completed" == read(request_id)["status"]


def test_a_provider_that_stays_away_fails_the_stage(author: Author) -> None:
    """After three retries every request of the key fails, to be taken up again at this stage."""
    author.failures = [ProviderError("no answer")] * 4
    requests = [ask(student_id=student) for student in ("user_student_amara", "user_student_amara")]
    drain(later=True)

    for request in map(read, requests):
        assert "failed" == request["status"]
        assert ("generating_script", True) == _failure(request)
        assert "ProviderError: no answer" == request["error_message"]


def test_a_provider_that_refuses_is_not_asked_again(author: Author) -> None:
    """One call, and the job is dead with what the provider said."""
    author.failures = [ProviderRefused("wrong key")]
    request_id = ask()
    drain(later=True)

    assert ("failed", "wrong key") == (read(request_id)["status"], read(request_id)["error_message"])
    assert 1 == len(author.briefs)


def test_an_unsafe_script_is_never_tried_again(author: Author) -> None:
    """Safety is not a matter of patience."""
    author.failures = [ScriptRejected("unsafe word", unsafe=True)]
    request_id = ask()
    drain(later=True)

    assert ("generating_script", False) == _failure(read(request_id))
    assert 1 == len(author.briefs)


def test_a_rejected_script_is_written_less_personally_in_the_end(author: Author) -> None:
    """The last attempt asks with the catalogue's first interest, then with none; the key stays the request's own."""
    author.failures = [ScriptRejected("too short")] * 5
    request_id = ask(interest_id="int_soccer")
    drain(later=True)
    told_with = [brief.interest.id if brief.interest else None for brief in author.briefs]

    assert ["int_soccer"] * 4 + ["int_basketball", None] == told_with
    assert "completed" == read(request_id)["status"]
    assert ("int_soccer", None) == (contents()[0]["interest_id"], contents()[0]["generation_metadata"]["told_with"])


def test_a_model_that_answers_is_believed(model: OpenAIServer, studio: Studio) -> None:
    """Topic and interest are the model's where the request names none."""
    del studio
    model.behave(answer(_CLEAR), status(401, {}))
    request_id = ask("the one with the rockets")
    drain()

    assert (NEWTON_TOPIC, "int_soccer") == (read(request_id)["topic_id"], read(request_id)["interest_id"])


def test_a_model_that_talks_rubbish_is_replaced_by_keywords_in_the_end(model: OpenAIServer) -> None:
    """Three retries, and then the words of the question decide."""
    model.behave(raw(b"<html>oops</html>"))
    request_id = ask(NEWTON)
    for _ in range(4):
        drain("content-fast", later=True)
        before = read(request_id)["status"]
        _run_once("content.understand")

    assert "nlu_processing" == before
    assert NEWTON_TOPIC == read(request_id)["topic_id"]


def test_a_model_that_is_busy_leaves_the_request_waiting(model: OpenAIServer) -> None:
    """Retry-After is believed."""
    model.behave(busy("120"))
    request_id = ask()
    drain()

    assert "nlu_processing" == read(request_id)["status"]
    assert ["content.understand"] == [job["actor"] for job in enqueued()]


def test_a_model_that_is_away_fails_the_request_for_a_while(model: OpenAIServer) -> None:
    """After three retries the request fails where it stands, to be taken up again."""
    model.behave(status(500, {"error": "down"}))
    request_id = ask()
    drain(later=True)

    assert ("nlu_processing", True) == _failure(read(request_id))


def _failure(request: dict[str, Any]) -> tuple[str, bool]:
    failure = request["metadata"]["failure"]
    return failure["stage"], failure["retryable"]


def _run_once(actor: str) -> None:
    (job,) = enqueued(actor)
    change("UPDATE bellwork.jobs SET run_at = now() WHERE id = :id", id=job["id"])
    run_due([job["id"]])
