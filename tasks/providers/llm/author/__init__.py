"""The embedded author: seven scenes from the topic's own text, from what is known of it, and from a world to set it in.

write      brief to script
material   everything a lesson is made of, gathered once
naming     how the topic is called in a sentence
variety    the same choice for the same brief, another one for another
ease       how easy it is to follow, by its style
fit        two to four minutes, whatever came in
scenes/    one file for each part of the lesson
"""

from __future__ import annotations

from bellwork.tasks.providers.llm.author.write import write

__all__ = ["write"]
