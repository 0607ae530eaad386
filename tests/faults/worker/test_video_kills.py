"""kill -9 of workers that make a ladder: each death costs one part, and the ladder is that of an undisturbed run."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from bellwork.tasks.courses.videos.process import process_video
from tests.faults import failpoints, invariants
from tests.faults.ground import PATIENCE, rows
from tests.faults.processes import Cluster
from tests.helpers import eventually
from tests.tasks.courses.videos import rows as kept
from tests.tasks.courses.videos.films import Order, make, play, steady_times, times_of
from tests.tasks.courses.videos.uploads import upload_film

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PARTS = 8
#: Where a worker dies: with a part that is stored and not yet noted, and with one whose end is on the disk already.
KILLS = (
    ("before_commit", "courses.process_video"),
    ("before_commit", "courses.encode_part"),
    ("after_commit", "courses.encode_part"),
    ("before_commit", "courses.join_video"),
)
_ATTEMPTS = """
SELECT actor, count(*) AS jobs, sum(attempt) AS attempts FROM bellwork.finished_jobs
WHERE actor LIKE 'courses.%' GROUP BY actor
"""


@pytest.fixture(scope="module")
def cluster(ground: Path) -> Iterator[Cluster]:
    """Two masters of one thread each."""
    settings = {"SMTP_URL": f"file://{ground}/mail", "LEASE": "2", "BEAT": "0.5"}
    systems = "courses=bellwork.db.courses.system"
    with Cluster(ground, systems=systems, modules="", processes=1, threads=1, settings=settings) as cluster:
        yield cluster


def test_a_death_costs_one_part(cluster: Cluster, ground: Path) -> None:
    """Of a film of 28 s four workers die: its parts are made once more where that was lost, and no others."""
    film = make(ground / "film.mp4", Order(steady_times(28, 10), tone=(0, 28)))
    uploaded = upload_film(film)
    eventually(cluster.is_up, PATIENCE)
    for point, subject in KILLS:
        failpoints.order(ground, point, "kill9", subject)
    process_video.send(video_id=uploaded.video, part_seconds=4)
    eventually(lambda: kept.video(uploaded.video)["status"] == "ready", 3 * PATIENCE)
    eventually(lambda: all(failpoints.taken(ground, point) for point, _ in KILLS), PATIENCE)
    eventually(lambda: not rows("SELECT FROM bellwork.jobs WHERE actor LIKE 'courses.%'"), PATIENCE)

    made = {row.actor: (row.jobs, row.attempts) for row in rows(_ATTEMPTS)}
    assert made["courses.encode_part"] == (PARTS, PARTS + 1)
    assert made["courses.process_video"] == (1, 2)
    assert made["courses.join_video"] == (1, 2)
    times = times_of(play(kept.path_of(kept.video(uploaded.video)["hls_url"])))
    assert len(times) == 280
    assert all(before < after for before, after in pairwise(times))
    assert [row["kind"] for row in kept.notices()] == ["courses.video_ready"]
    parts = [row["key"] for row in kept.parts(uploaded.video) if row["key"]]
    stored = [key for key in kept.objects() if key.endswith(".mp4") and key.startswith("courses/")]
    assert sorted(parts) == sorted(stored)
    invariants.check()
