"""The page of a demo: whole for every kind of exhibit, free of scripts and of other people's servers, and all text."""

from __future__ import annotations

from base64 import b64decode
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from hypothesis import given, settings
from hypothesis import strategies as st

from bellwork.db.vocabulary.exhibit import Caption, Course, Figures, Film, Letter, Span, Text
from bellwork.db.vocabulary.scene import Check
from bellwork.ops.demo.folder import save_files
from bellwork.ops.demo.page import page
from bellwork.ops.demo.report import Report, Shown
from tests.ops.demo_pages import Page

if TYPE_CHECKING:
    from bellwork.db.vocabulary.exhibit import Exhibit

EVIL = "</pre></style><script>alert(1)</script> {{ 7 * 7 }} \"' onload=x"
NOW, NOWHERE = datetime(2026, 11, 29, tzinfo=UTC), Path("/nowhere")


@settings(deadline=None)
@given(st.text())
def test_whatever_stands_in_it_is_text(words: str) -> None:
    """The elements fit into each other, none is a script, and nothing is asked for but what the page brings along."""
    for said in (EVIL, words):
        read = Page.of(_page(said, *_exhibits(said)), NOWHERE)

        assert not {"script", "object", "img", "b", "i"} & read.elements
        assert all(asked.startswith(("data:", "films/", "letters/", "#")) for asked in read.asked), read.asked
        assert [{"sandbox": "", "srcdoc": said, "title": said, "loading": "lazy"}] == read.frames
        assert {"h1", "h2", "h3", "video", "track", "table", "figcaption", "details"} <= read.elements


def test_captions_come_with_the_page() -> None:
    """As WebVTT, with what would mean something there escaped: a browser loads no such file from a disk."""
    said = "if a --> b & c <i>\n\nthen d"
    film = Film("n", "t", "a", b"", None, (Caption(1.5, 3661.25, said),))
    track = next(asked for asked in Page.of(_page("x", film), NOWHERE).asked if asked.startswith("data:text/vtt"))

    assert (
        "WEBVTT\n\n00:00:01.500 --> 01:01:01.250\nif a --&gt; b &amp; c &lt;i&gt;\nthen d\n"
        == b64decode(track.partition(",")[2]).decode()
    )


def test_files_of_one_name_lie_beside_each_other(tmp_path: Path) -> None:
    """Each under its system's word; a name leads nowhere else."""
    for folder in ("films", "letters"):
        (tmp_path / folder).mkdir()
    shown: list[Exhibit] = [Film("../../a b", "t", "", content) for content in (b"1", b"2")]
    shown += [Letter("../a@x.example", "s", "t", NOW, message=content) for content in (b"3", b"4")]
    places = save_files(tmp_path, [_shown("x", *shown)])
    films, letters = ("films/content-a-b", ".mp4"), ("letters/content-a-x-example", ".eml")

    assert [middle.join(name) for name in (films, letters) for middle in ("", "-2")] == [places[id(it)] for it in shown]
    assert [b"1", b"2", b"3", b"4"] == [(tmp_path / places[id(it)]).read_bytes() for it in shown]


def _exhibits(said: str) -> list[Exhibit]:
    return [
        Film(said, said, said, b"mp4", b"jpeg", (Caption(0, 1, said),)),
        Letter(said, said, said, NOW),
        Letter(said, said, said, NOW, html=said),
        Figures(said, (said, "n"), ((said, "1"),), said, ("n",)),
        Text(said, said, said),
        Course(said, ((said, (Span(said, 0, 1), Span("b", 1, 1))),), said),
    ]


def _page(said: str, *exhibits: Exhibit) -> str:
    places: dict[type[Exhibit], str] = {Film: "films/a.mp4", Letter: "letters/a.eml"}
    files = {id(shown): places[type(shown)] for shown in exhibits if type(shown) in places}
    return page(Report((_shown(said, *exhibits),), 12.3, NOW), files)


def _shown(said: str, *exhibits: Exhibit) -> Shown:
    checks = (Check(said, ok=True, found=said), Check(said, ok=False, found=said))
    return Shown("content", "scene-1", said, 3.2, checks, exhibits)
