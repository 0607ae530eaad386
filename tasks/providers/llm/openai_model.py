"""A language model behind an OpenAI-compatible server: no tools, texts passed as data, answers checked by schema."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.tasks.providers.llm import openai_prompts as prompts
from bellwork.tasks.providers.llm.acceptance import accept
from bellwork.tasks.providers.llm.openai_answers import Lesson, Reading
from bellwork.tasks.providers.llm.openai_chat import Chat
from bellwork.tasks.providers.llm.openai_understanding import judge, shortlist
from bellwork.tasks.providers.llm.study import accept_items, accept_recap, accept_summary, forms
from bellwork.tasks.providers.wire import Patience, persist

if TYPE_CHECKING:
    from bellwork.tasks.providers.llm.protocol import Brief, Interest, Script, Topic, Understanding
    from bellwork.tasks.providers.llm.study import Item, ItemOrder, Lecture, Recap, Talk

#: Below the 30 s and 120 s that their stages have (the request pipeline, tasks/content/README.md).
UNDERSTANDING = Patience(total=27, each=12)
WRITING = Patience(total=110, each=50)


class OpenAIModel:
    """A LanguageModel over HTTP. Every call ends within its patience and raises only the providers' errors."""

    def __init__(
        self,
        base_url: str,
        api_key: str | None,
        model: str,
        *,
        understanding: Patience = UNDERSTANDING,
        writing: Patience = WRITING,
    ) -> None:
        self._chat = Chat(base_url, api_key, model)
        self._understanding, self._writing = understanding, writing

    def understand(self, query: str, topics: list[Topic], interests: list[Interest]) -> Understanding:
        """Ask which of the catalogue's topics the request means; an id that was not offered is a BadAnswer."""
        offered, patience = shortlist(query, topics), self._understanding
        document = prompts.understanding_document(query, offered, interests)

        def ask(seconds: float) -> Understanding:
            reading = self._chat.fill(Reading, prompts.UNDERSTAND, document, seconds, patience.connect)
            return judge(reading, query, offered, interests)

        return persist(ask, patience)

    def write_script(self, brief: Brief) -> Script:
        """Ask for a lesson and hold it to the rules of acceptance; a lesson that breaks one is asked for again."""
        document, patience = prompts.script_document(brief), self._writing

        def ask(seconds: float) -> Script:
            lesson = self._chat.fill(Lesson, prompts.WRITE, document, seconds, patience.connect)
            return accept(lesson.as_script(brief), brief)

        return persist(ask, patience)

    def write_recap(self, talk: Talk) -> Recap:
        """Ask for a recap and hold it to the rules; one that breaks them is asked for again."""
        document, patience = forms.recap_document(talk), self._writing

        def ask(seconds: float) -> Recap:
            form = self._chat.fill(forms.RecapForm, forms.RECAP, document, seconds, patience.connect)
            return accept_recap(form.as_recap())

        return persist(ask, patience)

    def write_summary(self, lecture: Lecture) -> str:
        """Ask for a summary of a film; one that breaks the rules is asked for again."""
        document, patience = forms.lecture_document(lecture), self._writing

        def ask(seconds: float) -> str:
            form = self._chat.fill(forms.SummaryForm, forms.SUMMARY, document, seconds, patience.connect)
            return accept_summary(form.summary)

        return persist(ask, patience)

    def write_items(self, order: ItemOrder) -> list[Item]:
        """Ask once for items and keep those that obey the rules: who wants more asks again, with what there is."""
        document, patience = forms.items_document(order), self._writing

        def ask(seconds: float) -> list[Item]:
            form = self._chat.fill(forms.ItemsForm, forms.ITEMS, document, seconds, patience.connect)
            return accept_items(form.as_items(), order)

        return persist(ask, patience)
