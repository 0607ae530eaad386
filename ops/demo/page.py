"""The page that a demo ends with: one file that needs no other but its films, and takes nothing from anywhere else.

Every value is text, whatever stands in it; there is no script, and the browser is told to run none. The HTML of a
letter is shown as a mail program shows it, in a frame that may do nothing at all.
"""

from __future__ import annotations

from base64 import b64encode
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bellwork.ops import words

if TYPE_CHECKING:
    from collections.abc import Mapping

    from bellwork.db.vocabulary.exhibit import Caption, Course, Film
    from bellwork.ops.demo.report import Report

_TEMPLATES = Environment(
    loader=FileSystemLoader(Path(__file__).parent / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
#: Of page.css.
_COLOURS = 8


def page(report: Report, files: Mapping[int, str]) -> str:
    """Return the page as HTML; `files` says where each film and letter lies, relative to it, by its id()."""
    template = _TEMPLATES.get_template("page.html")
    return template.render(
        report=report,
        kind=lambda exhibit: type(exhibit).__name__,
        place_of=lambda shown: files[id(shown)],
        length=_length,
        picture=lambda jpeg: f"data:image/jpeg;base64,{b64encode(jpeg).decode()}",
        drawing=lambda svg: f"data:image/svg+xml;base64,{b64encode(svg.encode()).decode()}",
        subtitles=_subtitles,
        scale=_scale,
        hues=_hues,
        moment=words.moment,
        plural=words.plural,
    )


def _length(film: Film) -> str:
    seconds = round(film.captions[-1].end) if film.captions else 0
    size = f"{len(film.mp4) / 1e6:.1f} MB"
    return f"{seconds // 60}:{seconds % 60:02} min, {size}" if seconds else size


def _subtitles(captions: tuple[Caption, ...]) -> str:
    """Return captions as a WebVTT file inside of a URL: a page on a disk may load no such file from beside it."""
    cues = (f"{_time(each.start)} --> {_time(each.end)}\n{_cue(each.text)}\n" for each in captions)
    file = "\n".join(("WEBVTT\n", *cues))
    return f"data:text/vtt;base64,{b64encode(file.encode()).decode()}"


def _time(seconds: float) -> str:
    minutes, rest = divmod(max(seconds, 0.0), 60)
    return f"{int(minutes) // 60:02}:{int(minutes) % 60:02}:{rest:06.3f}"


def _cue(text: str) -> str:
    """Escape what means something in a cue; an empty line would end it."""
    lines = (line for line in text.splitlines() if line.strip())
    return "\n".join(lines).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _scale(course: Course) -> float:
    """Return how many seconds the whole width stands for: room is left for the last words of a row."""
    return 1.12 * max((span.end for _, spans in course.rows for span in spans), default=1.0) or 1.0


def _hues(course: Course) -> dict[str, int]:
    """Give each word a number, by the order in which they come: the same word has the same colour in every row."""
    found = dict.fromkeys(span.word for _, spans in course.rows for span in spans)
    return {word: number % _COLOURS for number, word in enumerate(found)}
