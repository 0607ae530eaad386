"""Embedders: a server that misbehaves, and hashed words, by which texts are near that share words."""

from __future__ import annotations

import math
import string
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bellwork.tasks.providers import DIMENSIONS, embeddings
from bellwork.tasks.providers.embeddings import HashedWords, OpenAIEmbeddings
from bellwork.tasks.providers.errors import BadAnswer, ProviderBusy, ProviderError, ProviderRefused
from tests.tasks.providers import openai_server as says

if TYPE_CHECKING:
    from bellwork.tasks.providers.wire import Patience
    from tests.tasks.providers.openai_server import Behaviour

ONE = [3.0, 4.0] + [0.0] * (DIMENSIONS - 2)


def answered(*vectors: Any, first: int = 0, **more: Any) -> Behaviour:
    """Answer with these embeddings, the last one first."""
    data = [{"index": first + at, "embedding": each} for at, each in enumerate(vectors)]
    return says.status(200, {"data": data[::-1], **more})


@pytest.fixture
def embedder(server: says.OpenAIServer, patience: Patience) -> OpenAIEmbeddings:
    """The adapter, pointed at the local server."""
    return OpenAIEmbeddings(server.base_url, "test-key", "text-embedding-3-small", patience=patience)


def near(one: str, other: str) -> float:
    """Return the cosine of two texts."""
    a, b = HashedWords().embed([one, other])
    return sum(x * y for x, y in zip(a, b, strict=True))


def test_embeddings_come_in_the_order_of_the_texts_at_length_one(
    server: says.OpenAIServer, embedder: OpenAIEmbeddings
) -> None:
    """Whatever their order and length in the answer; 1536 numbers are asked for."""
    server.behave(answered(ONE, ONE[::-1], usage={"total_tokens": 7}))
    first, second = embedder.embed(["one", "two"])
    request = server.requests[0]

    assert [0.6, 0.8] == first[:2]
    assert [0.8, 0.6] == second[-2:]
    assert ("/v1/embeddings", "Bearer test-key") == (request.path, request.headers["authorization"])
    assert (["one", "two"], DIMENSIONS) == (request.body["input"], request.body["dimensions"])


@pytest.mark.parametrize(
    ("behaviour", "error"),
    [
        (says.busy("7"), ProviderBusy),
        (says.status(401, {}), ProviderRefused),
        (says.status(500, {}), ProviderError),
        (says.hang_up, ProviderError),
        (says.raw(b"<html>Sign in</html>", "text/html"), BadAnswer),
        (answered(ONE, ONE), BadAnswer),
        (answered(ONE, first=1), BadAnswer),
        (answered([0.0] * DIMENSIONS), BadAnswer),
        (answered(["nan"] * DIMENSIONS), BadAnswer),
        (answered([1e308] * DIMENSIONS), BadAnswer),
        (answered([1.0] * 768), ProviderRefused),
        (says.Huge(), BadAnswer),
    ],
    ids=["busy", "refused", "fault", "hangs up", "a page", "two", "another", "zeros", "nan", "inf", "768", "200 MB"],
)
def test_what_are_no_embeddings(
    server: says.OpenAIServer, embedder: OpenAIEmbeddings, behaviour: Behaviour, error: type[Exception]
) -> None:
    """Each fault is one of the tree."""
    server.behave(behaviour)
    with pytest.raises(error):
        embedder.embed(["text"])


def test_no_text_asks_nobody(server: says.OpenAIServer, embedder: OpenAIEmbeddings) -> None:
    """And a fault that passes is tried again."""
    assert [] == embedder.embed([])
    server.behave(says.status(500, {}), answered(ONE))
    assert 1 == len(embedder.embed(["text"]))
    assert 2 == len(server.requests)


def test_without_a_service_words_are_hashed(database: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """EMBEDDINGS_BASE_URL chooses; without it nothing is asked for over a network."""
    assert database
    monkeypatch.delenv("EMBEDDINGS_BASE_URL", raising=False)
    assert isinstance(embeddings(), HashedWords)


def test_texts_are_near_that_share_words() -> None:
    """More than those that share none; written otherwise, and in another order, they are near still."""
    text = "An index makes queries faster, because the database reads fewer pages of the table."
    assert near(text, text) == pytest.approx(1)
    assert near(text, "Which index makes my queries faster?") > 0.4
    assert near(text, "Queries are faster where tables have indexes.") > 0.2
    assert abs(near(text, "Roman emperors were buried along the Appian road.")) < 0.15
    assert near("indexing", "indexes") > 0.2
    assert near("Fahrstra\u00dfe", "FAHRSTRASSE") == pytest.approx(1)


@given(st.text(max_size=300), st.text(string.ascii_letters + " ", max_size=300))
def test_any_text_has_an_embedding_of_length_one(wild: str, words: str) -> None:
    """Empty, of signs alone, of halves of letters: 1536 numbers, the same each time."""
    first, second = HashedWords().embed([wild, words])

    assert [DIMENSIONS, DIMENSIONS] == [len(first), len(second)]
    assert [pytest.approx(1), pytest.approx(1)] == [math.hypot(*first), math.hypot(*second)]
    assert [first, second] == HashedWords().embed([wild, words])
