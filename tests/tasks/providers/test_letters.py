"""Letters, and the files they become where nobody is to get mail."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tasks.providers.errors import MailRefused, MailTryLater
from tasks.providers.mail import Drop, Letter, open_mail
from tasks.providers.mail.letter import compose, recipient

if TYPE_CHECKING:
    from pathlib import Path

from tests.tasks.providers.letters import LETTER, SENDER, read


def test_the_same_key_is_the_same_message() -> None:
    """A repeat carries the same Message-ID, another key another one."""
    other = Letter(LETTER.to, LETTER.subject, LETTER.text, None, "ready:req_2")

    assert compose(LETTER, SENDER)["Message-ID"] == compose(LETTER, SENDER)["Message-ID"]
    assert compose(LETTER, SENDER)["Message-ID"] != compose(other, SENDER)["Message-ID"]


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
    ],
)
def test_a_letter_goes_to_exactly_one_address(to: str) -> None:
    """Lists, names, smuggled headers and impossible addresses are refused for good."""
    with pytest.raises(MailRefused):
        recipient(to)


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
        compose(Letter("a@x.example", subject, "text", None, "k"), SENDER)


@settings(deadline=None)
@given(subject=st.text(max_size=200), text=st.text(max_size=500))
def test_any_words_make_one_message_with_one_recipient(subject: str, text: str) -> None:
    """Whatever is written, the message parses, with its one To and its own headers only."""
    try:
        content = compose(Letter("a@x.example", subject, text, None, "k"), SENDER).as_bytes()
    except MailRefused:
        assert set(subject) & set("\r\n\0")
        return
    message = read(content)

    assert ["a@x.example"] == message.get_all("To")
    assert message.get_all("Bcc") is None


@pytest.mark.parametrize("sender", ["", "nobody", "a@x\r\nBcc: b@y", "a@x, b@y"])
def test_an_unusable_sender_is_the_settings_fault(sender: str) -> None:
    """A wrong MAIL_FROM does not use up the letter; it waits."""
    with pytest.raises(MailTryLater, match="MAIL_FROM"):
        compose(LETTER, sender)


def test_an_endless_letter_is_refused() -> None:
    """A megabyte is the limit."""
    with pytest.raises(MailRefused, match="longer than"):
        compose(Letter("a@x.example", "Hi", "x" * 1_000_001, None, "k"), SENDER)


def test_a_dropped_letter_is_one_whole_file(tmp_path: Path) -> None:
    """The same key is the same file, written once, and the file is the message."""
    drop = Drop(tmp_path / "mail", SENDER)
    drop.send(LETTER)
    drop.send(LETTER)
    files = list((tmp_path / "mail").iterdir())

    assert 1 == len(files)
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
