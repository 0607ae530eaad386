"""Each student hears once of each kind, whatever is delivered twice and whatever a mail server does."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from bellwork.db.engine import transaction
from bellwork.tasks.content.notify import post_notices
from bellwork.tasks.content.old_names import notify_ready
from bellwork.tasks.mail import outcome
from bellwork.tasks.mail.wake import wake_sender
from bellwork.tasks.providers import MailRefused, MailServerTrouble, MailTryLater, MailUnknown
from bellwork.workers.circuit import TRIPS
from bellwork.workers.testing import drain, run_inline
from tests.tasks.content.lesson import DIEGO, NEWTON_TOPIC, ask, change, insert, read
from tests.tasks.mail.waiting import Postman, sent_later, watched

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tasks.content.conftest import Studio


@pytest.fixture
def postman(school: Path, monkeypatch: pytest.MonkeyPatch) -> Postman:
    """A postman that is watched."""
    del school
    return watched(monkeypatch)


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


def tell(request_id: str, kind: Any = "fast") -> None:
    """Post a notice and commit, as a stage does."""
    with transaction() as conn:
        post_notices(conn, [request_id], kind)


def noted(request_id: str) -> dict[str, str]:
    """Return what the request says of its notices."""
    notices: dict[str, str] = read(request_id)["metadata"].get("notices", {})
    return notices


def test_a_second_post_sends_nothing(ready: str, postman: Postman) -> None:
    """The letter's key decides, not the number of posts, nor of jobs of the release before."""
    for _ in range(2):
        tell(ready)
        run_inline(notify_ready, request_id=ready, kind="fast")
        drain()

    assert [("fast", "sent")] == list(noted(ready).items())
    assert 1 == len(postman.letters)


def test_a_claim_of_the_release_before_is_unknown_and_never_sent_again(ready: str, postman: Postman) -> None:
    """Its worker died between the claim and its end: perhaps the letter went out."""
    change(
        'UPDATE {content}.content_requests SET metadata = \'{"notices": {"fast": "sending"}}\' WHERE id = :id', id=ready
    )
    tell(ready)
    for _ in range(2):
        run_inline(notify_ready, request_id=ready, kind="fast")
    drain()

    assert ([], {"fast": "unknown"}) == (postman.letters, noted(ready))


def test_a_server_that_asks_for_patience_gets_the_letter_later(ready: str, postman: Postman) -> None:
    """Not taken is not sent: the letter waits and is offered again."""
    postman.failures = [MailTryLater("greylisted")]
    tell(ready)
    drain()
    between = noted(ready)
    sent_later()

    assert ({"fast": "pending"}, {"fast": "sent"}) == (between, noted(ready))
    assert 2 == len(postman.letters)


@pytest.mark.parametrize(
    ("failure", "state"), [(MailRefused("no such user"), "refused"), (MailUnknown("?"), "unknown")]
)
def test_a_final_word_is_kept(ready: str, postman: Postman, failure: Exception, state: str) -> None:
    """Refused and unknown are states of their own; neither is tried again."""
    postman.failures = [failure]
    tell(ready)
    drain()
    sent_later()

    assert {"fast": state} == noted(ready)
    assert 1 == len(postman.letters)


NOT_SO = [
    ("full", "SELECT 1"),
    ("fast", "UPDATE {content}.users SET is_active = false"),
    ("fast", "UPDATE {content}.users SET deleted_at = now()"),
    ("fast", "UPDATE {content}.content_requests SET status = 'failed'"),
]


@pytest.mark.parametrize(("kind", "statement"), NOT_SO)
def test_nothing_is_posted_that_is_not_so(ready: str, postman: Postman, kind: str, statement: str) -> None:
    """No film yet, no account any more: no letter, and nothing that would stand in the way of a later one."""
    change(statement)
    tell(ready, kind)
    drain()

    assert ([], {}) == (postman.letters, noted(ready))


@pytest.mark.parametrize("statement", [statement for _, statement in NOT_SO[1:]])
def test_nothing_is_sent_that_is_not_so_any_more(ready: str, postman: Postman, statement: str) -> None:
    """Changed between the post and the sending: called off, and told when it is true again."""
    tell(ready)
    change(statement)
    drain()
    between = noted(ready)
    change("UPDATE {content}.users SET is_active = true, deleted_at = NULL")
    change("UPDATE {content}.content_requests SET status = 'fast_path_ready'")
    tell(ready)
    drain()

    assert {} == between
    assert (1, {"fast": "sent"}) == (len(postman.letters), noted(ready))


def test_an_unknown_kind_is_dead_at_once(ready: str) -> None:
    """A job of the release before with a kind that nobody knows is refused with those that are known."""
    row: dict[str, Any] = run_inline(notify_ready, request_id=ready, kind="maybe")

    assert ("dead", "there is no notice 'maybe'; there are 'fast', 'full'") == (row["state"], row["reason"])


def test_a_server_that_takes_nobodys_letters_is_left_alone_and_loses_none(ready: str, postman: Postman) -> None:
    """After some failures in a row letters are not offered any more, and have as many tries as before."""
    postman.failures = [MailServerTrouble("the mail server answered 550 to the sender")] * TRIPS
    tell(ready)
    for _ in range(TRIPS):
        change("UPDATE bellwork.letters SET not_before = now()")
        run_inline(wake_sender)
        drain("mail")
    offered = len(postman.letters)
    change("UPDATE bellwork.letters SET not_before = now()")
    run_inline(wake_sender)
    drain("mail")
    between, still = noted(ready), len(postman.letters)
    sent_later()

    assert (TRIPS, TRIPS, {"fast": "pending"}) == (offered, still, between)
    assert {"fast": "sent"} == noted(ready)


def test_a_surprise_before_the_letter_is_offered_leaves_no_claim_behind(
    ready: str, postman: Postman, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Settings that cannot be read, say: nothing was sent, so the next attempt may."""
    opened = [ValueError("odd settings")]

    def mail() -> Postman:
        if opened:
            raise opened.pop()
        return postman

    monkeypatch.setattr(outcome, "mail", mail)
    tell(ready)
    drain()
    sent_later()

    assert {"fast": "sent"} == noted(ready)
    assert 1 == len(postman.letters)
