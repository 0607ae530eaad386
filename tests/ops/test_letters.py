"""Operators see how letters stand, decide about those of which nobody knows, and lift what stops an address."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bellwork.db.engine import forget, transaction
from bellwork.db.letters import hash_of
from bellwork.tasks.letters import post
from bellwork.tasks.mail import bounces, heed, wake  # noqa: F401 - actors that these commands send
from bellwork.tasks.providers import MailRefused, MailServerTrouble, MailUnknown
from bellwork.workers.testing import drain
from tests.ops.desk import ask
from tests.tasks.mail import writer
from tests.tasks.mail.test_reports import report
from tests.tasks.mail.waiting import Postman, row, watched
from tests.tasks.mail.writer import a_letter

if TYPE_CHECKING:
    from typing import Any

WHY = ("--reason", "she said so", "--by", "ann")


@pytest.fixture
def postman(database: str, monkeypatch: pytest.MonkeyPatch) -> Postman:
    """A postman that is watched, and the system that writes letters."""
    del database
    writer.begin_anew()
    monkeypatch.setenv("BELLWORK_SYSTEMS", "writer=tests.tasks.mail.writer")
    forget()
    return watched(monkeypatch)


def sent(postman: Postman, failure: Exception | None = None, key: str = "writer.note:1") -> None:
    """Send a letter, which the mail server does not take where told so."""
    postman.failures = [failure] if failure else []
    with transaction() as conn:
        post(conn, **a_letter(key))
    drain()


def acts() -> list[dict[str, Any]]:
    """Return what operators did."""
    found: list[dict[str, Any]] = json.loads(ask("acts", "--json").out)["acts"]
    return found


def test_m1_what_is_unknown_is_shown_until_somebody_decides(postman: Postman) -> None:
    """Status, doctor and the list name it; sending it again is an operator's act, recorded, and its reader gets it."""
    sent(postman, MailUnknown("its answer was lost"))
    told = [
        ask("status").out,
        ask("letters", "list", "--state", "unknown").out,
        ask("letters", "show", "writer.note:1").out,
    ]
    again = ask("letters", "resend", "writer.note:1", *WHY)
    drain()
    [act] = acts()

    assert "Nobody knows whether 1 letter came" in told[0]
    assert all("writer.note:1" in each for each in told[1:])
    assert not any("ada@" in each or "how are you" in each for each in told)
    assert (0, 2, "sent") == (again.code, len(postman.letters), row()["state"])
    assert ("ann", "letters resend", "she said so", "unknown") == (
        act["who"],
        act["what"],
        act["why"],
        act["before"]["state"],
    )


def test_m1_somebody_may_know_that_it_came(postman: Postman) -> None:
    """Then it counts as sent, its system hears so, and nothing is sent."""
    sent(postman, MailUnknown("its answer was lost"))
    done = ask("letters", "believe", str(row()["id"]), *WHY)
    drain()

    assert (0, 1, "sent") == (done.code, len(postman.letters), row()["state"])
    assert [("writer.note:1", "unknown"), ("writer.note:1", "sent")] == writer.TOLD


def test_a_letter_that_was_sent_is_not_sent_again(postman: Postman) -> None:
    """Whoever asks for it is told how it stands; so is who asks for one that is not there."""
    sent(postman)
    refused = [ask("letters", verb, "writer.note:1", *WHY) for verb in ("resend", "believe")]
    missing = ask("letters", "show", "writer.note:2")

    assert [1, 1, 1] == [refused[0].code, refused[1].code, missing.code]
    assert all("is sent; this is for one that is" in each.err for each in refused)
    assert "there is no letter 'writer.note:2'" in missing.err
    assert [] == acts()


def test_m3_a_suppression_may_be_lifted(postman: Postman) -> None:
    """The server's words stand with the address's hash; lifted, the refused letter may be sent."""
    sent(postman, MailRefused("the mail server answered 550 to the recipient: 'no such user'", is_about_recipient=True))
    before = " ".join(ask("letters", "stopped", "Ada@school.example").out.split())
    listed = json.loads(ask("letters", "stopped", "--json").out)["addresses"]
    lifted = ask("letters", "lift", "ada@school.example", *WHY)
    ask("letters", "resend", "writer.note:1", *WHY)
    drain()

    assert "no such user" in before
    assert [hash_of("ada@school.example")] == [each["address_hash"] for each in listed]
    assert (0, "It gets letters.") == (
        lifted.code,
        ask("letters", "stopped", "ada@school.example").out.strip().split("\n")[-1],
    )
    assert "sent" == row()["state"]
    assert {"letters lift", "letters resend"} == {act["what"] for act in acts()}
    assert not any("ada@" in json.dumps(act) for act in acts())


def test_an_address_may_be_stopped(postman: Postman) -> None:
    """From then on nothing goes there, for nobody's system."""
    stopped = [ask("letters", "stop", "ada@school.example", *WHY) for _ in range(2)]
    sent(postman)

    assert [0, 0] == [each.code for each in stopped]
    assert ([], "an operator lets no letter go to its address") == (postman.letters, row()["reason"])
    assert 1 == len(acts())


def test_our_own_fault_is_said_by_status_and_doctor(postman: Postman) -> None:
    """Since when, in the server's words, and how many wait; no letter is given up."""
    sent(postman, MailServerTrouble("the mail server answered 550 to the sender: 'who are you?'"))
    told = [ask("status").out, ask("doctor").out, ask("letters", "list").out]
    held = json.loads(ask("status", "--json").out)

    assert all("who are you?" in each and "held" in each and "since" in each for each in told)
    assert (1, "pending") == (held["letters"]["later"], row()["state"])
    assert held["mail_hold"]["failures"] == 1


def test_a_report_may_come_by_a_pipe(postman: Postman) -> None:
    """As a mail server's alias hands it over."""
    sent(postman)
    content = report(message_id=row()["message_id"])
    piped = [ask("letters", "bounce", given=content) for _ in range(2)]
    drain()

    assert [0, 0] == [each.code for each in piped]
    assert "permanent" in piped[0].out
    assert "It was read before." in piped[1].out
    assert "bounced" == row()["state"]
