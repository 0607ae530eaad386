"""A transcriber behind an OpenAI-compatible server (`POST /audio/transcriptions`): bounded, and held to a schema."""

from __future__ import annotations

import wave
from contextlib import closing
from typing import TYPE_CHECKING, Annotated

from pydantic import BaseModel, Field, ValidationError

from bellwork.tasks.providers.errors import BadAnswer
from bellwork.tasks.providers.text import plain
from bellwork.tasks.providers.transcripts.protocol import Cue, in_order
from bellwork.tasks.providers.wire import Patience, connect, persist, verdict, within
from bellwork.workers import budget

if TYPE_CHECKING:
    from pathlib import Path

#: No more of an answer is read. An hour of speech has 60 kB of text.
TEXT_CAP = 2 * 1024 * 1024
#: Ten minutes of speech may take a busy server minutes; all tries for one piece stay far below the two hours of a
#: transcript's job, whose pieces are kept.
HEARING = Patience(total=400, each=190)
#: Seconds of a piece: 19 MB, where OpenAI's own service takes 25 MB (its API reference, audio/transcriptions).
PIECE = 600
_Second = Annotated[float, Field(ge=0, le=86_400, allow_inf_nan=False)]


class _Segment(BaseModel):
    start: _Second
    end: _Second
    text: str


class _Heard(BaseModel):
    """The answer as `verbose_json`; models that know no times answer with the text alone."""

    text: str
    segments: list[_Segment] | None = None


class OpenAIHearing:
    """A Transcriber over HTTP. Every call ends within its patience."""

    piece = PIECE

    def __init__(self, base_url: str, api_key: str | None, model: str, *, patience: Patience = HEARING) -> None:
        self._url, self._api_key = f"{base_url.rstrip('/')}/audio/transcriptions", api_key
        self._model, self._patience = model, patience
        self._who = f"the transcriber {model!r}"

    def hears(self, language: str) -> bool:
        """Say yes: it finds out by itself in which language is spoken."""
        return bool(language)

    def transcribe(self, wav: Path) -> list[Cue]:
        """Have a piece of sound transcribed; raises BadAnswer where what comes back is no transcript."""
        content = wav.read_bytes()
        with closing(wave.open(str(wav), "rb")) as sound:
            lasts = sound.getnframes() / sound.getframerate()

        def ask(seconds: float) -> list[Cue]:
            with budget.call() as call:
                answer = within(seconds, self._who, lambda: self._post(content, seconds, call))
                call.cost(sent=round(lasts))  # it is paid by the second, and not every answer says more
            return in_order(self._read(answer, lasts), lasts)

        return persist(ask, self._patience)

    async def _post(self, wav: bytes, seconds: float, call: budget.Call) -> bytes:
        order = {"model": self._model, "response_format": "verbose_json"}
        headers = {"authorization": f"Bearer {self._api_key}"} if self._api_key else {}
        async with connect(self._who, TEXT_CAP, seconds, self._patience.connect) as http:
            sound = {"file": ("speech.wav", wav, "audio/wav")}
            answer = await http.post(self._url, data=order, files=sound, headers=headers)
            if not answer.is_success:
                call.free()
                raise verdict(self._who, answer.status_code, answer.headers, answer.text)
            return answer.content

    def _read(self, answer: bytes, lasts: float) -> list[Cue]:
        try:
            heard = _Heard.model_validate_json(answer)
        except ValidationError as rubbish:
            found = plain(answer[:500].decode(errors="replace"), 120)
            raise BadAnswer(f"{self._who} answered no transcript: {found!r}") from rubbish
        if heard.segments is None:
            return [Cue(0.0, lasts, heard.text)]
        return [Cue(each.start, each.end, each.text) for each in heard.segments]
