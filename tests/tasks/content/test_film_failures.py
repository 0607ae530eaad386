"""A film that cannot be made takes nothing away from the students who read and listen."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from bellwork.tasks.providers import FigureUnreadable, ProviderError
from bellwork.workers.testing import drain, enqueued
from tests.tasks.content.lesson import DIEGO, ask, change, contents, history, read

if TYPE_CHECKING:
    from pathlib import Path

    from tests.tasks.content.conftest import Studio

PENDULUM = {"topic_id": "topic_phys_pendulum", "interest_id": "int_basketball"}


def test_a_figure_that_is_there_is_shown(studio: Studio, school: Path) -> None:
    """The topic's figure is taken from the storage."""
    figure = school / "storage" / "figures" / "pendulum.png"
    figure.parent.mkdir(parents=True)
    figure.write_bytes(b"a picture")
    request_id = ask(**PENDULUM)
    drain()

    assert [b"a picture"] == studio.figures
    assert "completed" == read(request_id)["status"]


def test_a_missing_figure_degrades_the_request_at_once(studio: Studio) -> None:
    """No film, no retry: the request stays at what it has, with the reason."""
    request_id = ask(**PENDULUM)
    drain(later=True)
    request, (content,) = read(request_id), contents()

    assert ["fast_path_ready", "generating_video", "fast_path_ready"] == history(request_id)[-3:]
    assert "figures/pendulum.png" in request["error_message"]
    assert request["error_message"] == content["generation_metadata"]["video_given_up"]
    assert ("vivid_now", 0) == (content["content_type"], studio.films)


@pytest.mark.parametrize("figure", ["../../etc/passwd", 7, "", ["x"], "a" * 300])
def test_a_figure_that_is_no_key_degrades_the_request(studio: Studio, figure: object) -> None:
    """Whatever the catalogue names, nothing outside of the storage is read."""
    change(
        "UPDATE {content}.topics SET metadata = metadata || jsonb_build_object('figure', CAST(:figure AS jsonb))",
        figure=json.dumps(figure),
    )
    request_id = ask(**PENDULUM)
    drain(later=True)

    assert "fast_path_ready" == read(request_id)["status"]
    assert "no key" in read(request_id)["error_message"]
    assert 0 == studio.films


def test_an_unreadable_figure_is_not_tried_again(studio: Studio) -> None:
    """The file itself has to be replaced."""
    studio.failures = [FigureUnreadable("the figure is no PNG")]
    request_id = ask()
    drain(later=True)

    assert ("fast_path_ready", "the figure is no PNG") == (
        read(request_id)["status"],
        read(request_id)["error_message"],
    )


def test_a_fault_that_passes_is_retried_once(studio: Studio) -> None:
    """One fault delays the film; the request shows generating_video once."""
    studio.failures = [ProviderError("disk full")]
    request_id = ask()
    drain(later=True)

    assert ["generating_video", "completed"] == history(request_id)[-2:]
    assert 1 == history(request_id).count("generating_video")


def test_a_fault_that_stays_gives_the_film_up(studio: Studio) -> None:
    """The second fault is the last; everybody with this key keeps script and audio."""
    studio.failures = [ProviderError("disk full")] * 2
    requests = [ask(interest_id="int_basketball"), ask(student_id=DIEGO, interest_id="int_basketball")]
    drain(later=True)

    assert ["fast_path_ready"] * 2 == [read(request)["status"] for request in requests]
    assert ["ProviderError: disk full"] * 2 == [read(request)["error_message"] for request in requests]


def test_nobody_asks_for_a_film_again_that_was_given_up(studio: Studio) -> None:
    """A later hit is served with script and audio, told why there is no film, and starts nothing."""
    studio.failures = [FigureUnreadable("the figure is no PNG")]
    ask(interest_id="int_basketball")
    drain(later=True)
    later = ask(student_id=DIEGO, interest_id="int_basketball")
    drain("content", "content-fast")

    assert ("fast_path_ready", True) == (read(later)["status"], read(later)["cache_hit"])
    assert "the figure is no PNG" == read(later)["error_message"]
    assert [] == enqueued("content.render")


def test_progress_does_not_fall_when_a_film_is_given_up(studio: Studio) -> None:
    """Once 80 percent were shown, they stay."""
    studio.failures = [FigureUnreadable("the figure is no PNG")]
    request_id = ask()
    drain(later=True)

    assert 80 == read(request_id)["metadata"]["progress"]
