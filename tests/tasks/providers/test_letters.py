"""Letters, and the files they become where nobody is to get mail."""

from __future__ import annotations

import os
from dataclasses import replace
from email.message import EmailMessage
from email.policy import SMTP
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwork.tasks.providers.errors import MailRefused, MailServerTrouble, MailTryLater
from bellwork.tasks.providers.mail import Drop, Letter, open_mail
from bellwork.tasks.providers.mail.letter import recipient
from bellwork.tasks.providers.mail.write import write

if TYPE_CHECKING:
    from pathlib import Path

from tests.tasks.providers.letters import LETTER, SENDER, read

_SET = ("Auto-Submitted", "Date", "From", "Message-ID", "Subject", "To")
HEADERS = sorted((*_SET, "Content-Transfer-Encoding", "Content-Type", "MIME-Version"))


def test_the_same_key_is_the_same_message() -> None:
    """A repeat carries the same Message-ID, another key another one."""
    other = Letter(LETTER.to, LETTER.subject, LETTER.text, None, "ready:req_2")

    assert read(write(LETTER, SENDER))["Message-ID"] == read(write(LETTER, SENDER))["Message-ID"]
    assert read(write(LETTER, SENDER))["Message-ID"] != read(write(other, SENDER))["Message-ID"]


@pytest.mark.parametrize(
    "to",
    [
        "",
        "ada",
        "a@x, b@y",
        "a@x;b@y",
        "a@x b@y",
        "a@x\r\nBcc: eve@evil.example",
        "a@x\nb@y",
        "Ada <ada@school.example>",
        " ada@school.example",
        "<script>@x.example",
        '"a b"@x.example',
        "a|b@x.example",
        "a@b@c.example",
        ".a@x.example",
        "a..b@x.example",
        "a@-x.example",
        "a@x..example",
        "a@[127.0.0.1]",
        "a@" + "x" * 300,
        "x" * 65 + "@x.example",
        "caf\u00e9@x.example",
        "a\u200b@x.example",
        "a@x.example\0",
        "a@\ud800.example",
        "=?utf-8?q?ada?=@x.example",
        "ada@" + ".".join(["x" * 50] * 5),
        "x" * 64 + "@" + ".".join(["b\u00fc" + "x" * 40] * 4) + ".example",
    ],
)
def test_a_letter_goes_to_exactly_one_address(to: str) -> None:
    """Lists, names, smuggled headers and impossible addresses are refused for good."""
    with pytest.raises(MailRefused) as refused:
        recipient(to)
    assert len(to) < 4 or to not in str(refused.value)


@pytest.mark.parametrize(
    ("to", "expected"),
    [
        ("ada@school.example", "ada@school.example"),
        ("ada+tag@sub.school.example", "ada+tag@sub.school.example"),
        ("o'neil@school.example", "o'neil@school.example"),
        ("ada@b\u00fccher.example", "ada@xn--bcher-kva.example"),
        ("root@localhost", "root@localhost"),
    ],
)
def test_ordinary_addresses_are_taken(to: str, expected: str) -> None:
    """Tags, quotes and domains in other scripts are fine."""
    assert expected == recipient(to)


@pytest.mark.parametrize("subject", ["Hi\r\nBcc: eve@evil.example", "Hi\nthere", "Hi\0"])
def test_a_subject_cannot_smuggle_headers(subject: str) -> None:
    """Line breaks are refused, not repaired."""
    with pytest.raises(MailRefused, match="line break"):
        write(Letter("a@x.example", subject, "text", None, "k"), SENDER)


@pytest.mark.parametrize("subject", ["Vectors =?utf-8?q?and_forces?=", "=?utf-8?b?SGVsbG8gQWRh?=", "1 =? 2"])
def test_a_subject_that_looks_like_an_encoded_word_is_shown_as_it_is(subject: str) -> None:
    """Nothing of a header is decoded on its way: the reader sees what was written, with a space in it."""
    message = read(write(Letter("a@x.example", subject, "text", None, "k"), SENDER))

    assert subject.replace("=?", "= ?") == message["Subject"]


@pytest.mark.parametrize("id_", ["a\r\nX-Note: hi", "a\nb", "a\r\n \r\nb", "a\0", "a" * 1_000])
def test_a_letter_leaves_with_exactly_the_headers_that_were_set(id_: str) -> None:
    """Whatever value had a line break in it after all: the message is read as a server reads it, and refused."""
    letter = replace(LETTER, message_id=id_)

    with pytest.raises(MailRefused, match="header"):
        write(letter, SENDER)


def by_library(subject: str, text: str, html: str | None) -> EmailMessage:
    """Make the message by the library alone."""
    message = EmailMessage(policy=SMTP)
    message["Subject"] = " ".join(subject.split())[:400]
    message.set_content(text)
    if html is not None:
        message.add_alternative(html, subtype="html")
    return read(message.as_bytes())


def words(message: EmailMessage) -> list[str]:
    """Return what a reader reads: the subject and the parts."""
    parts = [message.get_body((kind,)) for kind in ("plain", "html")]
    return [str(message["Subject"]), *(part.get_content().replace("\r\n", "\n") for part in parts if part)]


_WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=100)
_LINES = st.lists(_WORDS | st.sampled_from([".", "x" * 1_100, "\u00fc" * 600, "From me"]), max_size=4).map("\n".join)


@settings(deadline=None, max_examples=50)
@given(subject=_WORDS.map(lambda it: it.replace("=?", "")), text=_LINES, html=st.none() | _LINES)
def test_a_message_says_what_the_librarys_would(subject: str, text: str, html: str | None) -> None:
    """Any words, in any script and of any length: a reader reads the same, and no line is too long for a server."""
    content = write(Letter("a@x.example", subject, text, html, "k"), SENDER)

    assert words(by_library(subject, text, html)) == words(read(content))
    assert max(map(len, content.split(b"\r\n"))) <= 998
    assert b"\n" not in content.replace(b"\r\n", b"")


@settings(deadline=None)
@given(subject=st.text(max_size=200), text=st.text(max_size=500))
def test_any_words_make_one_message_with_one_recipient(subject: str, text: str) -> None:
    """Whatever is written, the message parses, with its one To and its own headers only."""
    try:
        content = write(Letter("a@x.example", subject, text, None, "k"), SENDER)
    except MailRefused:
        assert set(subject) & set("\r\n\0")
        return
    message = read(content)

    assert ["a@x.example"] == message.get_all("To")
    assert HEADERS == sorted(message.keys())


@pytest.mark.parametrize(
    "sender",
    ["", "nobody", "a@x\r\nBcc: b@y", "a@x, b@y", "=?utf-8?q?School?= <a@x.example>", "a@" + "x" * 300],
)
def test_an_unusable_sender_is_the_settings_fault(sender: str) -> None:
    """A wrong MAIL_FROM does not use up the letter; it waits."""
    with pytest.raises(MailServerTrouble, match="MAIL_FROM"):
        write(LETTER, sender)


def test_an_endless_letter_is_refused() -> None:
    """A megabyte is the limit."""
    with pytest.raises(MailRefused, match="longer than"):
        write(Letter("a@x.example", "Hi", "x" * 1_000_001, None, "k"), SENDER)


def test_a_dropped_letter_is_one_whole_file(tmp_path: Path) -> None:
    """The same key is the same file, written once, its owner's alone, and the file is the message."""
    drop = Drop(tmp_path / "mail", SENDER)
    before = os.umask(0)
    drop.send(LETTER)
    drop.send(LETTER)
    os.umask(before)
    files = list((tmp_path / "mail").iterdir())

    assert 1 == len(files)
    assert (0o600, 0o700) == (files[0].stat().st_mode & 0o777, (tmp_path / "mail").stat().st_mode & 0o777)
    assert ".eml" == files[0].suffix
    assert "ada@school.example" == read(files[0].read_bytes())["To"]


def test_a_folder_that_cannot_be_written_is_for_later(tmp_path: Path) -> None:
    """A disk that fails does not lose the letter."""
    (tmp_path / "mail").write_bytes(b"a file in the way")

    with pytest.raises(MailTryLater, match="'ready:req_1' could not be written"):
        Drop(tmp_path / "mail", SENDER).send(LETTER)


def test_mail_is_dropped_where_no_server_is_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without SMTP_URL nobody gets mail: it lies in ./var/mail, or in the folder of a file URL."""
    monkeypatch.chdir(tmp_path)
    open_mail(None, SENDER).send(LETTER)
    open_mail(f"file://{tmp_path}/elsewhere", SENDER).send(LETTER)

    assert 1 == len(list((tmp_path / "var" / "mail").iterdir()))
    assert 1 == len(list((tmp_path / "elsewhere").iterdir()))
