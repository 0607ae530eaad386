"""kill -9 of a worker inside the content pipeline: each status is passed once, each artefact and row is made once."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING

import pytest

from tests.faults import lessons
from tests.faults.ground import PATIENCE, RECOVERY, rows
from tests.faults.orders import killed_at, order_kill
from tests.faults.processes import Cluster
from tests.helpers import eventually

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

#: Where the process dies, in which stage, and a question of its own for each.
KILLS = {
    "after_claim": ("content.write_script", "Explain Newton's third law"),
    "in_provider": ("content.narrate", "What is photosynthesis?"),
    "before_commit": ("content.narrate", "How does natural selection work?"),
    "after_commit": ("content.render", "How do I balance a chemical equation?"),
}
_CONTENT = """
SELECT c.cache_key, c.content_type::text FROM content.generated_content c
JOIN content.content_requests r ON r.topic_id = c.topic_id WHERE r.id = :id
"""


@pytest.fixture(scope="module")
def cluster(ground: Path) -> Iterator[Cluster]:
    """Two masters and a scheduler, with storage and mail in the folder."""
    lessons.load()
    settings = {"STORAGE_URL": f"file://{ground}/storage", "SMTP_URL": f"file://{ground}/mail"}
    with Cluster(ground, modules="tests.faults.studio", scheduler=True, settings=settings) as cluster:
        yield cluster


@pytest.mark.parametrize("point", KILLS)
def test_a_lesson_survives_the_death_of_its_worker(point: str, cluster: Cluster, ground: Path) -> None:
    """The request is completed with one content row and four files, and passed each status once."""
    eventually(cluster.is_up, PATIENCE)
    actor, query = KILLS[point]
    order_kill(ground, point, actor)
    lessons.ask(point, query)
    killed = killed_at(ground)
    eventually(lambda: lessons.are_completed(point), PATIENCE)
    recovery = time.time() - killed
    sys.stdout.write(f"killed {point} of {actor}: completed after {recovery:.2f} s\n")

    [content] = rows(_CONTENT, id=point)
    files = [file for file in lessons.stored(ground / "storage") if content.cache_key in file]
    assert [dict.fromkeys(lessons.COLD, 1)] == lessons.passed(point)
    assert "vivid_learning" == content.content_type
    assert [f"audio/{content.cache_key}.json", f"audio/{content.cache_key}.wav"] == files[:2]
    assert ["scripts", "videos"] == [file.partition("/")[0] for file in files[2:]]
    assert recovery < RECOVERY
