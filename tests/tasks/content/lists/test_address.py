"""Addresses: email-validator decides, and what is remembered of a domain changes none of its answers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwork.tasks.content.lists.address import Addresses, validated
from bellwork.tasks.content.lists.fault import RowRefused

_LOCAL = st.text(st.sampled_from("aZ09._-+'=@ ü\u200b\""), max_size=12) | st.just("x" * 64) | st.just("x" * 65)
_DOMAIN = st.sampled_from(
    [
        *(
            "example.org",
            "EXAMPLE.org",
            "müller.example",
            "xn--mller-kva.example",
            "x",
            "localhost",
            "a.test",
            "-a.org",
        ),
        *(
            "a..b",
            "[1.2.3.4]",
            "",
            " example.org",
            "a_b.org",
            f"{'a' * 63}.org",
            f"{'a' * 64}.org",
            ".".join(["a" * 60] * 4),
        ),
    ]
)


@given(st.lists(st.tuples(_LOCAL, _DOMAIN), min_size=1, max_size=6))
def test_what_is_remembered_changes_no_answer(parts: list[tuple[str, str]]) -> None:
    """Each address is what the validator says of it alone."""
    addresses = Addresses()
    for local, domain in parts:
        assert answer(validated, f"{local}@{domain}".strip().lower()) == answer(addresses.clean, f"{local}@{domain}")


def answer(ask: object, address: str) -> str | None:
    """Return the address, or None where it is refused."""
    try:
        return str(ask(address))  # type: ignore[operator]
    except RowRefused:
        return None


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        (" Ada.Lovelace@Example.ORG\t", "ada.lovelace@example.org"),
        ("ada@MÜLLER.example", "ada@xn--mller-kva.example"),
        ("ada@xn--mller-kva.example", "ada@xn--mller-kva.example"),
        ("o'neil+school@example.org", "o'neil+school@example.org"),
    ],
)
def test_an_address_is_kept_in_one_form(written: str, kept: str) -> None:
    """Small letters, no spaces around, the domain in ASCII: two spellings of one address are one."""
    assert kept == Addresses().clean(written)


@pytest.mark.parametrize(
    "written", ["ada@lovelace-secret", "ada lovelace@secret.org", "ada@lovelace..secret", "l" * 300]
)
def test_a_reason_does_not_repeat_the_address(written: str) -> None:
    """It stands in error_log, which more people read than the file."""
    with pytest.raises(RowRefused) as refused:
        Addresses().clean(written)

    assert not any(word in str(refused.value) for word in ("ada", "lovelace", "secret"))
