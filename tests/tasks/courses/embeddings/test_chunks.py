"""A text is cut between sentences, into pieces that are none too long, and nothing of it is lost."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from bellwork.tasks.courses.embeddings.chunks import LONGEST, chunks_of


def test_sentences_stay_whole() -> None:
    """As many as fit go together; a paragraph's end is one of a sentence, too."""
    text = "One two three. Four five six! Seven\n\neight nine? Ten."
    assert ["One two three.", "Four five six!", "Seven", "eight nine?", "Ten."] == chunks_of(text, 15)
    assert ["One two three. Four five six! Seven eight nine? Ten."] == chunks_of(text)


def test_a_long_sentence_is_cut_between_words_and_a_long_word_between_letters() -> None:
    """No piece is longer than is said."""
    assert ["aaaa", "bbbb", "c"] == chunks_of("aaaa bbbb c", 5)
    assert ["aaaaa", "aaa b"] == chunks_of("aaaaaaaa b", 5)
    assert [LONGEST] == list({len(each) for each in chunks_of("x" * LONGEST * 3)})


@given(st.text(st.sampled_from("ab .!?\n\u3000\u00e9"), max_size=400), st.integers(4, 40))
def test_nothing_is_lost_and_nothing_is_empty(text: str, longest: int) -> None:
    """Letters come out in their order; pieces are as short as is asked, and each says something."""
    pieces = chunks_of(text, longest)

    assert "".join(text.split()) == "".join("".join(pieces).split())
    assert all(0 < len(piece) <= longest for piece in pieces)
