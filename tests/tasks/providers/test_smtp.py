"""Letters by SMTP, and what becomes of them."""

from __future__ import annotations

import socket
from typing import TYPE_CHECKING, Any

import pytest
from aiosmtpd.controller import Controller

from tasks.providers.errors import MailRefused, MailTryLater, MailUnknown
from tasks.providers.mail import Smtp
from tasks.providers.mail.server import Server
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
    assert "mail FROM:<bellwork@school.example>" in server.said


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


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "DATA", "END"])
def test_a_permanent_answer_is_a_refusal(server: MailServer, verb: str) -> None:
    """550 to sender, recipient or letter: never again."""
    server.answers = {verb: "550 no such user"}

    with pytest.raises(MailRefused, match="550"):
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
