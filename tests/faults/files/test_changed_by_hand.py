"""Somebody deletes or changes an artefact while its lesson is being made: the next stage notices, and makes it anew.

What is published is not looked at again: a film that is deleted or changed later stays so.
"""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING

import pytest

from bellwork.workers.testing import drain, enqueued, run_due
from tests.tasks.content.conftest import school, studio
from tests.tasks.content.lesson import ask, contents, read

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["school", "studio"]


def _flip(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    whole[len(whole) // 2] ^= 0xFF
    path.write_bytes(whole)


def _truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:1000])


#: Before which stage, which kind of artefact, and what is done to it.
CHANGES: dict[str, tuple[str, str, Callable[[Path], object]]] = {
    "the script is deleted": ("content.narrate", "scripts/*.json", lambda path: path.unlink()),
    "the script is cut off": ("content.narrate", "scripts/*.json", _truncate),
    "the script is gone for the film": ("content.render", "scripts/*.json", lambda path: path.unlink()),
    "the audio is deleted": ("content.render", "audio/*.wav", lambda path: path.unlink()),
    "a bit of the audio is flipped": ("content.render", "audio/*.wav", _flip),
    "the audio is cut off": ("content.render", "audio/*.wav", _truncate),
    "the timings are deleted": ("content.render", "audio/*.json", lambda path: path.unlink()),
    "the timings are cut off": ("content.render", "audio/*.json", lambda path: path.write_bytes(b"{")),
}


@pytest.mark.usefixtures("studio")
@pytest.mark.parametrize("what", CHANGES)
def test_f4_an_artefact_changed_between_two_stages_is_made_again(what: str, school: Path) -> None:
    """The lesson is completed without a failure, with a script, an audio that fits its timings, and a film."""
    before, pattern, change = CHANGES[what]
    request_id = ask()
    _run_until(before)
    [path] = (school / "storage").glob(pattern)
    change(path)
    drain()

    [content] = contents()
    files = {kind: school / "storage" / f"{kind.format(content['cache_key'])}" for kind in FILES}
    timings = json.loads(files["audio/{}.json"].read_text())
    assert "completed" == read(request_id)["status"]
    assert all(file.stat().st_size for file in files.values())
    assert timings["sha256"] == hashlib.sha256(files["audio/{}.wav"].read_bytes()).hexdigest()
    assert json.loads(files["scripts/{}.json"].read_text())["scenes"]


FILES = ("scripts/{}.json", "audio/{}.wav", "audio/{}.json", "videos/{}.mp4")


def _run_until(actor: str) -> None:
    while not enqueued(actor):
        run_due([job["id"] for job in enqueued()])
