"""Fifty students ask for the same lesson at once: it is made once, and everybody gets it."""

from __future__ import annotations

import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import pytest

from tests.faults import invariants, lessons
from tests.faults.ground import rows
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from pathlib import Path

STUDENTS = 50


@pytest.mark.timeout(180)
def test_q4_one_lesson_for_fifty_requests(ground: Path) -> None:
    """One script, one voice, one film in the storage; every request passes each status at most once, to the end."""
    lessons.load()
    settings = {"STORAGE_URL": f"file://{ground}/storage", "SMTP_URL": f"file://{ground}/mail"}
    with (
        Cluster(ground, systems="content", modules="", processes=1, scheduler=True, settings=settings),
        ThreadPoolExecutor(10) as students,
    ):
        began = time.monotonic()
        list(students.map(_ask, range(STUDENTS)))
        eventually(lambda: lessons.are_completed("same-%", STUDENTS), 120)
        sys.stdout.write(f"{STUDENTS} completed after {time.monotonic() - began:.2f} s\n")

    [content] = rows("SELECT cache_key FROM content.generated_content")
    kinds = [file.replace(content.cache_key, "key") for file in lessons.stored(ground / "storage")]
    passed = lessons.passed("same-%")
    assert ["audio/key.json", "audio/key.wav", "scripts/key.json", "videos/key.mp4"] == kinds
    assert {1} == {times for request in passed for times in request.values()}
    assert [True] * STUDENTS == [set(request) <= lessons.COLD for request in passed]
    invariants.check()


def _ask(number: int) -> None:
    lessons.ask(f"same-{number}", "Explain Newton's third law")
