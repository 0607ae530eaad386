"""Language: what a request means, and the script of a lesson.

protocol    the words: Topic, Interest, Brief, Understanding, Script
acceptance  the rules every script obeys
matcher     understanding by keywords, offline
author/     scripts from templates, offline, over knowledge/ and worlds/
study/      recaps of sessions and practice items, for study companions
openai_*    any server that speaks the OpenAI chat protocol
"""

from __future__ import annotations

from bellwork.tasks.providers.llm.acceptance import accept
from bellwork.tasks.providers.llm.embedded import EmbeddedModel
from bellwork.tasks.providers.llm.matcher import match_keywords
from bellwork.tasks.providers.llm.openai_model import OpenAIModel
from bellwork.tasks.providers.llm.protocol import (
    Brief,
    Interest,
    Kind,
    LanguageModel,
    Option,
    Scene,
    Script,
    Topic,
    Understanding,
)

__all__ = [
    "Brief",
    "EmbeddedModel",
    "Interest",
    "Kind",
    "LanguageModel",
    "OpenAIModel",
    "Option",
    "Scene",
    "Script",
    "Topic",
    "Understanding",
    "accept",
    "match_keywords",
]
