"""Judging answers and trying again."""

from __future__ import annotations

from email.utils import formatdate

import pytest

from bellwork.db.engine import forget
from bellwork.tasks.providers.errors import (
    BadAnswer,
    ProviderBusy,
    ProviderError,
    ProviderFailure,
    ProviderRefused,
    ScriptRejected,
)
from bellwork.tasks.providers.wire import Patience, persist, verdict
from bellwork.tasks.providers.wire.verdict import seconds_to_wait

NOW = 1_700_000_000.0


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (400, ProviderRefused),
        (401, ProviderRefused),
        (403, ProviderRefused),
        (404, ProviderRefused),
        (408, ProviderError),
        (409, ProviderError),
        (422, ProviderRefused),
        (429, ProviderBusy),
        (500, ProviderError),
        (502, ProviderError),
        (503, ProviderError),
        (302, ProviderRefused),
    ],
)
def test_a_status_has_one_meaning(status: int, expected: type[ProviderFailure]) -> None:
    """Every status is busy, worth a retry, or final."""
    assert expected is type(verdict("it", status, {}, "text"))


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, 30),
        ("", 30),
        ("7", 7),
        ("0", 1),
        ("-5", 1),
        ("1.5", 1.5),
        ("315360000", 3600),
        ("inf", 3600),
        ("nan", 30),
        ("soon", 30),
        (formatdate(NOW + 120, usegmt=True), 120),
        (formatdate(NOW - 120, usegmt=True), 1),
        (formatdate(NOW + 10 * 365 * 86_400, usegmt=True), 3600),
        (formatdate(NOW + 120, usegmt=True).replace("GMT", "-0000"), 120),
        (formatdate(NOW + 120, usegmt=True).removesuffix(" GMT"), 120),
        ("Fri, 31 Dec 9999 23:59:59 GMT", 3600),
    ],
)
def test_retry_after_is_read_and_bounded(header: str | None, seconds: float) -> None:
    """Seconds and dates count, at least 1 s and at most an hour; without one it is 30 s."""
    assert seconds == seconds_to_wait(header, NOW)


def test_a_date_is_measured_by_the_clock_that_wrote_it() -> None:
    """The answer's own Date decides what "now" is, so that a wrong clock here makes no difference."""
    headers = {"retry-after": formatdate(NOW + 90, usegmt=True), "date": formatdate(NOW, usegmt=True)}
    failure = verdict("it", 429, headers, "")

    assert isinstance(failure, ProviderBusy)
    assert 90 == failure.retry_after


def test_an_unavailable_server_that_names_a_time_is_busy() -> None:
    """A 503 with Retry-After is treated as a 429."""
    failure = verdict("it", 503, {"retry-after": "9"}, "")

    assert isinstance(failure, ProviderBusy)
    assert 9 == failure.retry_after


def test_an_error_line_holds_no_key_and_no_markup() -> None:
    """What the provider says is cut short, cleaned, and rid of keys."""
    failure = verdict("it", 400, {}, "<h1>Incorrect API key</h1> sk-abcdef123456 " + "x" * 10_000)

    assert "Incorrect API ***" in str(failure)
    assert "sk-abcdef" not in str(failure)
    assert "<" not in str(failure)
    assert len(str(failure)) < 300


@pytest.mark.parametrize("status", [401, 403])
def test_what_refuses_a_key_is_not_quoted(status: int) -> None:
    """Such an answer may repeat the key in any form; its status says enough."""
    assert f"it answered {status}" == str(verdict("it", status, {}, "Incorrect API key provided"))


@pytest.mark.parametrize("status", [400, 404, 429, 500])
@pytest.mark.parametrize(
    "body",
    ["{}", '{"key":"{}"}', "x" * 190 + "{}", "<b>{}</b>", "x" * 3_990 + "{}"],
    ids=["all", "json", "cut", "tag", "far"],
)
def test_no_answer_repeats_the_configured_key(status: int, body: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the key looks like, whole or cut, with markup inside of it."""
    key = "0f4Zq-9LxWc2-77aBd.Kp"
    monkeypatch.setenv("LLM_API_KEY", key)
    forget()
    for form in (key, f"{key[:9]}<i>{key[9:]}</i>"):
        said = str(verdict("it", status, {}, body.replace("{}", form)))

        assert not any(key[at : at + 8] in said for at in range(len(key) - 7)), said


@pytest.mark.parametrize(
    ("error", "calls"),
    [
        (ProviderError("x"), 3),
        (BadAnswer("x"), 3),
        (ScriptRejected("too short"), 3),
        (ScriptRejected("bad word", unsafe=True), 1),
        (ProviderBusy("x", 5), 1),
        (ProviderRefused("x"), 1),
    ],
)
def test_only_what_may_pass_is_tried_again(
    patience: Patience, waits: list[float], error: ProviderFailure, calls: int
) -> None:
    """Three tries, 2 and 4 seconds apart; busy, refused and unsafe go straight to the caller."""
    made = []

    def call(_seconds: float) -> None:
        made.append(1)
        raise error

    with pytest.raises(type(error)):
        persist(call, patience)

    assert calls == len(made)
    assert [2, 4][: calls - 1] == waits


def test_no_try_begins_after_the_deadline() -> None:
    """The tries and their waits together stay within the total, and the last try gets what is left."""
    clock = [0.0]
    given: list[float] = []

    def call(seconds: float) -> None:
        given.append(seconds)
        clock[0] += seconds
        raise ProviderError("slow")

    def sleep(seconds: float) -> None:
        clock[0] += seconds

    with pytest.raises(ProviderError):
        persist(call, Patience(total=10, each=6, sleep=sleep, clock=lambda: clock[0]))

    assert [6, 2] == given
    assert 10 >= clock[0]
