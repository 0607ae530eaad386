"""A letter is sent once for its key, whatever is delivered twice and whatever a mail server does."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.db.engine import transaction
from bellwork.db.letters import call_off, call_off_person, forget_person, hash_of
from bellwork.db.vocabulary import Drop, Send, Wait
from bellwork.tasks.letters import post
from bellwork.workers.testing import drain, enqueued
from tests.tasks.mail import writer
from tests.tasks.mail.office import HANG_UP
from tests.tasks.mail.waiting import row, sent_later
from tests.tasks.mail.writer import a_letter

if TYPE_CHECKING:
    from tests.tasks.mail.office import Office


def posted(key: str = "writer.note:1", **changes: Any) -> None:
    """Post a letter and commit."""
    with transaction() as conn:
        post(conn, **a_letter(key, **changes))


def test_what_commits_is_sent_once(office: Office) -> None:
    """Posted twice under one key, it is one letter, with the words it was given; its row keeps none of them."""
    with transaction() as conn:
        first, second = post(conn, **a_letter()), post(conn, **a_letter(subject="Again"))
    drain()
    [message] = office.messages
    kept = row()

    assert (True, None) == (first is not None, second)
    assert ("Hello", f"<{kept['message_id']}@school.example>") == (message["Subject"], message["Message-ID"])
    assert [("writer.note:1", "sent")] == writer.TOLD
    assert [None] * 4 == [kept[name] for name in ("recipient", "subject", "body", "html")]
    assert ("sent", hash_of("ada@school.example")) == (kept["state"], kept["address_hash"])


def test_what_is_rolled_back_is_never_sent(office: Office) -> None:
    """Neither the letter nor the job that would look for it is there."""

    def fail() -> None:
        with transaction() as conn:
            post(conn, **a_letter())
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    drain()

    assert ([], []) == (office.letters, enqueued())


def test_many_letters_take_one_connection(office: Office) -> None:
    """The connection carries one letter after the other."""
    for number in range(10):
        posted(f"writer.note:{number}")
    drain()

    assert (10, 1) == (len(office.letters), office.connections)
    assert not enqueued()


def test_a_connection_that_the_server_ended_is_replaced_without_a_word(office: Office) -> None:
    """Before the letter is offered that is no failure of anything."""
    posted("writer.note:1")
    drain()
    office.order("MAIL", HANG_UP)
    posted("writer.note:2")
    drain()

    assert (2, 2) == (len(office.letters), office.connections)
    assert 0 == row("writer.note:2")["held"]


@pytest.mark.parametrize(
    ("verdict", "state"),
    [
        (Drop("opted out"), "suppressed"),
        (Drop("the goal is reached", "superseded"), "superseded"),
        (Drop("too late", "expired"), "expired"),
    ],
)
def test_m5_its_system_is_asked_in_the_transaction_that_sends(office: Office, verdict: Drop, state: str) -> None:
    """What has become wrong between the post and the sending is not sent, with the reason in the ledger."""
    writer.says(lambda _conn, _letter: verdict)
    posted()
    drain()

    assert ([], (state, verdict.why)) == (office.letters, (row()["state"], row()["reason"]))
    assert [("writer.note:1", state)] == writer.TOLD


def test_a_letter_waits_as_long_as_its_system_says(office: Office) -> None:
    """Quiet hours: it is neither offered nor counted as a try, and goes afterwards."""
    until = datetime.now(UTC) + timedelta(hours=9)
    writer.says(lambda _conn, _letter: Wait(until, "quiet hours"))
    posted()
    drain()
    between = row()
    writer.says(lambda _conn, _letter: Send(subject="Good morning"))
    sent_later()

    assert (("pending", "quiet hours", until, 0), None) == (
        tuple(between[name] for name in ("state", "reason", "not_before", "tries")),
        between["settled_at"],
    )
    assert ["Good morning"] == [message["Subject"] for message in office.messages]


def test_a_check_that_fails_holds_up_nobody_else(office: Office) -> None:
    """Its letter is put off with the reason; the next one goes."""

    def check(_conn: object, letter: Any) -> Send:
        if letter.key.endswith("1"):
            raise ZeroDivisionError("no cap for ada@school.example")
        return Send()

    writer.says(check)
    posted("writer.note:1")
    posted("writer.note:2")
    drain()
    put_off = row("writer.note:1")

    assert 1 == len(office.letters)
    assert ("pending", 1) == (put_off["state"], put_off["tries"])
    assert "ZeroDivisionError" in put_off["reason"]
    assert "ada@" not in put_off["reason"]


def test_a_letter_goes_in_its_time_or_not_at_all(office: Office) -> None:
    """Not before one instant, and from the other one on it is expired, whether anybody looked or not."""
    now = datetime.now(UTC)
    posted("writer.note:early", not_before=now + timedelta(hours=1))
    posted("writer.note:late", not_after=now - timedelta(seconds=1))
    drain()

    assert [] == office.letters
    assert ["pending", "expired"] == [row(f"writer.note:{name}")["state"] for name in ("early", "late")]
    assert [("writer.note:late", "expired")] == writer.TOLD


def test_urgent_letters_go_before_the_others(office: Office) -> None:
    """A thousand nudges do not stand before a word that somebody waits for."""
    with transaction() as conn:
        for number in range(3):
            post(conn, **a_letter(f"writer.note:{number}", subject="usual"))
        post(conn, **a_letter("writer.note:u", subject="urgent", urgent=True))
    drain()

    assert ["urgent", "usual", "usual", "usual"] == [message["Subject"] for message in office.messages]


def test_what_waits_can_be_called_off_and_posted_again(office: Office) -> None:
    """A letter that was never sent does not stand in the way of one that says the same when it is true again."""
    later = datetime.now(UTC) + timedelta(hours=1)
    posted(person="ada", not_before=later)
    with transaction() as conn:
        called = call_off_person(conn, "writer", "the goal is reached", "ada", "note")
        again = call_off(conn, "writer", "the goal is reached", ["writer.note:1"])
    between = row()
    posted()
    drain()

    assert ((1, 0), "superseded", None) == ((called, again), between["state"], between["body"])
    assert 1 == len(office.letters)


def test_m5_who_is_erased_gets_nothing_and_is_not_in_the_books_any_more(office: Office) -> None:
    """Letters that wait are never sent; those that were sent lose the person."""
    posted("writer.note:1", person="ada")
    drain()
    posted("writer.note:2", person="ada", not_before=datetime.now(UTC) + timedelta(hours=1), details={"name": "Ada"})
    with transaction() as conn:
        assert 2 == forget_person(conn, "writer", "ada")
    sent_later()

    assert 1 == len(office.letters)
    assert ["sent", "suppressed"] == [row(f"writer.note:{number}")["state"] for number in (1, 2)]
    assert [(None, None, {})] * 2 == [
        tuple(row(f"writer.note:{number}")[name] for name in ("person", "recipient", "details")) for number in (1, 2)
    ]
