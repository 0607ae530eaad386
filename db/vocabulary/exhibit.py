"""What a scene of the demo has to show, as plain values: films, letters, figures, texts, pictures, courses of time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


@dataclass(frozen=True)
class Caption:
    """Words that are spoken, and from when to when, in seconds."""

    start: float
    end: float
    text: str


@dataclass(frozen=True)
class Film:
    """An MP4 as bytes. `name` is a file's, without its ending; `poster` is a JPEG; `captions` say what is spoken."""

    name: str
    title: str
    about: str
    mp4: bytes
    poster: bytes | None = None
    captions: tuple[Caption, ...] = ()


@dataclass(frozen=True)
class Letter:
    """A letter as the mail server was given it: its texts for both kinds of readers, and the whole message."""

    to: str
    subject: str
    text: str
    at: datetime
    message_id: str = ""
    html: str | None = None
    message: bytes = b""


@dataclass(frozen=True)
class Figures:
    """A table; columns that are named in `right` hold numbers."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    about: str = ""
    right: tuple[str, ...] = ()


@dataclass(frozen=True)
class Text:
    """A text that is shown as it stands, like a file's content."""

    title: str
    text: str
    about: str = ""


@dataclass(frozen=True)
class Span:
    """A stretch of time with a word for what happened, in seconds since the scene began."""

    word: str
    start: float
    end: float


@dataclass(frozen=True)
class Course:
    """What happened when, side by side: a name, and its stretches of time in order."""

    title: str
    rows: tuple[tuple[str, tuple[Span, ...]], ...]
    about: str = ""


@dataclass(frozen=True)
class Picture:
    """A picture as an SVG document that needs nothing beside it."""

    title: str
    svg: str
    about: str = ""


Exhibit = Film | Letter | Figures | Text | Course | Picture
