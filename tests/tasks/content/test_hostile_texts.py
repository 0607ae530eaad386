"""A question is only words: what hides in it, gives orders or is built to choke on changes nothing but the words."""

from __future__ import annotations

import json
import socket
import time
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy.exc import DataError, NoResultFound

from bellwork.tasks.content.clarification import answer
from bellwork.tasks.content.understand import understand
from bellwork.workers import RefusedJob
from bellwork.workers.testing import enqueued, run_inline
from tests.tasks.content.lesson import AMBIGUOUS, NEWTON_TOPIC, change, insert, read
from tests.tasks.content.strangers import CANARY, CHOKERS, LANGUAGES, ORDERS, STOWAWAYS

if TYPE_CHECKING:
    from pathlib import Path

#: The seconds of CPU that reading one question may take at the very most; the target is two (tasks/content/README.md).
BOUND = 5.0
WORDLESS = ["", "\0\x1b", "\u200b", "?!", "x" * 1_000_000, "\ud800"]
_REWORD = """
UPDATE {content}.content_requests SET metadata = jsonb_build_object('clarified_query', CAST(:it AS jsonb))
WHERE id = :id
"""


@pytest.fixture
def looked_up(school: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A school, and the names of all hosts that anybody in this process asked for."""
    del school
    names: list[str] = []
    resolve = socket.getaddrinfo

    def note(host: str, *rest: Any, **more: Any) -> Any:
        names.append(str(host))
        return resolve(host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", note)
    return names


def understood(text: str) -> dict[str, Any]:
    """Put a question, let it be read at once, and return its request."""
    request_id = insert(text)
    before = time.process_time()
    row = run_inline(understand, request_id=request_id)

    assert time.process_time() - before < BOUND, text[:40]
    assert ("done", 1, []) == (row["state"], row["attempt"], row["errors"]), text[:40]
    return read(request_id)


def told(request: dict[str, Any]) -> str:
    """Return all that a request says but the question itself."""
    return json.dumps({name: value for name, value in request.items() if name != "original_query"}, default=str)


def test_what_rides_along_with_a_question_does_not_change_it(looked_up: list[str]) -> None:
    """Hidden or in the open, it is not obeyed, fetched or repeated; the question is understood as if it were alone."""
    for what, text in STOWAWAYS.items():
        request = understood(text)

        assert ("cache_check", NEWTON_TOPIC) == (request["status"], request["topic_id"]), what
        assert CANARY not in told(request), what
    assert {"content.check_cache"} == {job["actor"] for job in enqueued()}
    assert not any(CANARY in name or name.startswith("169.254") for name in looked_up)


def test_orders_are_no_question(looked_up: list[str], school: Path) -> None:
    """What is ordered does not happen: one of three outcomes, no other job, no letter, and nobody's request moves."""
    waiting = insert("Explain something", status="failed")
    for what, text in ORDERS.items():
        request = understood(text)

        assert request["status"] in {"failed", "needs_clarification", "cache_check"}, what
        assert CANARY not in told(request), what
    assert {"content.check_cache"} >= {job["actor"] for job in enqueued()}
    assert "failed" == read(waiting)["status"]
    assert (set(), False) == (set(looked_up) - {"127.0.0.1", "localhost"}, (school / "mail").exists())


@pytest.mark.usefixtures("school")
def test_every_script_is_read() -> None:
    """A question in a language that the catalogue does not speak is declined for good, not broken off."""
    ends = {text: understood(text) for text in LANGUAGES}

    assert {"failed", "cache_check", "needs_clarification"} >= {end["status"] for end in ends.values()}
    failures = [end["metadata"]["failure"] for end in ends.values() if end["status"] == "failed"]
    assert not any(failure["retryable"] for failure in failures)


@pytest.mark.usefixtures("school")
def test_nothing_is_built_well_enough_to_choke_on() -> None:
    """Each of 40 texts at which careless patterns run for ever is read within five seconds."""
    for text in CHOKERS:
        assert understood(text)["status"] in {"failed", "cache_check", "needs_clarification"}


@pytest.mark.usefixtures("school")
def test_a_zero_byte_is_refused_at_the_door() -> None:
    """PostgreSQL's texts and JSON cannot hold it: the API layer's insert fails, and there is no half request."""
    for given in ({"query": "a\0b"}, {"style": "a\0b"}, {"metadata": {"x": "a\0b"}}):
        with pytest.raises(DataError, match=r"NUL|unsupported Unicode escape sequence"):
            insert(id="req_door", **given)
    with pytest.raises(UnicodeEncodeError, match="surrogates not allowed"):
        insert("Explain \ud800 gravity", id="req_door")

    with pytest.raises(NoResultFound):
        read("req_door")


@pytest.mark.usefixtures("school")
def test_a_job_with_such_a_text_is_refused_by_name() -> None:
    """The sender is told which actor's job it was; nothing is enqueued."""
    odd: list[Any] = ["req\0", "req\ud800", ["\0"], {"\0": 1}]
    for request_id in odd:
        with pytest.raises(RefusedJob, match=r"a job for 'content.understand'"):
            understand.send(request_id=request_id)

    assert [] == enqueued()


@pytest.mark.usefixtures("school")
def test_an_answer_without_words_is_none() -> None:
    """Free text that answers a question back is looked at as the question was; an unusable one changes nothing."""
    request = understood(AMBIGUOUS)
    question = request["metadata"]["clarification"]["question_id"]
    answers = [answer(request["id"], question, text=text) for text in WORDLESS]

    assert not any(answers)
    assert request == read(request["id"])


@pytest.mark.usefixtures("school")
def test_an_answer_may_carry_what_a_question_may() -> None:
    """Its zero bytes and controls are dropped, its orders are words, and the question is read anew."""
    for text in ("\0Newton's\x1b[2J third law\0", *list(STOWAWAYS.values())[:8]):
        request = understood(AMBIGUOUS)
        assert answer(request["id"], request["metadata"]["clarification"]["question_id"], text=text)
        run_inline(understand, request_id=request["id"])

        assert read(request["id"])["status"] in {"cache_check", "needs_clarification"}


@pytest.mark.usefixtures("school")
def test_a_reworded_question_of_another_type_is_read_as_text() -> None:
    """Whatever an API layer put where the reworded question lies, it is words or it is declined."""
    for query in ("7", "[]", '{"$ref": "#"}', "null", "true"):
        request_id = insert("x")
        change(_REWORD, it=query, id=request_id)
        row = run_inline(understand, request_id=request_id)

        assert "done" == row["state"]
        assert read(request_id)["status"] in {"failed", "needs_clarification"}
