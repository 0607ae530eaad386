"""Asks an OpenAI-compatible chat server to fill in a form; what comes back is that form, or an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar, cast

import httpx
from pydantic import BaseModel, ValidationError

from bellwork.tasks.providers.errors import BadAnswer, ProviderError, ProviderFailure, ProviderRefused
from bellwork.tasks.providers.extras import extra
from bellwork.tasks.providers.llm.openai_answers import Completion, strict_schema, usage_of
from bellwork.tasks.providers.text import plain
from bellwork.tasks.providers.wire import connect, verdict, within
from bellwork.workers import budget

if TYPE_CHECKING:
    import openai

Form = TypeVar("Form", bound=BaseModel)

#: No more of a text answer is read.
TEXT_CAP = 2 * 1024 * 1024


class Chat:
    """A chat server, the key to it, and the model that is asked."""

    def __init__(self, base_url: str, api_key: str | None, model: str) -> None:
        self._base_url, self._api_key, self._model = base_url, api_key or "none", model
        self._who = f"the language model {model!r}"

    def fill(self, form: type[Form], task: str, document: str, seconds: float, connect_seconds: float) -> Form:
        """Have a form filled in within `seconds`; raises the providers' errors and no others."""
        with extra("llm", "a language model over HTTP"):
            import openai  # noqa: F401, PLC0415 - takes a second, which must not count as the server's
        asked = {"messages": _messages(task, document), "response_format": _format(form)}
        with budget.call() as call:
            text = within(seconds, self._who, lambda: self._post(asked, seconds, connect_seconds, call))
            if usage := usage_of(text):
                call.cost(usage.prompt_tokens, usage.completion_tokens, usage.cost)
        return self._read(form, text)

    async def _post(self, asked: dict[str, Any], seconds: float, connect_seconds: float, call: budget.Call) -> str:
        import openai  # noqa: PLC0415 - loaded by `fill`

        async with connect(self._who, TEXT_CAP, seconds, connect_seconds) as http:
            # The client takes an httpx client as well as the httpx2 client that its annotation names.
            client = openai.AsyncOpenAI(
                base_url=self._base_url, api_key=self._api_key, http_client=cast("Any", http), max_retries=0
            )
            try:
                answer = await client.chat.completions.with_raw_response.create(model=self._model, **asked)
            except openai.APIStatusError as refused:
                call.free()
                raise verdict(
                    self._who, refused.status_code, refused.response.headers, refused.response.text
                ) from None  # the client's own error repeats the body, which may repeat the key
            except openai.APIConnectionError as broken:
                raise _cause(broken) from broken
            return str(answer.text)

    def _read(self, form: type[Form], text: str) -> Form:
        try:
            choice = Completion.model_validate_json(text).choices[0]
        except ValidationError as rubbish:
            raise BadAnswer(f"{self._who} answered no chat completion: {plain(text, 120)!r}") from rubbish
        if choice.message.refusal or choice.finish_reason == "content_filter":
            raise ProviderRefused(f"{self._who} declined: {plain(choice.message.refusal or 'content filter', 200)!r}")
        try:
            return form.model_validate_json(choice.message.content or "")
        except ValidationError as wrong:
            found = plain(choice.message.content or "", 120)
            raise BadAnswer(f"{self._who} did not fill in the form {form.__name__!r}: {found!r}") from wrong


def _messages(task: str, document: str) -> Any:
    return [{"role": "system", "content": task}, {"role": "user", "content": document}]


def _format(form: type[BaseModel]) -> Any:
    schema = {"name": form.__name__.lower(), "strict": True, "schema": strict_schema(form)}
    return {"type": "json_schema", "json_schema": schema}


def _cause(error: openai.APIConnectionError) -> Exception:
    """Return what happened below the client: our own verdict, or the transport's error."""
    cause = error.__cause__
    if isinstance(cause, (ProviderFailure, httpx.RequestError, httpx.InvalidURL)):
        return cause
    return ProviderError(f"the call broke off: {error}")
