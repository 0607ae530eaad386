"""Letters about accounts, by real SMTP: each once, in words that are so when it goes; invitations work once."""

from __future__ import annotations

import hashlib
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest
from sqlalchemy.exc import DBAPIError

from bellwork.db.content.accounts import invite, make_token
from bellwork.db.engine import engine, forget, transaction
from bellwork.db.sql import sql
from bellwork.tasks.content.accounts.decide import decide_account_request
from bellwork.tasks.content.accounts.expire import expire_account_requests
from bellwork.workers.testing import drain, run_inline
from tests.helpers import eventually
from tests.tasks.content.accounts import HEAD, accounts, ask_for, request, run
from tests.tasks.mail.office import Office, opened
from tests.tasks.mail.waiting import sent_later

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: As long as the hash of a password.
NEW_HASH = "$scrypt$" + "x" * 60
#: A transaction sees who waits as it was at its first look, unless it forgets that.
_AFRESH = "SELECT pg_stat_clear_snapshot()"
_WAITS = "SELECT 1 AS waits FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@pytest.fixture(scope="module")
def server() -> Iterator[Office]:
    """A real mail server."""
    with opened() as office:
        yield office


@pytest.fixture
def office(school: Path, server: Office, monkeypatch: pytest.MonkeyPatch) -> Office:
    """The school's mail goes there, and invitations lead to a page."""
    del school
    server.begin_anew()
    monkeypatch.setenv("SMTP_URL", server.url)
    monkeypatch.setenv("INVITATION_URL", "https://learn.example/welcome?lang=en")
    forget()
    return server


def texts(office: Office) -> dict[str, str]:
    """Return the words of each letter, by its reader."""
    return {str(each["To"]): " ".join(str(each.get_content()).split()) for each in office.messages}


def approve(**columns: str) -> str:
    """Have a request approved; returns its id."""
    asked = ask_for(**{"email": "nell@example.org", **columns})
    run_inline(decide_account_request, request_id=asked, decision="approved", reviewer=HEAD)
    return asked


def accept(token: str, password_hash: str = NEW_HASH) -> str | None:
    """Accept an invitation as an API layer does."""
    with transaction() as conn:
        asked = {"token": token, "hash": password_hash}
        user: str | None = conn.execute(sql("SELECT {content}.redeem_invitation(:token, :hash)"), asked).scalar()
        return user


def token_of(office: Office) -> str:
    """Return the token that a student was sent."""
    found = re.search(r"&invitation=(\S+)", texts(office)["nell@example.org"])
    assert found
    return found[1]


def test_student_and_teacher_are_written_to_once_each(office: Office) -> None:
    """The student gets a link that works until a day; the teacher hears of whom and which class."""
    approve()
    for _ in range(3):
        drain()
        sent_later()
    said = texts(office)

    assert 2 == len(office.letters)
    assert "Hello Nell, there is an account for you at Hillsboro High School." in said["nell@example.org"]
    assert "https://learn.example/welcome?lang=en&invitation=" in said["nell@example.org"]
    assert "Nell Byrne has an account now, and a place in Science 10A." in said["n.okafor@example.org"]


@pytest.mark.parametrize("address", ["https://learn.example/welcome", None])
def test_an_invitation_without_a_page_holds_the_token_alone(
    office: Office, monkeypatch: pytest.MonkeyPatch, address: str | None
) -> None:
    """With a page it begins the page's query."""
    monkeypatch.setenv("INVITATION_URL", address or "")
    forget()
    approve()
    drain()
    *_, last = texts(office)["nell@example.org"].split()

    assert bool(address) == last.startswith("https://learn.example/welcome?invitation=")
    assert accept(last.rpartition("=")[2] if address else last)


def test_a_token_works_once_and_stands_nowhere_in_the_database(office: Office) -> None:
    """It sets the password and proves the address; the table holds its hash alone, which operators do not read."""
    asked = approve()
    drain()
    token = token_of(office)
    everything = str(run("SELECT to_jsonb(l) AS row FROM bellwork.letters l")) + str(
        run("SELECT to_jsonb(i) AS row FROM {content}.invitations i")
    )
    digest = hashlib.sha256(token.encode()).hexdigest()
    user = request(asked)["created_user_id"]

    assert token not in everything
    assert digest in everything
    assert [user, None, None] == [accept(token), accept(token), accept("nobody's")]
    assert [(NEW_HASH, True)] == [(u["password_hash"], u["email_verified"]) for u in accounts("nell@example.org")]


def test_eight_who_use_a_token_at_once_are_let_in_once(office: Office) -> None:
    """The row decides."""
    approve()
    drain()
    token, gate = token_of(office), threading.Barrier(8)

    def at_once(_: int) -> str | None:
        gate.wait()
        return accept(token)

    with ThreadPoolExecutor(8) as pool:
        let_in = [user for user in pool.map(at_once, range(8)) if user]

    assert 1 == len(let_in)


def test_who_is_changed_while_he_accepts_is_waited_for_and_asked_again(office: Office) -> None:
    """Whoever holds the user may take the invitation away: no deadlock, and the token opens nothing then."""
    asked = approve()
    drain()
    token, user = token_of(office), request(asked)["created_user_id"]
    with ThreadPoolExecutor(1) as pool:
        with engine().begin() as conn:
            conn.execute(sql("SELECT FROM {content}.users WHERE id = :user FOR UPDATE"), {"user": user})
            accepting = pool.submit(accept, token)
            eventually(lambda: run(_AFRESH) and run(_WAITS))
            conn.execute(sql("UPDATE {content}.users SET password_hash = 'by hand' WHERE id = :user"), {"user": user})
            conn.execute(sql("DELETE FROM {content}.invitations WHERE user_id = :user"), {"user": user})
        let_in = accepting.result(30)

    assert let_in is None
    assert ["by hand"] == [each["password_hash"] for each in accounts("nell@example.org")]


@pytest.mark.parametrize(
    ("change", "works"),
    [
        ("UPDATE {content}.invitations SET expires_at = expires_at - interval '13 days 23:50'", True),
        ("UPDATE {content}.invitations SET expires_at = expires_at - interval '14 days'", False),
        ("UPDATE {content}.users SET is_active = false WHERE email = 'nell@example.org'", False),
        ("UPDATE {content}.users SET deleted_at = now() WHERE email = 'nell@example.org'", False),
    ],
)
def test_a_token_works_for_fourteen_days_and_for_who_is_there(office: Office, change: str, works: bool) -> None:
    """On both sides of the fourteenth day."""
    approve()
    drain()
    run(change)

    assert works == bool(accept(token_of(office)))


@pytest.mark.parametrize("password_hash", ["", "!", "secret", "x" * 256])
def test_what_is_no_hash_is_refused_and_uses_nothing_up(office: Office, password_hash: str) -> None:
    """A password as it is typed, above all: the token still works."""
    approve()
    drain()
    token = token_of(office)
    with pytest.raises(DBAPIError, match="give the hash of a password, 20 to 255"):
        accept(token, password_hash)

    assert accept(token)


def test_a_newer_token_takes_the_place_of_the_one_before(office: Office) -> None:
    """Of two letters the last one counts; whoever has a password gets none."""
    asked = approve()
    drain()
    user = request(asked)["created_user_id"]
    with transaction() as conn:
        newer = make_token(conn, user)
        again = invite(conn, [user])

    assert newer
    assert [] == again
    assert [None, user] == [accept(token_of(office)), accept(newer.token)]
    with transaction() as conn:
        assert make_token(conn, user) is None


@pytest.mark.parametrize(
    ("statement", "readers"),
    [
        ("UPDATE {content}.users SET is_active = false WHERE role = 'teacher'", ["nell@example.org"]),
        ("UPDATE {content}.users SET deleted_at = now() WHERE email LIKE 'nell%'", ["n.okafor@example.org"]),
        ("UPDATE {content}.users SET password_hash = 'set by hand' WHERE email LIKE 'nell%'", ["n.okafor@example.org"]),
        ("UPDATE {content}.users SET email = 'byrne@example.org' WHERE email LIKE 'nell%'",
         ["byrne@example.org", "n.okafor@example.org"]),
    ],
)  # fmt: skip
def test_a_letter_asks_again_right_before_it_goes(office: Office, statement: str, readers: list[str]) -> None:
    """Who has left, or has a password, is not written to; an address that changed is the new one."""
    approve()
    run(statement)
    drain()

    assert readers == sorted(texts(office))


def test_a_denial_says_why(office: Office) -> None:
    """A reviewer's reason, a reason of ours, and that nobody said anything."""
    denied, full, old = ask_for(first_name="Ann"), ask_for(first_name="Ben"), ask_for(first_name="Cy", age="30 days")
    run("UPDATE {content}.classes SET metadata = '{\"capacity\": 6}'")
    run_inline(decide_account_request, request_id=denied, decision="denied", reviewer=HEAD, notes="not of our school")
    run_inline(decide_account_request, request_id=full, decision="approved", reviewer=HEAD)
    run_inline(expire_account_requests)
    drain()
    said = sorted(" ".join(str(each.get_content()).split()) for each in office.messages)

    assert {old} == {row["id"] for row in run("SELECT id FROM {content}.student_account_requests"
                                              " WHERE review_notes = 'expired'")}  # fmt: skip
    assert [
        f"Hello Ngozi, the account that you asked for, for {who} in Science 10A, was not opened: {why}."
        for who, why in (
            ("Ann Byrne", "not of our school"),
            ("Ben Byrne", "the class has 6 places, and all are taken"),
            ("Cy Byrne", "nobody decided about it within 30 days. You may ask again"),
        )
    ] == said
