"""Letters by SMTP, and what becomes of them."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller
from dramatiq.middleware.time_limit import TimeLimitExceeded

from bellwork.tasks.providers.errors import MailBlocked, MailRefused, MailServerTrouble, MailTryLater, MailUnknown
from bellwork.tasks.providers.mail import Smtp
from bellwork.tasks.providers.mail.dialogue import Dialogue
from bellwork.tasks.providers.mail.server import Server
from tests.tasks.providers.mail_server import MailServer

if TYPE_CHECKING:
    from collections.abc import Iterator

from tests.tasks.providers.letters import LETTER, SENDER, read


@pytest.fixture
def server() -> Iterator[MailServer]:
    """A mail server of our own, which can misbehave."""
    server = MailServer()
    yield server
    server.close()


def postman(port: int, **changes: Any) -> Smtp:
    """Return a postman with little time, for a port of this machine."""
    return Smtp(Server("127.0.0.1", port, "none"), SENDER, **{"connect": 1.0, "total": 5.0, **changes})


def test_a_letter_arrives_as_it_was_written(server: MailServer) -> None:
    """Addresses, subject, both bodies and the id that its key decides."""
    postman(server.port).send(LETTER)
    message = read(server.letters[0])
    plain, html = message.get_body(("plain",)), message.get_body(("html",))

    assert ("ada@school.example", "Your lesson is ready") == (message["To"], message["Subject"])
    assert plain is not None
    assert html is not None
    assert LETTER.text == plain.get_content().replace("\r\n", "\n")
    assert "<p>Hello</p>" == html.get_content().strip()
    assert message["Message-ID"].endswith("@school.example>")
    assert "MAIL FROM:<bellwork@school.example>" in server.said


def test_a_real_mail_server_takes_it() -> None:
    """A server of other people's making agrees that this is SMTP."""
    taken: list[Any] = []

    class Handler:
        async def handle_DATA(  # noqa: N802 - the name that aiosmtpd calls
            self, _server: object, _session: object, envelope: Any
        ) -> str:
            """Keep the envelope."""
            taken.append(envelope)
            return "250 OK"

    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    controller = Controller(Handler(), hostname="127.0.0.1", port=port)
    controller.start()
    try:
        postman(port).send(LETTER)
    finally:
        controller.stop()

    assert [["ada@school.example"]] == [envelope.rcpt_tos for envelope in taken]
    assert b"\r\n.hidden dot\r\n" in taken[0].content


@pytest.mark.parametrize("verb", ["CONNECT", "EHLO", "MAIL", "RCPT", "DATA"])
@pytest.mark.parametrize("answer", ["hang up", "421 busy", "450 later"])
def test_before_the_end_it_may_be_offered_again(server: MailServer, verb: str, answer: str) -> None:
    """A cut or a 4xx at any command before the letter's end is MailTryLater, and nothing was delivered."""
    server.answers = {verb: answer} if verb != "EHLO" else {"EHLO": answer, "HELO": answer}

    with pytest.raises(MailTryLater):
        postman(server.port).send(LETTER)
    assert [] == server.letters


@pytest.mark.parametrize("verb", ["RCPT", "DATA", "END"])
def test_a_permanent_answer_is_a_refusal_and_names_nobody(server: MailServer, verb: str) -> None:
    """550 to recipient or letter: never again; the reason has the code and the words, and no address."""
    server.answers = {verb: "550 5.1.1 <ada@school.example>: no such user"}

    with pytest.raises(MailRefused, match=r"550 .*no such user") as refused:
        postman(server.port).send(LETTER)
    assert "ada@" not in str(refused.value)


@pytest.mark.parametrize(
    ("verb", "answer"),
    [
        ("CONNECT", "554 no service here"),
        ("EHLO", "550 5.7.1 I do not speak with you"),
        ("AUTH", "535 5.7.8 wrong password"),
        ("AUTH", "504 5.7.4 unknown way to log in"),
        ("MAIL", "550 5.7.60 not allowed to send as this sender"),
        ("MAIL", "553 5.1.8 no such domain"),
        ("RCPT", "421 4.3.2 closing"),
        ("RCPT", "530 5.7.0 must issue a STARTTLS command first"),
        ("RCPT", "550 5.7.8 log in first"),
        ("DATA", "538 5.7.11 encryption wanted"),
        ("END", "530 authentication required"),
    ],
)
def test_what_speaks_of_us_is_never_the_recipients_refusal(server: MailServer, verb: str, answer: str) -> None:
    """A no before the recipient, or one about login or encryption at any time, concerns the letters of everybody."""
    server.answers = {"EHLO": "250-fine\r\n250 AUTH PLAIN", verb: answer}
    if verb == "EHLO":
        server.answers["HELO"] = answer
    way = Server("127.0.0.1", server.port, "none", *(("user", "secret") if verb == "AUTH" else ()))

    with pytest.raises(MailServerTrouble):
        Smtp(way, SENDER, connect=1.0, total=5.0).send(LETTER)


@pytest.mark.parametrize(
    ("verb", "answer"),
    [
        ("RCPT", "554 5.7.1 blocked"),
        ("RCPT", "554 your address is on a list"),
        ("DATA", "550 5.4.5 daily quota exceeded"),
        ("END", "550 5.7.1 too many letters of this kind"),
    ],
)
def test_block_list_and_quota_are_our_own_fault(server: MailServer, verb: str, answer: str) -> None:
    """A list of blocked senders is left, a quota is refilled: the letter is offered again, and never given up."""
    server.answers = {verb: answer}

    with pytest.raises(MailBlocked):
        postman(server.port).send(LETTER)


@pytest.mark.parametrize(
    ("verb", "answer", "about_recipient"),
    [
        ("RCPT", "550 5.1.1 no such user", True),
        ("RCPT", "550 no such user", True),
        ("RCPT", "550 5.2.1 mailbox disabled", True),
        ("RCPT", "556 5.1.10 takes no mail", True),
        ("END", "550 5.1.1 no such user after all", True),
        ("RCPT", "552 5.3.4 too big", False),
        ("RCPT", "555 parameters", False),
        ("END", "550 I do not like this letter", False),
        ("END", "554 5.6.0 malformed", False),
    ],
)
def test_only_what_the_server_says_about_the_recipient_is_about_the_recipient(
    server: MailServer, verb: str, answer: str, about_recipient: bool
) -> None:
    """By the address's own codes (RFC 3463, 3.2), or without one where the recipient was named."""
    server.answers = {verb: answer}

    with pytest.raises(MailRefused) as refused:
        postman(server.port).send(LETTER)
    assert about_recipient is refused.value.is_about_recipient


def test_a_full_mailbox_is_emptied_some_day(server: MailServer) -> None:
    """Though the code says for good."""
    server.answers = {"RCPT": "552 5.2.2 mailbox full"}

    with pytest.raises(MailTryLater):
        postman(server.port).send(LETTER)


@pytest.mark.parametrize(
    "raised",
    [ValueError("odd"), AttributeError("sock"), TimeLimitExceeded(), UnicodeEncodeError("ascii", "x", 0, 1, "")],
)
def test_whatever_is_raised_before_the_last_line_is_for_later(
    server: MailServer, raised: BaseException, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A surprise of the library, or the job's own time limit: the letter was certainly not taken."""

    def fail(*_: object) -> None:
        raise raised

    monkeypatch.setattr(Dialogue, "hear", fail)

    with pytest.raises(MailTryLater):
        postman(server.port).send(LETTER)


def test_a_temporary_answer_to_the_end_is_no_delivery(server: MailServer) -> None:
    """A 4xx after the last line means that it was not taken."""
    server.answers = {"END": "451 try again"}

    with pytest.raises(MailTryLater, match="451"):
        postman(server.port).send(LETTER)


@pytest.mark.parametrize("answer", ["hang up", "stall"])
def test_a_lost_answer_to_the_end_is_unknown(server: MailServer, answer: str) -> None:
    """The whole letter is there, but nobody knows what became of it."""
    server.answers = {"END": answer}

    with pytest.raises(MailUnknown, match="'ready:req_1', but its answer was lost"):
        postman(server.port, total=0.5).send(LETTER)
    assert 1 == len(server.letters)


@pytest.mark.parametrize("verb", ["CONNECT", "RCPT"])
def test_a_silent_server_meets_the_deadline(server: MailServer, verb: str) -> None:
    """The conversation ends after its seconds, and the letter was not taken."""
    server.answers = {verb: "stall"}

    with pytest.raises(MailTryLater):
        postman(server.port, connect=0.3, total=0.3).send(LETTER)


def test_nobody_listening_is_for_later() -> None:
    """A closed port is no fault of the letter."""
    with pytest.raises(MailTryLater, match=r"not taken by 127\.0\.0\.1:1"):
        postman(1).send(LETTER)


def test_a_goodbye_that_fails_changes_nothing(server: MailServer) -> None:
    """Once the letter is taken it is taken."""
    server.answers = {"QUIT": "hang up"}
    postman(server.port).send(LETTER)

    assert 1 == len(server.letters)
