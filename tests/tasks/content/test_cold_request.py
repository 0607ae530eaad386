"""A question that nobody asked before goes all the way, once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bellwork.db.content.effects.functions import FUNCTIONS
from bellwork.db.engine import forget
from bellwork.workers.testing import drain, enqueued
from tests.tasks.content.lesson import ask, change, contents, history, read

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tasks.content.conftest import Studio

COLD = [
    "nlu_processing",
    "cache_check",
    "generating_script",
    "generating_audio",
    "fast_path_ready",
    "generating_video",
    "completed",
]


def test_a_cold_request_is_completed_with_a_film_that_plays(school: Path) -> None:
    """The whole pipeline, with its real embedded providers, ends in a film in the storage."""
    request_id = ask()
    drain()
    request, (content,) = read(request_id), contents()
    film = (school / "storage" / f"videos/{content['cache_key']}.mp4").read_bytes()

    assert "completed" == request["status"]
    assert content["id"] == request["generated_content_id"]
    assert b"ftyp" == film[4:8]
    assert len(film) == content["file_size_bytes"]
    assert 120 <= content["duration_seconds"] <= 300


def test_each_status_is_passed_once(studio: Studio) -> None:
    """The history holds each status of the way exactly once, and the progress ends at 100."""
    request_id = ask()
    drain()

    assert COLD == history(request_id)
    assert 100 == read(request_id)["metadata"]["progress"]
    assert 1 == studio.films


@pytest.mark.usefixtures("studio")
def test_the_content_row_is_upgraded_in_place() -> None:
    """vivid_now appears with script and audio; the film makes the same row vivid_learning."""
    ask()
    drain("content", "content-fast")
    (now,) = contents()
    drain()
    (later,) = contents()

    assert "vivid_now" == now["content_type"]
    assert "vivid_learning" == later["content_type"]
    assert now["id"] == later["id"]
    assert f"content_{now['cache_key'][:16]}" == now["id"]
    assert (None, True) == (now["video_url"], later["video_url"].endswith(f"{now['cache_key']}.mp4"))


def test_every_artefact_is_stored_once(studio: Studio, school: Path) -> None:
    """Script, audio, its timings and the film: four files under the cache key."""
    del studio
    ask()
    drain()
    stored = sorted(path.relative_to(school / "storage").parts[0] for path in (school / "storage").rglob("*.*"))

    assert ["audio", "audio", "scripts", "videos"] == stored
    assert [] == enqueued()


def test_a_mapped_schema_is_all_the_same_to_the_pipeline(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> None:
    """A team that keeps these tables in a schema of another name has its requests completed there."""
    change('ALTER SCHEMA "content" RENAME TO campus')
    monkeypatch.setenv("SCHEMAS", "content=campus")
    forget()
    for function in FUNCTIONS.values():  # their texts name the schema
        change(function)
    request_id = ask()
    drain()

    assert "completed" == read(request_id)["status"]
    assert 1 == studio.films
