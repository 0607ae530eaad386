"""A worker dies after a provider that is paid for each call has answered: the call is made twice, its effect once."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from bellwork.db.content.queries import Generation, read_interest, read_topic
from bellwork.db.engine import transaction
from bellwork.tasks.content.catalogue import as_interest, as_topic
from bellwork.tasks.providers import Brief
from bellwork.tasks.providers.llm import EmbeddedModel
from tests.faults import failpoints, invariants, lessons
from tests.faults.ground import PATIENCE, rows
from tests.faults.processes import Cluster
from tests.helpers import eventually
from tests.tasks.providers.openai_server import OpenAIServer, answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import Any

WANTED = Generation("topic_phys_newton_3", "int_basketball")
_WRITTEN = "SELECT attempt, errors FROM bellwork.finished_jobs WHERE actor = 'content.write_script'"


@pytest.fixture
def model() -> Iterator[OpenAIServer]:
    """A language model that writes the lesson that is wanted."""
    server = OpenAIServer()
    yield server
    server.close()


def test_w4_a_call_whose_worker_died_is_made_again_and_counts_once(ground: Path, model: OpenAIServer) -> None:
    """The provider sees the same request twice and no more; one script is kept, and the lost attempt is on record."""
    lessons.load()
    model.behave(answer(_lesson()))
    places = {"STORAGE_URL": f"file://{ground}/storage", "LLM_BASE_URL": model.base_url}
    settings = {**places, "LEASE": "2", "BEAT": "0.5"}
    failpoints.order(ground, "after_call", "kill9")
    with Cluster(
        ground, systems="content", modules="tests.faults.studio", processes=1, scheduler=True, settings=settings
    ):
        lessons.ask("paid", "Explain Newton's third law", wanted=WANTED)
        eventually(lambda: lessons.are_completed("paid"), PATIENCE)
        invariants.check()

    first, second = model.requests
    [written] = rows(_WRITTEN)
    assert first.body == second.body
    assert (2, [1]) == (written.attempt, [error["attempt"] for error in written.errors])
    assert [dict.fromkeys(lessons.COLD, 1)] == lessons.passed("paid")
    assert [f"scripts/{WANTED.cache_key}.json"] == lessons.stored(ground / "storage")[2:3]


def _lesson() -> dict[str, Any]:
    """Return the lesson as a model would write it, made by the embedded author."""
    with transaction() as conn:
        topic, interest = read_topic(conn, WANTED.topic_id), read_interest(conn, WANTED.interest_id)
    assert topic
    assert interest
    script = EmbeddedModel().write_script(Brief(topic=as_topic(topic), interest=as_interest(interest)))
    return {"title": script.title, "scenes": [scene.model_dump(mode="json") for scene in script.scenes]}
