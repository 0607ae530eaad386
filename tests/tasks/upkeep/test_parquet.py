"""Rows go into a file and come back as PostgreSQL wrote them; whatever is wrong with a file is noticed."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bellwork.tasks.upkeep.archive import rows
from bellwork.tasks.upkeep.archive.errors import ArchiveError
from bellwork.tasks.upkeep.archive.parquet import columns_of, read_back, rows_in, same_rows, sha256_of, write_parquet

if TYPE_CHECKING:
    from collections.abc import Iterator

TYPES = {"id": "bigint", "at": "timestamp with time zone", "flag": "boolean", "note": "text"}
_TEXT = st.text(st.characters(blacklist_categories=["Cs"], blacklist_characters="\0"), max_size=20)
_ROW = st.tuples(
    st.integers(-(2**63), 2**63 - 1),
    st.none() | st.datetimes().map(lambda at: f"{at:%Y-%m-%d %H:%M:%S}.{at.microsecond:06}+00".zfill(29)),
    st.none() | st.sampled_from(["t", "f"]),
    st.none() | _TEXT,
)
Row = tuple[int, str | None, str | None, str | None]


def as_copied(found: list[Row]) -> Iterator[bytes]:
    """Write rows as COPY … (FORMAT csv, HEADER) does."""
    yield b"id,at,flag,note\n"
    for row in found:
        cells = ["" if cell is None else '"{}"'.format(str(cell).replace('"', '""')) for cell in row]
        yield (",".join(cells) + "\n").encode()


@given(st.lists(_ROW, max_size=30), st.integers(1, 400))
@settings(max_examples=60, deadline=None)
def test_what_is_written_is_read_back(found: list[Row], portion: int) -> None:
    """Any rows in row groups of any size: the same number, the same digest, the same range of ids."""
    with TemporaryDirectory() as folder, pytest.MonkeyPatch.context() as patch:
        patch.setattr(rows, "PORTION", portion)
        path = Path(folder) / "rows.parquet"
        written, again = write_parquet(as_copied(found), path, TYPES), read_back(path)

    ids = [row[0] for row in found]
    assert (len(found), len(found)) == (written.rows, again.rows)
    assert written.digest == again.digest == same_rows(as_copied(found), TYPES).digest
    assert (min(ids, default=None), max(ids, default=None)) == (again.min_id, again.max_id)


@given(st.lists(_ROW, min_size=1, max_size=10), st.data())
@settings(max_examples=60, deadline=None)
def test_no_two_different_tables_have_one_digest(found: list[Row], data: st.DataObject) -> None:
    """A cell that is changed, a row that is moved: the digest is another one."""
    place = data.draw(st.integers(0, len(found) - 1))
    other = [*found[:place], data.draw(_ROW), *found[place + 1 :]]
    first, second = (same_rows(as_copied(each), TYPES).digest for each in (found, other))

    assert (found == other) == (first == second)


@given(st.lists(st.tuples(st.none() | _TEXT, st.none() | _TEXT), max_size=10))
@settings(max_examples=40, deadline=None)
def test_texts_come_out_as_they_went_in(found: list[tuple[str | None, str | None]]) -> None:
    """NULL stays NULL and an empty text stays one, whatever signs stand in the others."""
    chunks = [b"a,b\n"] + [
        (",".join("" if cell is None else '"{}"'.format(cell.replace('"', '""')) for cell in row) + "\n").encode()
        for row in found
    ]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "rows.parquet"
        write_parquet(iter(chunks), path)
        came = b"".join(rows_in(path))

    assert b"".join(chunks[1:]) == came


def test_a_value_that_is_larger_than_a_portion_is_kept_whole(tmp_path: Path) -> None:
    """Ten megabytes in one cell."""
    path = tmp_path / "rows.parquet"
    large = b"x" * (10 << 20)
    written = write_parquet(iter([b"id,note\n", b'1,"' + large + b'"\n', b"2,\n"]), path)

    assert (2, written.digest) == (read_back(path).rows, read_back(path).digest)
    assert b'"1","' + large + b'"\n"2",\n' == b"".join(rows_in(path))


def test_a_file_says_what_is_in_it(tmp_path: Path) -> None:
    """Its size, its hash, its columns and their types."""
    path = tmp_path / "rows.parquet"
    written = write_parquet(as_copied([(1, None, "t", "")]), path, TYPES)

    assert (path.stat().st_size, sha256_of(path)) == (written.bytes, written.sha256)
    assert ["id", "at", "flag", "note"] == columns_of(path) == list(written.schema)
    assert {"id": "int64", "at": "timestamp[us, tz=UTC]", "flag": "bool", "note": "string"} == written.schema


@pytest.mark.parametrize("harm", ["cut off", "empty", "flipped", "gone", "text"])
def test_a_damaged_file_is_an_error_that_names_it(harm: str, tmp_path: Path) -> None:
    """One line, whatever Arrow makes of it."""
    path = tmp_path / "rows.parquet"
    write_parquet(as_copied([(n, None, None, "x" * n) for n in range(200)]), path, TYPES)
    whole = path.read_bytes()
    harmed = {
        "cut off": whole[:-20],
        "empty": b"",
        "flipped": whole[:-12] + b"\xff" * 4 + whole[-8:],
        "text": b"<html>",
    }
    path.write_bytes(harmed.get(harm, b""))
    if harm == "gone":
        path.unlink()
    with pytest.raises(ArchiveError, match=r"the archive 'rows.parquet' could not be read back: [^\n]+$"):
        read_back(path)


@pytest.mark.parametrize(
    "chunks",
    [[], [b"id,note\n", b"one,x\n"], [b"id,note\n", b"1\n"], [b"id,note\n", b"1,\xff\xfe\n"]],
    ids=["nothing", "no number", "a cell too few", "no UTF-8"],
)
def test_rows_that_cannot_be_written_leave_no_file(chunks: list[bytes], tmp_path: Path) -> None:
    """Neither a part nor an empty file stands under the name."""
    with pytest.raises(ArchiveError, match="could not be written"):
        write_parquet(iter(chunks), tmp_path / "rows.parquet", {"id": "bigint"})

    assert [] == list(tmp_path.iterdir())
