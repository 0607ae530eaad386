"""Who is new is welcomed once, by a letter with a token that opens the account once; no password is kept anywhere."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import pytest

from bellwork.db.content.lists.look import undo
from bellwork.db.engine import transaction
from bellwork.db.sql import sql
from bellwork.workers.testing import drain
from tests.db.catalog import rows as all_rows
from tests.helpers import eventually
from tests.tasks.content.lists.dialects import moodle, pupils, table
from tests.tasks.content.lists.office import ask, change, people, take_in
from tests.tasks.mail.waiting import Postman, sent_later, watched

if TYPE_CHECKING:
    from pathlib import Path

ONE = table(["first", "last", "email", "grade"], [["Ada", "Lovelace", "ada@example.org", "9"]])
#: A transaction sees who waits as it was at its first look, unless it forgets that.
_AFRESH = "SELECT pg_stat_clear_snapshot()"
_WAITS = "SELECT FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE '%redeem_invitation%'"
HASH = "$scrypt$a hash of the API layer's"


@pytest.fixture
def postman(school: Path, monkeypatch: pytest.MonkeyPatch) -> Postman:
    """A postman that is watched."""
    del school
    return watched(monkeypatch)


def token_in(text: str) -> str:
    """Find the token of a letter."""
    found = re.search(r"welcome\?invitation=(\S{40,})\n", text)
    assert found
    return found[1]


def redeem(token: str, password_hash: str | None = HASH) -> Any:
    """Redeem a token, as an API layer does."""
    [found] = ask("SELECT {content}.redeem_invitation(:token, :hash) AS id", token=token, hash=password_hash)
    return found["id"]


def test_the_letter_opens_the_account_once(postman: Postman) -> None:
    """And by no other word; the database has the token's hash alone."""
    take_in(ONE)
    drain("mail")
    [letter] = postman.letters
    [token] = [token_in(letter.text)]
    [kept] = ask("SELECT encode(token_hash, 'hex') AS hash FROM {content}.invitations")
    answers = [redeem("x"), redeem(token), redeem(token)]
    [user] = ask("SELECT id, password_hash, email_verified FROM {content}.users WHERE email = 'ada@example.org'")

    assert ("ada@example.org", "Your account") == (letter.to, letter.subject)
    assert "there is an account for you at Hillsboro High School" in letter.text
    assert token != kept["hash"]
    assert [None, user["id"], None] == answers
    assert (HASH, True) == (user["password_hash"], user["email_verified"])


def test_of_many_who_redeem_at_once_one_does(postman: Postman) -> None:
    """The row decides."""
    take_in(ONE)
    drain("mail")
    token = token_in(postman.letters[0].text)
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: redeem(token), range(8)))

    assert 1 == len([answer for answer in answers if answer])


def test_who_redeems_waits_for_the_user_and_holds_no_invitation_meanwhile(postman: Postman) -> None:
    """As who makes an invitation, or deletes the user, takes both: so the two never wait for each other."""
    take_in(ONE)
    drain("mail")
    token = token_in(postman.letters[0].text)
    with ThreadPoolExecutor(1) as thread:
        with transaction() as conn:
            conn.execute(sql("SELECT FROM {content}.users WHERE email = 'ada@example.org' FOR UPDATE"))
            redeemed = thread.submit(redeem, token)
            eventually(lambda: ask(_AFRESH) and ask(_WAITS))
            conn.execute(sql("SELECT FROM {content}.invitations FOR UPDATE NOWAIT"))
        answer = redeemed.result()

    assert [{"id": answer}] == ask("SELECT id FROM {content}.users WHERE email = 'ada@example.org'")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE {content}.invitations SET expires_at = now()",
        "UPDATE {content}.users SET is_active = false WHERE email = 'ada@example.org'",
        "UPDATE {content}.users SET deleted_at = now() WHERE email = 'ada@example.org'",
        "UPDATE {content}.users SET password_hash = 'set otherwise' WHERE email = 'ada@example.org'",
    ],
)
def test_a_token_opens_nothing_after_14_days_or_where_the_account_is_open_or_off(
    postman: Postman, statement: str
) -> None:
    """Nor is a letter sent to such an account."""
    take_in(ONE)
    drain("mail")
    [until] = ask("SELECT expires_at - now() > interval '13 days 23 hours' AS lasts FROM {content}.invitations")
    change(statement)

    assert until["lasts"]
    assert redeem(token_in(postman.letters[0].text)) is None


def test_a_second_token_takes_the_place_of_the_first(postman: Postman) -> None:
    """An API layer may make one for who has no mailbox; none for an account that is open, or runs a school."""
    take_in(ONE)
    drain("mail")
    [made] = ask("SELECT {content}.make_invitation(id) AS token FROM {content}.users WHERE email = 'ada@example.org'")
    old = redeem(token_in(postman.letters[0].text))
    new = redeem(made["token"])
    [none] = ask("SELECT {content}.make_invitation(id) AS token FROM {content}.users WHERE email = 'ada@example.org'")
    [head] = ask("SELECT {content}.make_invitation('user_head') AS token")

    assert (None, True) == (old, new is not None)
    assert (None, None) == (none["token"], head["token"])


def test_each_is_welcomed_once_however_often_a_list_is_read(postman: Postman) -> None:
    """By a key of school and address, in which nobody can read the address; undone and read again, anew."""
    first = take_in(ONE)
    take_in(ONE)
    with transaction() as conn:
        undo(conn, first["id"])
    drain("lists")
    drain("mail")
    assert [] == postman.letters
    take_in(ONE)
    sent_later()
    [key] = ask("SELECT key FROM bellwork.letters")

    assert 1 == len(postman.letters)
    assert key["key"].startswith("content.welcome:school_hillsboro_hs:")
    assert "ada" not in key["key"]


def test_letters_are_paced(school: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """WELCOME_PER_MINUTE of them a minute, from the moment of the reading on; none where the upload wants none."""
    del school
    monkeypatch.setenv("WELCOME_PER_MINUTE", "20")
    from bellwork.db.engine import forget  # noqa: PLC0415 - the settings are read anew

    forget()
    take_in(moodle(pupils(50)), invite=False)
    assert [] == ask("SELECT key FROM bellwork.letters")
    change("DELETE FROM {content}.users WHERE id IN (SELECT user_id FROM {content}.invitations)")
    take_in(moodle(pupils(50)))
    minutes = ask("SELECT count(*) FROM bellwork.letters GROUP BY not_before ORDER BY not_before")

    assert [20, 20, 10] == [each["count"] for each in minutes]


def test_a_password_in_the_file_goes_nowhere(school: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Not into a table, not into a log; the upload says that the column was not read."""
    report = take_in(moodle(pupils(20)))
    with transaction() as conn:
        tables = f"{all_rows(conn, 'content')} {all_rows(conn, 'bellwork')}"
    logged = capfd.readouterr()

    assert 20 == report["created_count"]
    assert "canary" not in tables + logged.out + logged.err
    assert ["the file has a column of passwords, which was not read; who is new is invited instead"] == report[
        "warnings"
    ]
    assert {"!"} == {row["password_hash"] for row in ask("SELECT password_hash FROM {content}.users u"
                     " JOIN {content}.invitations i ON i.user_id = u.id")}  # fmt: skip
    assert len(people()) == len(list(school.glob("storage/uploads/*"))) * 20
