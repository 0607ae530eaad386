"""One click ends letters of one kind for their reader: no sign-in, no name in the link, nothing else changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from starlette.testclient import TestClient

from bellwork.db.engine import forget, transaction
from bellwork.db.letters.links import letter_of, link_of
from bellwork.ops.web import dashboard
from bellwork.tasks.letters import post
from bellwork.tasks.mail import heed  # noqa: F401 - the actor that tells the system
from bellwork.workers.testing import drain
from tests.tasks.mail import writer
from tests.tasks.mail.waiting import row, states, watched
from tests.tasks.mail.writer import a_letter

if TYPE_CHECKING:
    from collections.abc import Iterator

    from bellwork.tasks.providers import Letter
    from tests.tasks.mail.waiting import Postman

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def postman(database: str, monkeypatch: pytest.MonkeyPatch) -> Postman:
    """A postman that is watched, and the settings that make links."""
    del database
    writer.begin_anew()
    for name, value in {
        "MAIL_URL": "https://mail.school.example",
        "MAIL_KEY": KEY,
        "BELLWORK_SYSTEMS": "writer=tests.tasks.mail.writer",
    }.items():
        monkeypatch.setenv(name, value)
    forget()
    return watched(monkeypatch)


@pytest.fixture
def reader(postman: Postman) -> Iterator[TestClient]:
    """Whoever follows a link in a letter."""
    del postman
    with TestClient(dashboard(["here"]), base_url="https://mail.school.example") as client:
        yield client


def sent(postman: Postman, key: str = "writer.note:1") -> str:
    """Send a letter that one may unsubscribe from, and return its link's path."""
    with transaction() as conn:
        post(conn, **a_letter(key, can_unsubscribe=True))
    drain()
    link = postman.letters[-1].unsubscribe
    assert link is not None
    return link.removeprefix("https://mail.school.example")


def test_one_click_ends_letters_of_that_kind(postman: Postman, reader: TestClient) -> None:
    """As a mail program does it; the next one is suppressed with that reason, others go, the system is told once."""
    link = sent(postman)
    answers = [reader.post(link, data={"List-Unsubscribe": "One-Click"}) for _ in range(2)]
    with transaction() as conn:
        post(conn, **a_letter("writer.note:2", can_unsubscribe=True, to="Ada@School.example"))
        post(conn, **a_letter("writer.bill:1", kind="bill"))
    drain()
    with transaction() as conn:
        reason = conn.execute(text("SELECT reason FROM bellwork.letters WHERE key = 'writer.note:2'")).scalar_one()

    assert [200, 200] == [answer.status_code for answer in answers]
    assert {"writer.note:1": "sent", "writer.note:2": "suppressed", "writer.bill:1": "sent"} == states()
    assert "its reader wants no letters like this" == reason
    assert ["writer.note:1"] == writer.LEFT


def test_to_look_at_a_link_changes_nothing(postman: Postman, reader: TestClient) -> None:
    """Programs look at every link of a letter; a person finds a button there."""
    link = sent(postman)
    looks = [reader.get(link), reader.head(link)]
    sent(postman, "writer.note:2")

    assert [200, 200] == [look.status_code for look in looks]
    assert '<form method="post">' in looks[0].text
    assert {"sent"} == set(states().values())


@pytest.mark.parametrize("change", ["id", "proof", "cut", "empty", "other key", "gone"])
def test_no_other_link_ends_anything(
    postman: Postman, reader: TestClient, change: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A number that was guessed, a proof that was changed, a key that is another one: nothing is found there."""
    link = sent(postman)
    number, _, proof = link.rpartition("/")[2].partition(".")
    other = "A" if proof[0] != "A" else "B"
    tokens = {
        "id": f"{int(number) + 1}.{proof}",
        "proof": f"{number}.{other}{proof[1:]}",
        "cut": f"{number}.{proof[:-1]}",
        "empty": f"{number}.",
    }
    if change == "other key":
        monkeypatch.setenv("MAIL_KEY", KEY[::-1])
        forget()
    if change == "gone":
        with transaction() as conn:
            conn.execute(text("DELETE FROM bellwork.letters"))
    answer = reader.post(f"/unsubscribe/{tokens.get(change, f'{number}.{proof}')}")
    with transaction() as conn:
        suppressed = conn.execute(text("SELECT count(*) FROM bellwork.suppressed_addresses")).scalar_one()

    assert (404, 0) == (answer.status_code, suppressed)


def test_a_link_names_nobody_and_proves_one_letter(postman: Postman) -> None:
    """A number and a proof; the header that mail programs look for stands in the message."""
    link = sent(postman)

    assert "ada" not in link
    assert letter_of(link.rpartition("/")[2]) == letter_of((link_of(1) or "").rpartition("/")[2]) == 1


def test_by_the_public_name_there_is_nothing_else(postman: Postman, reader: TestClient) -> None:
    """Who comes from a letter does not see the office's pages; who comes by the office's name sees both."""
    link = sent(postman)
    office = TestClient(dashboard(["here"]), base_url="https://here")

    assert 404 == reader.get("/sign-in", headers={"host": "Mail.School.EXAMPLE:443"}).status_code
    assert [404, 404, 404] == [reader.get(path).status_code for path in ("/", "/schedule", "/static/style.css")]
    assert [200, 200] == [office.get(path).status_code for path in ("/schedule", link)]
    assert 400 == reader.get(link, headers={"host": "elsewhere.example"}).status_code


def test_a_link_works_as_soon_as_the_letter_may_have_come(
    postman: Postman, reader: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While it is still `sending`, and so where its sender dies now: its reader is known by then."""
    seen: list[tuple[int, str]] = []

    def send(letter: Letter) -> None:
        path = (letter.unsubscribe or "").removeprefix("https://mail.school.example")
        seen.append((reader.post(path).status_code, row()["state"]))

    monkeypatch.setattr(postman, "send", send)
    with transaction() as conn:
        post(conn, **a_letter(can_unsubscribe=True))
    drain()
    with transaction() as conn:
        post(conn, **a_letter("writer.note:2", can_unsubscribe=True))
    drain()

    assert [(200, "sending")] == seen
    assert {"writer.note:1": "sent", "writer.note:2": "suppressed"} == states()
    assert ["writer.note:1"] == writer.LEFT
