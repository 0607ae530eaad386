"""A header is found by its columns' names, whatever their order, delimiter, case and company."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwork.tasks.content.lists.fault import FileRefused
from bellwork.tasks.content.lists.names import DELIMITERS, FIELDS, choose_delimiter, plain_name, read_header
from tests.tasks.content.lists.dialects import table

_OTHERS = st.text(st.characters(categories=["L", "N"], include_characters=[*DELIMITERS, " ", '"']), max_size=12)
_SPELLINGS = st.sampled_from([str.upper, str.title, str.lower, lambda name: f" {name[:2]}_{name[2:]} "])


@st.composite
def headers(draw: st.DrawFn) -> tuple[list[str], str, set[str]]:
    """Draw cells of a header with email and names among them, its delimiter, and its fields."""
    fields = {"email", "first", "last"} | draw(st.sets(st.sampled_from(sorted({*FIELDS} - {"number", "source"}))))
    known = [draw(_SPELLINGS)(draw(st.sampled_from(FIELDS[field]))) for field in sorted(fields)]
    named = {name for names in FIELDS.values() for name in names}
    others = draw(st.lists(_OTHERS.filter(lambda name: plain_name(name) not in named), max_size=5))
    return draw(st.permutations([*known, *others])), draw(st.sampled_from(DELIMITERS)), fields


@given(headers())
def test_the_delimiter_is_the_one_that_makes_most_known_names(drawn: tuple[list[str], str, set[str]]) -> None:
    """And each field is found where it stands, in any order, among columns that nobody knows."""
    cells, delimiter, fields = drawn
    line = table(cells, [], delimiter)

    assert delimiter == choose_delimiter(line)
    header = read_header(cells)
    assert fields <= header.places.keys()
    assert all(plain_name(cells[header.places[field]]) in FIELDS[field] for field in fields)


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (["Ada", "Lovelace", "ada@example.org"], "the first row names no column that is known"),
        (["email", "first", "e_mail", "Email", "last"], "the columns 1 and 3 and 4 have one name, 'email'"),
        (["first", "last", "grade"], "no column 'email'; known in it are first, last, grade"),
        (["email", "first"], "no column 'last'"),
        (["email"], "no column 'first' and no 'last'"),
    ],
)
def test_a_header_that_cannot_be_read_is_refused_with_what_it_lacks(cells: list[str], said: str) -> None:
    """A file without a header, with two columns of one name, or without what every user has."""
    with pytest.raises(FileRefused, match=said):
        read_header(cells)


@pytest.mark.parametrize(
    ("cells", "place"),
    [(["username", "idnumber"], 1), (["user_id", "login_id"], 0), (["sourcedId", "identifier"], 1), (["login_id"], 0)],
)
def test_the_student_number_is_the_best_that_a_system_has(cells: list[str], place: int) -> None:
    """A number that a school gave before one that a program made."""
    assert 3 + place == read_header(["email", "first", "last", *cells]).places["number"]
