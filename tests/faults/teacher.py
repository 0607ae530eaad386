"""A language model behind HTTP that writes one good lesson for whoever asks, and requests that need it written."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from bellwork.db.content.queries import Generation, read_topic
from bellwork.db.engine import transaction
from bellwork.tasks.content.catalogue import as_topic
from bellwork.tasks.content.understand import understand
from bellwork.tasks.providers import Brief
from bellwork.tasks.providers.llm import EmbeddedModel
from tests.faults import lessons
from tests.faults.ground import rows
from tests.tasks.providers.openai_server import OpenAIServer, answer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.tasks.providers.openai_server import Behaviour, Exchange

TOPIC = "topic_phys_newton_3"
INTERESTS = ("basketball", "music_production", "video_games", "soccer", "cooking", "skateboarding", "photography")
_ASK = """
INSERT INTO content.content_requests (id, student_id, original_query, status, metadata, topic_id, interest_id, style)
VALUES (:id, :student, 'Explain the third law', 'nlu_processing', '{}', :topic_id, :interest_id, :style)
"""
_WRITING = """
SELECT id, state::text AS state, attempt, retries, extract(epoch FROM run_at - now())::float8 AS wait FROM bellwork.jobs
WHERE actor = 'content.write_script' AND args ->> 'style' = :style
"""
_FAILED = "SELECT count(*) FROM content.content_requests WHERE status = 'failed'"


class Teacher(OpenAIServer):
    """An OpenAI-compatible server that also knows how many it served at the same time."""

    def __init__(self) -> None:
        super().__init__()
        self.most = self._inside = 0
        self._counting = threading.Lock()

    def counted(self, behaviour: Behaviour, seconds: float) -> Behaviour:
        """Answer like another behaviour, after so many seconds, and count who waits meanwhile."""

        def behave(exchange: Exchange) -> None:
            with self._counting:
                self._inside += 1
                self.most = max(self.most, self._inside)
            exchange.closing.wait(seconds)
            with self._counting:
                self._inside -= 1
            behaviour(exchange)

        return behave


@contextmanager
def teacher() -> Iterator[Teacher]:
    """Run one."""
    server = Teacher()
    try:
        yield server
    finally:
        server.close()


def written(**changes: Any) -> Behaviour:
    """Answer with a good lesson on Newton's third law, but for these changes of its form."""
    return answer({**lesson(), **changes})


def lesson() -> dict[str, Any]:
    """Return the lesson as a model would write it, made by the embedded author."""
    with transaction() as conn:
        topic = read_topic(conn, TOPIC)
    assert topic
    script = EmbeddedModel().write_script(Brief(topic=as_topic(topic)))
    return {"title": script.title, "scenes": [scene.model_dump(mode="json") for scene in script.scenes]}


def ask(style: str, count: int = len(INTERESTS)) -> list[Generation]:
    """Ask for so many lessons that nobody has written yet; the style keeps them apart from those of other tests."""
    wanted = [Generation(TOPIC, f"int_{interest}", style) for interest in INTERESTS[:count]]
    for number, generation in enumerate(wanted):
        request_id = f"{style}-{number}"
        with transaction():
            rows(_ASK, id=request_id, student=lessons.AMARA, **generation.args)
            understand.send(request_id=request_id)
    return wanted


def scripts(folder: Path, wanted: list[Generation]) -> int:
    """Count the scripts that are stored."""
    return sum((folder / "storage" / f"scripts/{generation.cache_key}.json").exists() for generation in wanted)


def writing(style: str) -> list[Any]:
    """List the unfinished jobs that write scripts of a style, with the seconds until each is due."""
    return rows(_WRITING, style=style)


def failed() -> int:
    """Count the requests that failed."""
    [(count,)] = rows(_FAILED)
    return int(count)
