"""What an error or a text of unknown origin becomes before it leaves the process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel
from sqlalchemy import text

from bellwork.db.engine import forget, transaction
from bellwork.db.redaction import MASK, place_of, without_secrets
from bellwork.db.wording import clean, message_of, printable, traceback_of, words_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

KEY = "sk-proj-7Qh2mZ0xLr4TnB9dWc6YvK1s"
SECRETS = {
    "DATABASE_URL": "postgresql://user:pass%24One1@db.example.org/name?sslpassword=sslPass2two",
    "REDIS_URL": "redis://user:redisPass3@redis.example.org/0",
    "SMTP_URL": "smtp://user:mailPass4@mail.example.org",
    "STORAGE_URL": "s3://AKIAUSER5:sekretFive5@bucket/prefix?secret_access_key=sekretSix6six",
    "LLM_BASE_URL": "http://tokenSeven7@llm.example.org/v1",
    "LLM_API_KEY": KEY,
    "TTS_API_KEY": "ttsKey8eight",
    "TRANSCRIPTS_API_KEY": "trsKey7seven",
    "AWS_SECRET_ACCESS_KEY": "awsKey9nine",
}
WORDS = ("pass%24One1", "pass$One1", "sslPass2two", "redisPass3", "mailPass4", "AKIAUSER5", "sekretFive5",
         "sekretSix6six", "tokenSeven7", KEY, "ttsKey8eight", "trsKey7seven", "awsKey9nine")  # fmt: skip


class MuteError(Exception):
    """An exception whose text cannot be had."""

    def __str__(self) -> str:
        raise RuntimeError


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Settings with a secret in each that can have one."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    forget()
    yield
    forget()


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize("secret", WORDS)
def test_every_configured_secret_is_masked(secret: str) -> None:
    """Whole, as a setting or a part of a URL, as it is written there and as it is meant."""
    assert f"wrong key {MASK}, try another" == without_secrets(f"wrong key {secret}, try another")
    assert f"ValueError: {MASK}" == words_of(ValueError(secret))


@pytest.mark.usefixtures("secrets")
def test_secrets_are_masked_while_another_setting_is_unusable(monkeypatch: pytest.MonkeyPatch) -> None:
    """The line about the one that is wrong must not tell the others."""
    monkeypatch.setenv("LEASE", "soon")
    forget()

    assert all(secret not in without_secrets(f"<{secret}>") for secret in WORDS)


@pytest.mark.usefixtures("secrets")
@pytest.mark.parametrize("piece", [KEY[:8], KEY[:20], KEY[-8:], KEY[10:20]])
def test_a_piece_of_a_secret_is_masked(piece: str) -> None:
    """A provider quotes the beginning of a key, or what it says is cut in the middle of it."""
    assert f"{MASK}…, not {MASK}" == without_secrets(f"{piece}…, not {piece}")


@pytest.mark.usefixtures("secrets")
@given(st.text(max_size=60), st.integers(0, len(KEY) - 8), st.integers(8, len(KEY)), st.text(max_size=60))
def test_no_eight_characters_of_a_secret_are_left(before: str, start: int, length: int, after: str) -> None:
    """Wherever it stands, however it is cut; what stands around it stays."""
    left = without_secrets(f"{before}\x00{KEY[start : start + length]}\x00{after}")

    assert not any(KEY[at : at + 8] in left for at in range(len(KEY) - 7))
    assert left.startswith(before)
    assert left.endswith(after)


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("no such user jo.e+x@school.example", f"no such user {MASK}@school.example"),
        ("'anna@a.school.example'", f"'{MASK}@a.school.example'"),
        ("/uploads/anna@school.example.csv", f"/uploads/{MASK}@school.example.csv"),
        ("user:x@school.example", f"user:{MASK}@school.example"),
        ("postgresql://bellwork@db.example.org/name", "postgresql://bellwork@db.example.org/name"),
        ("a\nb\x1b[31m\u202e", "a\\nb\\x1b[31m\\u202e"),
        ("\0\ud800", "\\x00\\ud800"),
        ("refused\nDETAIL:  Key (name)=(Anna) exists.", "refused"),
        ("Refused('no\\nDETAIL:  Key (name)=(Anna) exists.')", "Refused('no"),
        ("refused\n[SQL: INSERT]\n[parameters: {'name': 'Anna'}]", "refused"),
        ("x" * 2_000, "x" * 999 + "…"),
    ],
)
def test_a_text_is_made_one_clean_line(said: str, expected: str) -> None:
    """No person, no row's values, nothing that plays with a terminal, and not too long."""
    assert expected == clean(said)


@given(st.text())
def test_what_is_printable_is_printable(text: str) -> None:
    """And what was printable already is not changed."""
    assert printable(text).isprintable()
    assert not text.isprintable() or text == printable(text)


def test_an_exception_without_a_text_has_words() -> None:
    """Its class, and what came of asking it."""
    assert "MuteError: (its text cannot be had: RuntimeError)" == words_of(MuteError())


def _duplicate(name: str) -> None:
    with transaction() as conn:
        conn.execute(text("CREATE TEMP TABLE pupils (name text CONSTRAINT one_name UNIQUE)"))
        for _ in range(2):
            conn.execute(text("INSERT INTO pupils VALUES (:name)"), {"name": name})


def _wrong_type(name: str) -> None:
    with transaction() as conn:
        conn.execute(text("SELECT length(:name) / 0 FROM (SELECT 1) AS one"), {"name": name})


def _wrong_form(name: str) -> None:
    class Form(BaseModel):
        age: int

    Form.model_validate({"age": name})


@pytest.mark.usefixtures("database")
@pytest.mark.parametrize(
    ("fail", "expected"),
    [
        (_duplicate, 'duplicate key value violates unique constraint "one_name"'),
        (_wrong_type, "division by zero"),
        (_wrong_form, "age: Input should be a valid integer, unable to parse string as an integer"),
    ],
)
def test_an_error_says_what_rule_was_broken_and_not_by_whom(fail: Callable[[str], None], expected: str) -> None:
    """Neither its words nor its traceback nor those of what it caused hold a value of a row or a parameter."""
    name = "Anna Canary"
    try:
        try:
            fail(name)
        except Exception as error:
            raise RuntimeError("it failed") from error
    except RuntimeError as error:
        caused, cause = error, error.__cause__
    assert cause is not None

    told = traceback_of(caused)

    assert message_of(cause).endswith(expected)
    assert expected in told
    assert told.endswith("RuntimeError: it failed")
    assert name not in words_of(cause) + told


def test_a_traceback_names_causes_groups_and_no_forged_line() -> None:
    """A line break in an error's text begins no line; a cycle of causes ends."""
    first, second = ValueError("a\n2026-01-01 [info] all is well"), KeyError("b")
    first.__cause__, second.__cause__ = second, first
    group = ExceptionGroup("several", [first, MuteError()])

    told = traceback_of(group).split("\n")

    assert "ExceptionGroup: several (2 sub-exceptions)" in told
    assert "  | ValueError: a\\n2026-01-01 [info] all is well" in told
    assert not any(line.startswith("2026") for line in told)
    assert "ValueError: a\\n2026-01-01 [info] all is well" in traceback_of(first)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("s3://KEY:SECRET@bucket/prefix?secret_access_key=x", "s3://bucket/prefix"),
        ("postgresql://u:p@host:5432/name?sslpassword=x", "postgresql://host:5432/name"),
        ("file:///var/lib/a@b", "file:///var/lib/a@b"),
        ("memory://", "memory://"),
    ],
)
def test_the_place_of_a_url_is_all_but_what_opens_it(url: str, expected: str) -> None:
    """Scheme, host, port and path."""
    assert expected == place_of(url)
