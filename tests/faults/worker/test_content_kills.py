"""kill -9 of a worker inside the content pipeline: each status is passed once, each artefact and row is made once."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest

from bellwork.db.content.queries import Generation
from tests.faults import failpoints, invariants, lessons
from tests.faults.ground import PATIENCE, RECOVERY, rows
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

NEWTON = "topic_phys_newton_3"
#: Where the process dies, in which stage, and a question of its own for each.
KILLS = {
    "after_claim": ("content.write_script", "Explain Newton's third law"),
    "in_provider": ("content.narrate", "What is photosynthesis?"),
    "before_commit": ("content.narrate", "How does natural selection work?"),
    "after_commit": ("content.render", "How do I balance a chemical equation?"),
}
_CONTENT = """
SELECT c.cache_key, c.content_type::text FROM content.generated_content c
JOIN content.content_requests r ON r.topic_id = c.topic_id AND r.interest_id = c.interest_id WHERE r.id = :id
"""


@pytest.fixture(scope="module")
def cluster(ground: Path) -> Iterator[Cluster]:
    """Two masters and a scheduler, with storage and mail in the folder."""
    lessons.load()
    places = {"STORAGE_URL": f"file://{ground}/storage", "SMTP_URL": f"file://{ground}/mail"}
    settings = {**places, "LEASE": "2", "BEAT": "0.5"}
    with Cluster(
        ground, systems="content", modules="tests.faults.studio", processes=1, scheduler=True, settings=settings
    ) as cluster:
        yield cluster


@pytest.mark.parametrize("point", KILLS)
def test_w2_to_w7_a_lesson_survives_the_death_of_its_worker(point: str, cluster: Cluster, ground: Path) -> None:
    """The request is completed with one content row and four files, passed each status once; it cost 5 s at most."""
    eventually(cluster.is_up, PATIENCE)
    actor, query = KILLS[point]
    failpoints.order(ground, point, "kill9", actor)
    lessons.ask(point, query)
    eventually(lambda: lessons.are_completed(point), PATIENCE)
    # The commit that completes it comes a moment before the last of these points.
    eventually(lambda: failpoints.taken(ground, point), PATIENCE)
    recovery = time.time() - (failpoints.taken(ground, point) or 0)
    sys.stdout.write(f"killed {point} of {actor}: completed after {recovery:.2f} s\n")

    _assert_made_once(point, ground)
    assert recovery < RECOVERY


def test_w5_a_lesson_survives_a_death_at_every_step_of_storing_a_file(cluster: Cluster, ground: Path) -> None:
    """Before and after the part, before and after the name, one death each: every file is whole, and made once."""
    wanted = Generation(NEWTON, "int_soccer")
    key = wanted.cache_key
    deaths = {
        "before_part": f"scripts/{key}.json",
        "after_part": f"audio/{key}.wav",
        "before_name": f"audio/{key}.json",
        "after_name": f"videos/{key}.mp4",
    }
    eventually(cluster.is_up, PATIENCE)
    for point, file in deaths.items():
        failpoints.order(ground, point, "kill9", file)
    lessons.ask("stored", "Explain Newton's third law", wanted=wanted)
    eventually(lambda: lessons.are_completed("stored"), 2 * PATIENCE)

    _assert_made_once("stored", ground)
    assert all(failpoints.taken(ground, point) for point in deaths)
    assert b"film" == (ground / "storage" / deaths["after_name"]).read_bytes()
    # The dead leave their unnamed parts: beside, and never in place of a file.
    assert 3 == len(list((ground / "storage").rglob(f"{key}*.part")))


def _assert_made_once(request_id: str, ground: Path) -> None:
    [content] = rows(_CONTENT, id=request_id)
    key = content.cache_key
    files = [file for file in lessons.stored(ground / "storage") if key in file and not file.endswith(".part")]
    assert [f"audio/{key}.json", f"audio/{key}.wav", f"scripts/{key}.json", f"videos/{key}.mp4"] == files
    assert [dict.fromkeys(lessons.COLD, 1)] == lessons.passed(request_id)
    assert "vivid_learning" == content.content_type
    invariants.check()
