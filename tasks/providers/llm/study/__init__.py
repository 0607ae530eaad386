"""What a study companion has written: recaps of sessions, and practice items.

protocol   what is ordered and what comes back       accept   the rules that both obey, whoever wrote them
recap      a recap from a session's own words        items    items from what the embedded author knows
summary    what a lesson's film is about
sums       items in numbers, as many as are wanted   forms    what an OpenAI-compatible model is asked
"""

from __future__ import annotations

from bellwork.tasks.providers.llm.study.accept import accept_items, accept_recap, accept_summary
from bellwork.tasks.providers.llm.study.items import write_items
from bellwork.tasks.providers.llm.study.protocol import Item, ItemOrder, Lecture, Recap, Talk
from bellwork.tasks.providers.llm.study.recap import write_recap
from bellwork.tasks.providers.llm.study.summary import write_summary

__all__ = [
    "Item",
    "ItemOrder",
    "Lecture",
    "Recap",
    "Talk",
    "accept_items",
    "accept_recap",
    "accept_summary",
    "write_items",
    "write_recap",
    "write_summary",
]
