"""A demo's page as a browser reads it: its films, its signs, and whether it asks for anything from elsewhere."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

_ASKS = {"src", "href", "poster"}
#: Elements that have no end of their own.
_ALONE = {"meta", "link", "source", "track", "br", "img", "input"}


@dataclass
class Page(HTMLParser):
    """A page that was read; raises AssertionError for one whose elements do not fit into each other."""

    text: str
    folder: Path
    films: list[Path] = field(default_factory=list)
    signs: Counter[str] = field(default_factory=Counter)
    elements: set[str] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    frames: list[dict[str, str]] = field(default_factory=list)
    _open: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    @classmethod
    def read(cls, place: Path | str) -> Page:
        """Read the page at a place."""
        return cls.of(Path(place).read_text(encoding="utf-8"), Path(place).parent)

    @classmethod
    def of(cls, text: str, folder: Path) -> Page:
        """Read a page that is, or would be, in a folder."""
        page = cls(text, folder)
        page.feed(text)
        page.close()
        assert [] == page._open
        return page

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what an element asks for, and what it is."""
        given = {name: value or "" for name, value in attrs}
        self.elements.add(tag)
        self.asked += [value for name, value in given.items() if name in _ASKS]
        if tag == "iframe":
            self.frames.append(given)
        if tag == "source":
            self.films.append(self.folder / given["src"])
        if tag == "li" and given.get("class") in {"holds", "fails"}:
            self.signs[given["class"]] += 1
        if tag not in _ALONE:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element."""
        assert tag == self._open.pop(), f"</{tag}> at {self.getpos()}"
