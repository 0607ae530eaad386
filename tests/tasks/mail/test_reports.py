"""What mail servers report is read by the standards, counted once, and held against the letter's own address alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text

from bellwork.db.engine import forget, transaction
from bellwork.db.letters import hash_of
from bellwork.tasks.letters import post
from bellwork.tasks.mail import heed  # noqa: F401 - the actor that tells the system
from bellwork.tasks.mail.bounces import read_bounces, take_report
from bellwork.tasks.providers.mail.report import read_report
from bellwork.workers.testing import drain, run_inline
from tests.tasks.mail import writer
from tests.tasks.mail.waiting import row, states
from tests.tasks.mail.writer import a_letter

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tasks.mail.office import Office

LETTER = "a" * 64


def report(action: str = "failed", status: str = "5.1.1", message_id: str = LETTER) -> bytes:
    """Write a report as RFC 3464 has it."""
    return f"""From: MAILER-DAEMON@mx.example\r
To: mail@school.example\r
Subject: Undelivered\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=delivery-status; boundary="=b"\r
\r
--=b\r
Content-Type: text/plain\r
\r
I am sorry.\r
--=b\r
Content-Type: message/delivery-status\r
\r
Reporting-MTA: dns; mx.example\r
\r
Final-Recipient: rfc822; ada@school.example\r
Action: {action}\r
Status: {status}\r
Diagnostic-Code: smtp; 550 <ada@school.example>: no such user\r
\r
--=b\r
Content-Type: text/rfc822-headers\r
\r
Message-ID: <{message_id}@school.example>\r
Subject: Hello\r
--=b--\r
""".encode()


COMPLAINT = f"""From: abuse@mx.example\r
MIME-Version: 1.0\r
Content-Type: multipart/report; report-type=feedback-report; boundary="=b"\r
\r
--=b\r
Content-Type: text/plain\r
\r
This is a report.\r
--=b\r
Content-Type: message/feedback-report\r
\r
Feedback-Type: abuse\r
\r
--=b\r
Content-Type: message/rfc822\r
\r
Message-ID: <{LETTER}@school.example>\r
\r
Hello\r
--=b--\r
""".encode()
#: As qmail writes it, which is no report by the standards.
QMAIL = f"""From: MAILER-DAEMON@mx.example\r
Subject: failure notice\r
\r
Hi. This is the qmail-send program at mx.example.\r
I'm afraid I wasn't able to deliver your message to the following addresses.\r
This is a permanent error; I've given up. Sorry it didn't work out.\r
\r
<ada@school.example>:\r
user does not exist\r
\r
--- Below this line is a copy of the message.\r
\r
Message-ID: <{LETTER}@school.example>\r
""".encode()


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (report(), "permanent", "5.1.1"),
        (report(status="5.0.0"), "permanent", "5.0.0"),
        (report(status="5.2.1"), "permanent", "5.2.1"),
        (report(status="5.4.4"), "permanent", "5.4.4"),
        (report(status=""), "permanent", None),
        (report(status="5.2.2"), "temporary", "5.2.2"),
        (report(status="4.2.2"), "temporary", "4.2.2"),
        (report(status="4.4.7"), "temporary", "4.4.7"),
        (report(status="5.3.4"), "temporary", "5.3.4"),
        (report(status="5.7.1"), "temporary", "5.7.1"),
        (report("delayed", "4.4.1"), "delayed", "4.4.1"),
        (report("relayed", "2.0.0"), "delayed", "2.0.0"),
        (report("FAILED", " 5.1.1 (no such user)"), "permanent", "5.1.1"),
        (COMPLAINT, "complaint", None),
        (QMAIL, "permanent", None),
        (b"Subject: I am on holiday\r\n\r\nuntil Monday\r\n", "unreadable", None),
        (b"", "unreadable", None),
        (b"\xff\xfe\0" * 1000, "unreadable", None),
        (report().replace(b"Action: failed\r\n", b""), "unreadable", None),
    ],
)
def test_a_report_is_read_by_the_standards(content: bytes, kind: str, status: str | None) -> None:
    """Failed is for good only where the status speaks of the address (RFC 3463, 3.2); delayed decides nothing."""
    found = read_report(content)

    assert (kind, status) == (found.kind, found.status)


def test_a_report_says_which_letter_and_names_nobody() -> None:
    """By the Message-ID that stands in what it sends back; of its words no address is kept."""
    found = read_report(report())

    assert LETTER == found.message_id
    assert found.said == "smtp; 550 <[address]>: no such user"


def sent(key: str = "writer.note:1") -> str:
    """Send a letter and return its Message-ID, before its @."""
    with transaction() as conn:
        post(conn, **a_letter(key))
    drain()
    return str(row(key)["message_id"])


def taken(content: bytes) -> list[str]:
    """Take a report and return its kind, with whether a letter of ours was found."""
    with transaction() as conn:
        return [f"{each.kind}{'' if each.letter else ' of nobody'}" for each in take_report(conn, content)]


def suppressed() -> list[tuple[str, str]]:
    """Return the hashes of addresses that get no letters, and why."""
    with transaction() as conn:
        found = conn.execute(text("SELECT address_hash, why FROM bellwork.suppressed_addresses"))
        return [(row.address_hash, row.why) for row in found]


ADA = hash_of("ada@school.example")


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize(
    ("content", "state", "bounces", "why"),
    [
        (report(), "bounced", 1, [(ADA, "bounced")]),
        (report(status="5.2.2"), "sent", 1, []),
        (report("delayed"), "sent", 0, []),
        (COMPLAINT, "sent", 1, [(ADA, "complained")]),
    ],
    ids=["permanent", "temporary", "delayed", "complaint"],
)
def test_permanent_suppresses_temporary_counts_delayed_does_nothing(
    content: bytes, state: str, bounces: int, why: list[tuple[str, str]]
) -> None:
    """And the same message, read twice, counts once."""
    content = content.replace(LETTER.encode(), sent().encode())
    kinds = [taken(content), taken(content)]
    drain()

    assert (1, 0) == tuple(map(len, kinds))
    assert (state, bounces) == (row()["state"], row()["bounces"])
    assert why == suppressed()
    assert [("writer.note:1", each) for each in dict.fromkeys(["sent", state])] == writer.TOLD


def test_a_forged_report_suppresses_nobody(office: Office) -> None:
    """Who does not know a letter's Message-ID reports of nobody, whatever address he names."""
    sent()
    kinds = [taken(report(message_id="b" * 64)), taken(report().replace(LETTER.encode(), b"x"))]

    assert [["permanent of nobody"]] * 2 == kinds
    assert ([], {"writer.note:1": "sent"}) == (suppressed(), states())
    assert 1 == len(office.letters)


def test_to_an_address_that_bounced_nothing_is_sent_any_more(office: Office) -> None:
    """The next letter is suppressed, with the reason in the ledger, however its address is written."""
    taken(report(message_id=sent()))
    with transaction() as conn:
        post(conn, **a_letter("writer.note:2", to="ADA@School.Example"))
    drain()

    second = row("writer.note:2")

    assert ("suppressed", "letters to its address come back") == (second["state"], second["reason"])
    assert 1 == len(office.letters)


@pytest.mark.usefixtures("office")
def test_a_maildir_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """New messages are read and moved; one that was read before a crash is known by its hash."""
    for name in ("new", "cur", "tmp"):
        (tmp_path / name).mkdir()
    content = report(message_id=sent())
    for name in ("1.a", "2.b"):
        (tmp_path / "new" / name).write_bytes(content)
    monkeypatch.setenv("MAIL_BOUNCES", str(tmp_path))
    forget()
    jobs = [run_inline(read_bounces)["state"] for _ in range(2)]

    assert ["done", "done"] == jobs
    assert (["1.a:2,S", "2.b:2,S"], []) == (
        sorted(file.name for file in (tmp_path / "cur").iterdir()),
        list((tmp_path / "new").iterdir()),
    )
    assert ("bounced", 1) == (row()["state"], row()["bounces"])
