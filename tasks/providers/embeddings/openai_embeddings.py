"""Embeddings of an OpenAI-compatible server (`POST /embeddings`): bounded, and held to a schema."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

from pydantic import BaseModel, Field, ValidationError

from bellwork.tasks.providers.embeddings.protocol import DIMENSIONS, normalised
from bellwork.tasks.providers.errors import BadAnswer, ProviderRefused
from bellwork.tasks.providers.text import plain
from bellwork.tasks.providers.wire import Patience, connect, persist, verdict, within
from bellwork.workers import budget

if TYPE_CHECKING:
    from collections.abc import Sequence

#: Texts of one call, and no more of its answer is read: 64 embeddings as text are 2 MB.
AT_ONCE, TEXT_CAP = 64, 8 * 1024 * 1024
_PATIENCE = Patience(total=90, each=40)
#: Models that can be asked for fewer numbers than they have (OpenAI's API reference, embeddings, `dimensions`).
_SHORTENED = "text-embedding-3-"
_Number = Annotated[float, Field(allow_inf_nan=False)]


class _Embedding(BaseModel):
    index: int
    embedding: list[_Number]


class _Usage(BaseModel):
    total_tokens: Annotated[int, Field(ge=0)] = 0


class _Answer(BaseModel):
    data: list[_Embedding]
    usage: _Usage | None = None


class OpenAIEmbeddings:
    """An Embedder over HTTP. Every call ends within its patience."""

    at_once = AT_ONCE

    def __init__(self, base_url: str, api_key: str | None, model: str, *, patience: Patience = _PATIENCE) -> None:
        self._url, self._api_key = f"{base_url.rstrip('/')}/embeddings", api_key
        self._model, self._patience = model, patience
        self.name = model
        self._who = f"the embedder {model!r}"

    def embed(self, texts: Sequence[str]) -> list[list[float]]:
        """Have texts embedded; raises BadAnswer where what comes back is not an embedding for each of them.

        A model whose embeddings have another number of numbers is refused: asking again would not help.
        """

        def ask(seconds: float) -> list[list[float]]:
            with budget.call() as call:
                answer = within(seconds, self._who, lambda: self._post(texts, seconds, call))
                found = self._read(answer)
                if found.usage:
                    call.cost(sent=found.usage.total_tokens)
            return self._in_order(found, len(texts))

        return persist(ask, self._patience) if texts else []

    async def _post(self, texts: Sequence[str], seconds: float, call: budget.Call) -> bytes:
        order: dict[str, Any] = {"model": self._model, "input": list(texts), "encoding_format": "float"}
        if self._model.startswith(_SHORTENED):
            order["dimensions"] = DIMENSIONS
        headers = {"authorization": f"Bearer {self._api_key}"} if self._api_key else {}
        async with connect(self._who, TEXT_CAP, seconds, self._patience.connect) as http:
            answer = await http.post(self._url, json=order, headers=headers)
            if not answer.is_success:
                call.free()
                raise verdict(self._who, answer.status_code, answer.headers, answer.text)
            return answer.content

    def _read(self, answer: bytes) -> _Answer:
        try:
            return _Answer.model_validate_json(answer)
        except ValidationError as rubbish:
            found = plain(answer[:500].decode(errors="replace"), 120)
            raise BadAnswer(f"{self._who} answered no embeddings: {found!r}") from rubbish

    def _in_order(self, found: _Answer, count: int) -> list[list[float]]:
        rows = {each.index: each.embedding for each in found.data}
        if len(found.data) != count or rows.keys() != set(range(count)):
            raise BadAnswer(f"{self._who} answered {len(found.data)} embeddings for {count} texts")
        for numbers in rows.values():
            if len(numbers) != DIMENSIONS:
                raise ProviderRefused(
                    f"{self._who} answers {len(numbers)} numbers for a text, where {DIMENSIONS} are kept; let"
                    " EMBEDDINGS_MODEL name another one"
                )
        try:
            return [normalised(rows[at]) for at in range(count)]
        except ValueError as empty:
            raise BadAnswer(f"{self._who} answered what has no direction: {empty}") from empty
