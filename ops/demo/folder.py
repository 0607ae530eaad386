"""Where the demo leaves what it made: ./bellwork-demo, or a temporary folder where that cannot be written."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bellwork.db.vocabulary.exhibit import Film

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bellwork.ops.demo.report import Shown

FOLDER, FILMS, PAGE, LOG = Path("bellwork-demo"), "films", "index.html", "processes.log"


def make_folder() -> Path:
    """Return the folder, made and tried, as an absolute path; the films and the page of a demo before are removed."""
    folder = FOLDER.resolve()
    try:
        (folder / FILMS).mkdir(parents=True, exist_ok=True)
        for old in (folder / PAGE, folder / LOG, *(folder / FILMS).glob("*.mp4")):
            old.unlink(missing_ok=True)
        probe = folder / FILMS / ".probe"
        probe.touch()
        probe.unlink()
    except OSError:
        folder = Path(tempfile.mkdtemp(prefix="bellwork-demo-"))
        (folder / FILMS).mkdir()
    return folder


def save_films(folder: Path, parts: Iterable[Shown]) -> dict[int, str]:
    """Write every film under a name that says what it is about; returns the path below `folder` by the film's id()."""
    places: dict[int, str] = {}
    for part in parts:
        for film in part.exhibits:
            if isinstance(film, Film):
                places[id(film)] = _place(part.system, film, set(places.values()))
                (folder / places[id(film)]).write_bytes(film.mp4)
    return places


def _place(system: str, film: Film, taken: set[str]) -> str:
    name = f"{FILMS}/{system}-{re.sub(r'[^a-z0-9]+', '-', film.name.lower()).strip('-') or 'film'}"
    number = 1
    while (place := f"{name}{'' if number == 1 else f'-{number}'}.mp4") in taken:
        number += 1
    return place
