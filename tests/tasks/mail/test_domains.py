"""A domain gets so many letters a minute, and the others do not wait for it."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

from bellwork.db.engine import forget, transaction
from bellwork.tasks.letters import NewLetter, post_many
from bellwork.workers.testing import drain
from tests.tasks.mail.waiting import row
from tests.tasks.mail.writer import a_letter

if TYPE_CHECKING:
    import pytest

    from tests.tasks.mail.office import Office


def test_a_domain_gets_so_many_letters_a_minute(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """Three of ten go at once, each other gets a place of its own at that rate; another domain's letter passes."""
    monkeypatch.setenv("MAIL_PER_DOMAIN", "3")
    forget()
    letters = [a_letter(f"writer.note:{number}") for number in range(10)]
    with transaction() as conn:
        post_many(
            conn, [NewLetter(**letter) for letter in [*letters, a_letter("writer.note:x", to="eve@other.example")]]
        )
    drain()
    waiting = [found for found in (row(f"writer.note:{number}") for number in range(10)) if found["state"] == "pending"]
    places = sorted(found["not_before"] for found in waiting)
    apart = {round((later - earlier).total_seconds()) for earlier, later in pairwise(places)}

    assert 4 == len(office.letters)
    assert "sent" == row("writer.note:x")["state"]
    assert (7, {20}, {0}) == (len(waiting), apart, {found["tries"] for found in waiting})
    assert {"3 letters went to its domain in this minute"} == {found["reason"] for found in waiting}
