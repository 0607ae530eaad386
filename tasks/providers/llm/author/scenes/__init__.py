"""The seven parts of a lesson, in the order in which they are told."""

from __future__ import annotations

from bellwork.tasks.providers.llm.author.scenes.check import check
from bellwork.tasks.providers.llm.author.scenes.example import example
from bellwork.tasks.providers.llm.author.scenes.hook import hook
from bellwork.tasks.providers.llm.author.scenes.meaning import meaning
from bellwork.tasks.providers.llm.author.scenes.mechanism import mechanism
from bellwork.tasks.providers.llm.author.scenes.mistake import mistake
from bellwork.tasks.providers.llm.author.scenes.recap import recap

SCENES = (hook, meaning, mechanism, example, mistake, check, recap)

__all__ = ["SCENES"]
