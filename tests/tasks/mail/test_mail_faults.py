"""A real mail server that cuts, stalls, refuses or strips: each letter comes once at most, none is given up for it."""

from __future__ import annotations

import ssl
import subprocess
from shutil import which
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text

from bellwork.db.engine import forget, transaction
from bellwork.db.letters import hash_of, read_hold, suppress
from bellwork.db.letters.settle import Address
from bellwork.tasks.letters import post
from bellwork.tasks.mail.patience import MOST_TRIES
from bellwork.workers.testing import drain
from tests.tasks.mail.office import HANG_UP, STALL, opened
from tests.tasks.mail.waiting import row, sent_later, states
from tests.tasks.mail.writer import a_letter

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tasks.mail.office import Office


def sent(key: str = "writer.note:1", **changes: Any) -> None:
    """Post a letter and let it be sent."""
    with transaction() as conn:
        post(conn, **a_letter(key, **changes))
    drain()


def held() -> str | None:
    """Return why letters are held."""
    with transaction() as conn:
        hold = read_hold(conn)
    return hold.said if hold else None


@pytest.mark.parametrize("answer", [STALL, HANG_UP])
def test_m1_a_lost_answer_to_the_last_dot_is_unknown_and_not_sent_again(
    office: Office, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The server has the letter, and nobody heard whether it keeps it; the next letter goes over another connection."""
    monkeypatch.setenv("MAIL_ANSWER", "0.5")
    forget()
    office.order("END", answer)
    sent()
    office.orders.clear()
    for _ in range(2):
        sent_later()
    sent("writer.note:2")

    assert {"writer.note:1": "unknown", "writer.note:2": "sent"} == states()
    assert 2 == len(office.letters)


@pytest.mark.parametrize("command", ["EHLO", "MAIL", "RCPT", "DATA", "END"])
@pytest.mark.parametrize("answer", [HANG_UP, "421 4.3.2 closing", "450 4.2.1 busy", "451 4.3.0 error"])
def test_m2_what_was_not_taken_is_sent_later_and_comes_once(office: Office, command: str, answer: str) -> None:
    """Cut or put off at each command: one mail, with the Message-ID of its key; unknown only after the last dot."""
    office.order(command, answer)
    sent()
    for _ in range(2):
        sent_later()
    letter = row()
    lost = (command, answer) == ("END", HANG_UP)

    assert ("unknown" if lost else "sent") == letter["state"]
    assert [f"<{letter['message_id']}@school.example>"] == [message["Message-ID"] for message in office.messages]


def test_m2_a_server_that_puts_off_for_ever_is_believed_at_last(office: Office) -> None:
    """After a day of tries the letter is refused with the last words, and its address gets others."""
    office.order("RCPT", "451 4.7.1 greylisted".replace("4.7.1", "4.2.1"), times=-1)
    sent()
    with transaction() as conn:
        conn.execute(text("UPDATE bellwork.letters SET tries = :tries"), {"tries": MOST_TRIES - 1})
    sent_later()

    assert "refused" == row()["state"]
    assert row()["reason"].startswith(f"given up after {MOST_TRIES} tries: the mail server answered 451")
    assert [] == _suppressed()


@pytest.mark.parametrize("command", ["RCPT", "END"])
def test_m3_nobody_there_suppresses_the_address_for_all(office: Office, command: str) -> None:
    """550 5.1.1: refused at once, with the words and without the address; no later letter is offered."""
    office.order(command, "550 5.1.1 <ada@school.example> unknown")
    sent()
    sent("writer.note:2")

    assert {"writer.note:1": "refused", "writer.note:2": "suppressed"} == states()
    assert "550" in row()["reason"]
    assert "ada@" not in row()["reason"]
    assert ([], [hash_of("ada@school.example")]) == (office.letters, _suppressed())


ODD = {
    "no address": (None, "suppressed"),
    "no domain": ("ada", "refused"),
    "two": ("ada@school.example, eve@school.example", "refused"),
    "two lines": ("ada@school.example\r\nBcc: eve@evil.example", "refused"),
    "a name": ("Ada <ada@school.example>", "refused"),
    "320 characters": (f"{'a' * 64}@{'b' * 63}.{'c' * 63}.{'d' * 63}.{'e' * 60}.example", "refused"),
    "an odd IDN": ("ada@b\u00fcc\u200bher..example", "refused"),
}


@pytest.mark.parametrize("odd", ODD)
def test_m3_what_is_no_address_is_refused_and_suppresses_nobody(office: Office, odd: str) -> None:
    """Nothing is said to the server; the reason stands in the ledger."""
    to, state = ODD[odd]
    sent(to=to)

    assert state == row()["state"]
    assert row()["reason"]
    assert ([], []) == (office.letters, _suppressed())


@pytest.mark.parametrize("subject", ["Hello\r\nBcc: eve@evil.example", "Hello\nthere"])
def test_m3_a_subject_that_would_be_several_headers_is_refused(office: Office, subject: str) -> None:
    """Not repaired, and not sent."""
    sent(subject=subject)

    assert ("refused", []) == (row()["state"], office.letters)
    assert "line break" in row()["reason"]


def test_a_domain_in_another_script_is_written_to(office: Office) -> None:
    """Its domain goes as ASCII, and what stops it is known by either writing."""
    sent(to="ada@b\u00fccher.example")
    with transaction() as conn:
        suppress(conn, Address(hash_of("ADA@xn--bcher-kva.example"), ""), "operator")
    sent("writer.note:2", to="ada@b\u00fccher.example")

    assert ["ada@xn--bcher-kva.example"] == [message["To"] for message in office.messages]
    assert "suppressed" == row("writer.note:2")["state"]


TROUBLE = {
    "EHLO": "554 5.3.2 no service here",
    "MAIL": "550 5.7.60 not allowed to send as this sender",
    "RCPT": "554 5.7.1 your server is on a list",
    "DATA": "452 4.7.0 too many letters",
    "END": "550 5.4.5 daily quota exceeded",
}


@pytest.mark.parametrize("command", TROUBLE)
def test_our_own_fault_holds_all_and_gives_up_none(office: Office, command: str) -> None:
    """Greeting, sender, block list, rate, quota: the queue waits, says why, and goes when it is mended."""
    office.order(command, TROUBLE[command], times=-1)
    for number in range(3):
        sent(f"writer.note:{number}")
    between, why = states(), held()
    office.orders.clear()
    for _ in range(2):
        sent_later()

    assert {"pending"} == set(between.values())
    assert TROUBLE[command].partition(" ")[0] in (why or "")
    assert {"sent"} == set(states().values())
    assert (3, None, []) == (len(office.letters), held(), _suppressed())
    assert {0} == {row(f"writer.note:{number}")["tries"] for number in range(3)}


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate that nobody has signed, and its key."""
    folder, openssl = tmp_path_factory.mktemp("tls"), which("openssl")
    if openssl is None:
        pytest.skip("needs openssl to make a certificate")
    pem = folder / "both.pem"
    files = ["-keyout", str(folder / "key.pem"), "-out", str(folder / "cert.pem")]
    name = ["-subj", "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1"]
    asked = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *name, *files]
    subprocess.run(asked, check=True, capture_output=True)
    pem.write_bytes((folder / "key.pem").read_bytes() + (folder / "cert.pem").read_bytes())
    return pem


@pytest.mark.usefixtures("office")
@pytest.mark.parametrize("case", ["STARTTLS is stripped", "the certificate is another's"])
def test_m7_nothing_is_sent_in_clear(case: str, certificate: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without TLS, or with a certificate that proves nothing, the letter waits, and why is said."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    options = {} if case.startswith("STARTTLS") else {"tls_context": context}
    with opened(**options) as other:
        monkeypatch.setenv("SMTP_URL", f"smtp://127.0.0.1:{other.port}?tls=starttls")
        forget()
        sent()

    assert ([], "pending", 0) == (other.letters, row()["state"], row()["tries"])
    assert any(word in (held() or "") for word in ("STARTTLS", "certificate"))


def _suppressed() -> list[str]:
    with transaction() as conn:
        return list(conn.execute(text("SELECT address_hash FROM bellwork.suppressed_addresses")).scalars())
