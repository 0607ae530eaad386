"""A voice behind an OpenAI-compatible server (`POST /audio/speech`): bounded, and heard out before it is believed."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.tasks.providers.speech.spoken import spoken
from bellwork.tasks.providers.speech.wav import check_plausible, read_wav, write_wav
from bellwork.tasks.providers.wire import Patience, connect, persist, verdict, within
from bellwork.workers import budget

if TYPE_CHECKING:
    from bellwork.tasks.providers.speech.protocol import Audio

#: No more of an audio answer is read.
AUDIO_CAP = 64 * 1024 * 1024
#: Two rounds of scenes spoken side by side stay below the 60 s of the audio stage (tasks/content/README.md).
SPEAKING = Patience(total=26, each=15)


class OpenAIVoice:
    """A Voice over HTTP. Every call ends within its patience."""

    def __init__(
        self, base_url: str, api_key: str | None, model: str, voice: str, *, patience: Patience = SPEAKING
    ) -> None:
        self._url, self._api_key = f"{base_url.rstrip('/')}/audio/speech", api_key
        self._model, self._voice, self._patience = model, voice, patience
        self._who = f"the voice {voice!r} of {model!r}"

    def speak(self, text: str) -> Audio:
        """Have a text spoken; raises BadAnswer where what comes back cannot be that text, spoken."""
        words = spoken(text)

        def ask(seconds: float) -> Audio:
            with budget.call() as call:
                answer = within(seconds, self._who, lambda: self._post(words, seconds, call))
            return check_plausible(write_wav(*read_wav(answer, self._who)), words, self._who)

        return persist(ask, self._patience)

    async def _post(self, words: str, seconds: float, call: budget.Call) -> bytes:
        order = {"model": self._model, "voice": self._voice, "input": words, "response_format": "wav"}
        headers = {"authorization": f"Bearer {self._api_key}"} if self._api_key else {}
        async with connect(self._who, AUDIO_CAP, seconds, self._patience.connect) as http:
            answer = await http.post(self._url, json=order, headers=headers)
            if not answer.is_success:
                call.free()
                raise verdict(self._who, answer.status_code, answer.headers, answer.text)
            call.cost(sent=len(words))  # it is paid by the character, and no answer says more
            return answer.content
