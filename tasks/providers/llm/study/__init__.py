"""What a study companion has written: recaps of sessions, and practice items.

protocol   what is ordered and what comes back       accept   the rules that both obey, whoever wrote them
recap      a recap from a session's own words        items    items from what the embedded author knows
sums       items in numbers, as many as are wanted   forms    what an OpenAI-compatible model is asked
"""

from __future__ import annotations

from bellwork.tasks.providers.llm.study.accept import accept_items, accept_recap
from bellwork.tasks.providers.llm.study.items import write_items
from bellwork.tasks.providers.llm.study.protocol import Item, ItemOrder, Recap, Talk
from bellwork.tasks.providers.llm.study.recap import write_recap

__all__ = ["Item", "ItemOrder", "Recap", "Talk", "accept_items", "accept_recap", "write_items", "write_recap"]
