"""Puts the finished films where the user finds them: ./films, under names that say what they are about."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from bellwork.ops.demo.cases import CASES
from bellwork.ops.demo.checks import film_of

if TYPE_CHECKING:
    from bellwork.ops.demo.play import Play

FOLDER = Path("films")


def save_films(game: Play) -> dict[str, Path]:
    """Write each film once; returns the absolute path for every case that has one, twins sharing theirs.

    Where the current directory cannot be written to, the films go to a new temporary directory.
    """
    folder, places, saved = _folder(), {}, {}
    for case in CASES:
        seen = game.seen.get(case.key)
        film = film_of(seen) if seen else None
        if seen is None or film is None:
            continue
        content = seen.row["content_id"]
        if content not in places:
            places[content] = folder / f"{_name(seen.row['topic_id'])}-{_name(seen.row['interest_id'])}.mp4"
            places[content].write_bytes(film)
        saved[case.key] = places[content]
    return saved


def _folder() -> Path:
    folder = FOLDER.resolve()
    try:
        folder.mkdir(exist_ok=True)
        probe = folder / ".probe"
        probe.touch()
        probe.unlink()
    except OSError:
        return Path(tempfile.mkdtemp(prefix="bellwork-films-"))
    return folder


def _name(identifier: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", identifier.lower().partition("_")[2])
