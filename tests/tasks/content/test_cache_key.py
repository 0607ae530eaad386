"""The cache key is a law: the same for everybody who asks the same, and for nobody else."""

from __future__ import annotations

import hashlib

from hypothesis import given
from hypothesis import strategies as st

from bellwork.db.content.queries import Generation

IDS = st.text("abcdefghijklmnopqrstuvwxyz_0123456789", min_size=1, max_size=50)
BLANKS = st.text(" \t\n", max_size=3)


@given(IDS, IDS, IDS, BLANKS)
def test_case_and_blanks_do_not_count(topic: str, interest: str, style: str, blank: str) -> None:
    """Each part is trimmed and lower-cased."""
    plain = Generation(topic, interest, style)
    shouted = Generation(f"{blank}{topic.upper()}", f"{interest.title()}{blank}", f"{blank}{style.upper()}{blank}")

    assert plain.cache_key == shouted.cache_key


@given(st.tuples(IDS, IDS, IDS), st.tuples(IDS, IDS, IDS))
def test_what_differs_has_another_key(one: tuple[str, str, str], other: tuple[str, str, str]) -> None:
    """No two generations share a key, wherever their parts are cut."""
    assert (one == other) is (Generation(*one).cache_key == Generation(*other).cache_key)


def test_the_key_is_the_documents() -> None:
    """SHA-256 over the three parts, joined by bars; the ids that are made of it fit their columns."""
    newton = Generation("topic_phys_newton_3", "int_basketball", "conversational")
    expected = hashlib.sha256(b"topic_phys_newton_3|int_basketball|conversational").hexdigest()

    assert expected == newton.cache_key
    assert f"content_{expected[:16]}" == newton.content_id
    assert len(newton.unique_key) <= 200
