"""An unclear question is asked back; the answer counts once, in time, and for the question that was asked."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bellwork.db.engine import engine, transaction
from bellwork.tasks.content.clarification import answer, answer_clarification
from bellwork.tasks.content.sweeps import expire_clarifications
from bellwork.workers.testing import drain, enqueued, run_inline
from tests.tasks.content.lesson import AMBIGUOUS, ask, change, history, read

if TYPE_CHECKING:
    from tests.tasks.content.conftest import Studio

_EXPIRE = (
    "UPDATE {content}.content_requests SET metadata ="
    " jsonb_set(metadata, '{clarification,expires_at}', '\"2020-01-01T00:00:00.000000Z\"') WHERE id = :id"
)


@pytest.fixture
def asked(studio: Studio) -> tuple[str, dict[str, Any]]:
    """A request whose question was not clear, and what the student is shown."""
    del studio
    request_id = ask(AMBIGUOUS)
    drain()
    return request_id, read(request_id)["metadata"]["clarification"]


def test_an_unclear_question_is_asked_back(asked: tuple[str, dict[str, Any]]) -> None:
    """The student gets two or three options and five minutes; no job waits."""
    request_id, question = asked

    assert "needs_clarification" == read(request_id)["status"]
    assert 2 <= len(question["options"]) <= 3
    assert {"id", "topic_id", "title", "description"} == set(question["options"][0])
    assert question["asked_at"] < question["expires_at"]
    assert [] == enqueued()


def test_a_chosen_option_goes_on_to_the_film(asked: tuple[str, dict[str, Any]]) -> None:
    """With an option the topic is known; the request goes on from the cache check."""
    request_id, question = asked
    option = question["options"][1]
    answer_clarification.send(request_id=request_id, question_id=question["question_id"], option_id=option["id"])
    drain()

    assert option["topic_id"] == read(request_id)["topic_id"]
    assert ["nlu_processing", "needs_clarification", "cache_check"] == history(request_id)[:3]
    assert "completed" == read(request_id)["status"]


def test_free_text_has_the_question_read_anew(asked: tuple[str, dict[str, Any]]) -> None:
    """What the student writes is read together with the first question, which is kept as it was."""
    request_id, question = asked
    taken = answer(request_id, question["question_id"], text="I mean Newton's third law,\x07 please")
    drain()
    request = read(request_id)

    assert taken
    assert "topic_phys_newton_3" == request["topic_id"]
    assert AMBIGUOUS == request["original_query"]
    assert "waves and energy I mean Newton's third law, please" == request["metadata"]["clarified_query"]
    assert "completed" == request["status"]


def test_an_answer_joins_the_callers_transaction(asked: tuple[str, dict[str, Any]]) -> None:
    """What an API layer rolls back was never answered."""
    request_id, question = asked
    with engine().connect() as theirs:
        with transaction(theirs):
            taken = answer(request_id, question["question_id"], option_id="opt_1")
        theirs.rollback()

    assert taken
    assert "needs_clarification" == read(request_id)["status"]
    assert [] == enqueued()


def test_a_second_answer_changes_nothing(asked: tuple[str, dict[str, Any]]) -> None:
    """The first answer counts."""
    request_id, question = asked
    answers = [answer(request_id, question["question_id"], option_id=option) for option in ("opt_1", "opt_2")]

    assert [True, False] == answers
    assert question["options"][0]["topic_id"] == read(request_id)["topic_id"]
    assert 1 == len(enqueued("content.check_cache"))


@pytest.mark.parametrize(
    "wrong",
    [
        {"question_id": "q_other", "option_id": "opt_1"},
        {"option_id": "opt_9"},
        {"text": ""},
        {"text": "\x00\x01"},
        {"text": "x" * 2_001},
        {},
    ],
)
def test_an_answer_to_nothing_changes_nothing(asked: tuple[str, dict[str, Any]], wrong: dict[str, str]) -> None:
    """Another question, an option that was not offered, no words: the question stays open."""
    request_id, question = asked
    given = {"question_id": question["question_id"], **wrong}

    assert answer(request_id, **given) is False
    assert "needs_clarification" == read(request_id)["status"]


def test_an_expired_question_takes_no_answer(asked: tuple[str, dict[str, Any]]) -> None:
    """After five minutes the answer comes too late, even before the sweep has come by."""
    request_id, question = asked
    change(_EXPIRE, id=request_id)

    assert answer(request_id, question["question_id"], option_id="opt_1") is False


def test_a_question_that_nobody_answers_ends_the_request(asked: tuple[str, dict[str, Any]]) -> None:
    """The sweep fails it for good; before its time it leaves it alone."""
    request_id, _ = asked
    run_inline(expire_clarifications)
    before = read(request_id)["status"]
    change(_EXPIRE, id=request_id)
    run_inline(expire_clarifications)
    request = read(request_id)

    assert ("needs_clarification", "failed") == (before, request["status"])
    assert request["metadata"]["failure"]["retryable"] is False
    assert "the question was not answered in time" == request["error_message"]
