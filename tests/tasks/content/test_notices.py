"""Each student hears once of each kind, whatever is delivered twice and whatever a mail server does."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.db import ledger
from bellwork.db.engine import transaction
from bellwork.tasks.content.notify import notify_ready
from bellwork.tasks.providers import Letter, MailRefused, MailServerTrouble, MailTryLater, MailUnknown
from bellwork.workers import due_set
from bellwork.workers.testing import drain, enqueued, run_inline
from tests.tasks.content.lesson import DIEGO, NEWTON_TOPIC, ask, change, insert, read

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tasks.content.conftest import Studio


class Postman:
    """Takes letters, or does what it is told instead."""

    def __init__(self) -> None:
        self.letters: list[Letter] = []
        self.failures: list[Exception] = []

    def send(self, letter: Letter) -> None:
        """Take a letter."""
        self.letters.append(letter)
        if self.failures:
            raise self.failures.pop(0)


@pytest.fixture
def postman(school: Path, monkeypatch: pytest.MonkeyPatch) -> Postman:
    """A postman that is watched."""
    del school
    postman = Postman()
    monkeypatch.setattr(sys.modules["bellwork.tasks.content.notify"], "mail", lambda: postman)
    return postman


@pytest.fixture
def ready(postman: Postman) -> str:
    """A request that can be read and listened to."""
    del postman
    return insert(status="fast_path_ready", topic_id=NEWTON_TOPIC, interest_id="int_basketball")


def test_a_cold_request_sends_two_letters(studio: Studio, postman: Postman) -> None:
    """One when there is something to read, one when there is something to watch."""
    del studio
    request_id = ask()
    drain()

    assert [f"content:{request_id}:fast", f"content:{request_id}:full"] == [each.key for each in postman.letters]
    assert {"fast": "sent", "full": "sent"} == read(request_id)["metadata"]["notices"]
    assert {"amara.lindqvist@example.org"} == {each.to for each in postman.letters}


def test_a_hit_sends_one_letter(studio: Studio, postman: Postman) -> None:
    """Who gets the film at once hears of the film alone."""
    del studio
    ask(interest_id="int_basketball")
    drain()
    postman.letters.clear()
    second = ask(student_id=DIEGO, interest_id="int_basketball")
    drain()

    assert [f"content:{second}:full"] == [each.key for each in postman.letters]


def test_a_second_job_sends_nothing(ready: str, postman: Postman) -> None:
    """The claim on the request decides, not the number of jobs."""
    for _ in range(3):
        run_inline(notify_ready, request_id=ready, kind="fast")

    assert 1 == len(postman.letters)


def test_a_claim_that_was_left_behind_is_unknown_and_never_sent_again(ready: str, postman: Postman) -> None:
    """A worker died between the claim and its end: perhaps the letter went out."""
    change(
        'UPDATE {content}.content_requests SET metadata = \'{"notices": {"fast": "sending"}}\' WHERE id = :id', id=ready
    )
    for _ in range(2):
        run_inline(notify_ready, request_id=ready, kind="fast")

    assert [] == postman.letters
    assert "unknown" == read(ready)["metadata"]["notices"]["fast"]


def test_a_server_that_asks_for_patience_gets_the_letter_later(ready: str, postman: Postman) -> None:
    """Not taken is not sent: the claim is let go and the job tries again."""
    postman.failures = [MailTryLater("greylisted")]
    run_inline(notify_ready, request_id=ready, kind="fast")
    between = read(ready)["metadata"]["notices"]
    drain("mail", later=True)

    assert {} == between
    assert "sent" == read(ready)["metadata"]["notices"]["fast"]
    assert 2 == len(postman.letters)


@pytest.mark.parametrize(
    ("failure", "state"), [(MailRefused("no such user"), "refused"), (MailUnknown("?"), "unknown")]
)
def test_a_final_word_is_kept(ready: str, postman: Postman, failure: Exception, state: str) -> None:
    """Refused and unknown are states of their own; neither is tried again."""
    postman.failures = [failure]
    run_inline(notify_ready, request_id=ready, kind="fast")
    drain("mail", later=True)

    assert state == read(ready)["metadata"]["notices"]["fast"]
    assert 1 == len(postman.letters)


@pytest.mark.parametrize(
    "kind_and_change",
    [
        ("full", "SELECT 1"),
        ("fast", "UPDATE {content}.users SET is_active = false"),
        ("fast", "UPDATE {content}.users SET deleted_at = now()"),
        ("fast", "UPDATE {content}.content_requests SET status = 'failed'"),
    ],
)
def test_nothing_is_told_that_is_not_so(ready: str, postman: Postman, kind_and_change: tuple[str, str]) -> None:
    """No film yet, no account any more: no letter, and no claim that would stand in the way of a later one."""
    kind, statement = kind_and_change
    change(statement)
    run_inline(notify_ready, request_id=ready, kind=kind)

    assert [] == postman.letters
    assert kind not in read(ready)["metadata"].get("notices", {})


def test_an_unknown_kind_is_dead_at_once(ready: str) -> None:
    """A kind that nobody knows is refused with those that are known."""
    row: dict[str, Any] = run_inline(notify_ready, request_id=ready, kind="maybe")

    assert ("dead", "there is no notice 'maybe'; there are 'fast', 'full'") == (row["state"], row["reason"])


def test_a_refused_letter_is_a_dead_job_that_an_operator_may_put_back(ready: str, postman: Postman) -> None:
    """The server's words are its reason; put back once the address is mended, the letter is sent."""
    postman.failures = [MailRefused("the mail server answered 550 to the recipient: 'no such user'")]
    job = run_inline(notify_ready, request_id=ready, kind="fast")
    refused = read(ready)["metadata"]["notices"]["fast"]
    with transaction() as conn:
        assert [job["id"]] == ledger.retry_finished(conn, [job["id"]])
    drain("mail")

    assert ("dead", "refused") == (job["state"], refused)
    assert "550" in job["reason"]
    assert "sent" == read(ready)["metadata"]["notices"]["fast"]
    assert 2 == len(postman.letters)


def test_a_server_that_takes_nobodys_letters_is_left_alone_and_loses_none(ready: str, postman: Postman) -> None:
    """After some failures in a row jobs come back without being offered, and without burning a retry."""
    postman.failures = [MailServerTrouble("the mail server answered 550 to the sender")] * 6
    run_inline(notify_ready, request_id=ready, kind="fast")
    for _ in range(9):
        change("UPDATE bellwork.jobs SET run_at = now()")
        drain("mail")
    [job] = enqueued("content.notify_ready")
    between = read(ready)["metadata"]["notices"]
    due_set.client().flushall()  # the rest is over
    change("UPDATE bellwork.jobs SET run_at = now()")
    drain("mail")

    assert (6, {}) == (job["retries"], between)
    assert 7 == len(postman.letters)
    assert "sent" == read(ready)["metadata"]["notices"]["fast"]


def test_a_surprise_before_the_letter_is_offered_leaves_no_claim_behind(
    ready: str, postman: Postman, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settings that cannot be read, say: nothing was sent, so the next attempt may."""
    notify = sys.modules["bellwork.tasks.content.notify"]
    opened = [ValueError("odd settings")]

    def mail() -> Postman:
        if opened:
            raise opened.pop()
        return postman

    monkeypatch.setattr(notify, "mail", mail)
    run_inline(notify_ready, request_id=ready, kind="fast")
    drain("mail", later=True)

    assert "sent" == read(ready)["metadata"]["notices"]["fast"]
    assert 1 == len(postman.letters)
