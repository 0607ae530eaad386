"""What the tests of the providers share: a local server, short patience, and a small catalogue."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import pytest

from bellwork.tasks.providers.llm import Brief, EmbeddedModel, Interest, OpenAIModel, Script, Topic, Understanding
from bellwork.tasks.providers.speech import Espeak, Narration, narrate
from bellwork.tasks.providers.wire import Patience
from tests.tasks.providers.openai_server import OpenAIServer

if TYPE_CHECKING:
    from collections.abc import Iterator

Ask = Callable[[str], Understanding]


@pytest.fixture
def server() -> Iterator[OpenAIServer]:
    """A local OpenAI-compatible server."""
    server = OpenAIServer()
    yield server
    server.close()


@pytest.fixture
def waits() -> list[float]:
    """The seconds that were waited between two tries."""
    return []


@pytest.fixture
def patience(waits: list[float]) -> Patience:
    """Patience that notes its waits instead of waiting."""
    return Patience(total=60, each=5, connect=2, sleep=waits.append)


@pytest.fixture
def topics() -> list[Topic]:
    """A small branch of a catalogue, from its root to its leaves."""
    return [
        Topic(id="topic_phys", title="Physics", description="High School Physics"),
        Topic(id="topic_phys_mechanics", title="Mechanics", description="Classical mechanics"),
        Topic(id="topic_phys_newton_laws", title="Newton's Laws", description="Three laws of motion"),
        Topic(id="topic_phys_newton_1", title="Newton's First Law", description="Inertia and balanced forces"),
        Topic(id="topic_phys_newton_2", title="Newton's Second Law", description="Force, mass and acceleration"),
        Topic(
            id="topic_phys_newton_3",
            title="Newton's Third Law",
            description="Action and reaction forces",
            metadata={"difficulty": "medium", "key_concepts": ["action force", "reaction force"]},
        ),
        Topic(id="topic_bio_photosynthesis", title="Photosynthesis", metadata={"keywords": ["chlorophyll", "plants"]}),
    ]


@pytest.fixture
def interests() -> list[Interest]:
    """The interests of the schema document's sample."""
    return [
        Interest(id="int_basketball", name="Basketball", description="Learn through basketball analogies"),
        Interest(id="int_music_production", name="Music Production", description="Learn through music and audio"),
        Interest(id="int_video_games", name="Video Games", description="Learn through gaming concepts"),
    ]


@pytest.fixture
def brief(topics: list[Topic], interests: list[Interest]) -> Brief:
    """The order of a lesson on Newton's third law, told with basketball."""
    return Brief(topic=topics[5], interest=interests[0])


@pytest.fixture(scope="session")
def lesson() -> Script:
    """A finished script."""
    topic = Topic(id="topic_phys_newton_3", title="Newton's Third Law", description="Action and reaction forces")
    return EmbeddedModel().write_script(Brief(topic=topic, interest=Interest(id="int_basketball", name="Basketball")))


@pytest.fixture(scope="session")
def narration(lesson: Script) -> Narration:
    """The finished script, spoken."""
    return narrate(lesson, Espeak())


@pytest.fixture
def model(server: OpenAIServer, patience: Patience) -> OpenAIModel:
    """The adapter, pointed at the local server."""
    return OpenAIModel(server.base_url, "test-key", "test-model", understanding=patience, writing=patience)


@pytest.fixture
def ask(model: OpenAIModel, topics: list[Topic], interests: list[Interest]) -> Ask:
    """Have the model understand a request."""
    return lambda query: model.understand(query, topics, interests)
