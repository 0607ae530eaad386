"""Where the demo leaves what it made: ./bellwork-demo, or a temporary folder where that cannot be written."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bellwork.db.vocabulary.exhibit import Film, Letter

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bellwork.ops.demo.report import Shown

FOLDER, FILMS, LETTERS = Path("bellwork-demo"), "films", "letters"
PAGE, LOG = "index.html", "processes.log"


def make_folder() -> Path:
    """Return the folder, made and tried, as an absolute path; what a demo before has left is removed."""
    folder = FOLDER.resolve()
    try:
        for name in (FILMS, LETTERS):
            (folder / name).mkdir(parents=True, exist_ok=True)
        left = (*(folder / FILMS).glob("*.mp4"), *(folder / LETTERS).glob("*.eml"))
        for old in (folder / PAGE, folder / LOG, *left):
            old.unlink(missing_ok=True)
        probe = folder / FILMS / ".probe"
        probe.touch()
        probe.unlink()
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="bellwork-demo-"))
        for name in (FILMS, LETTERS):
            (folder / name).mkdir()
    return folder


def save_files(folder: Path, parts: Iterable[Shown]) -> dict[int, str]:
    """Write every film and letter, named for what it is about; returns their paths below `folder` by id()."""
    places: dict[int, str] = {}
    for part in parts:
        for shown in part.exhibits:
            if isinstance(shown, Film):
                places[id(shown)] = _place(FILMS, part.system, shown.name, "mp4", set(places.values()))
                (folder / places[id(shown)]).write_bytes(shown.mp4)
            elif isinstance(shown, Letter):
                places[id(shown)] = _place(LETTERS, part.system, shown.to, "eml", set(places.values()))
                (folder / places[id(shown)]).write_bytes(shown.message)
    return places


def _place(below: str, system: str, about: str, ending: str, taken: set[str]) -> str:
    name = f"{below}/{system}-{re.sub(r'[^a-z0-9]+', '-', about.lower()).strip('-')[:60] or 'nameless'}"
    number = 1
    while (place := f"{name}{'' if number == 1 else f'-{number}'}.{ending}") in taken:
        number += 1
    return place
