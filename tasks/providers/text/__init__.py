"""Plain words: what strangers wrote, made harmless, cut to length and measured.

plain    cleaning: no markup, links, control or invisible characters
measure  sentences, spoken words and seconds
stems    words reduced until their forms compare equal
"""

from __future__ import annotations

from bellwork.tasks.providers.text.measure import seconds_to_say, sentences, shorten, spoken_words
from bellwork.tasks.providers.text.plain import plain
from bellwork.tasks.providers.text.stems import content_stems, stem, stems

__all__ = ["content_stems", "plain", "seconds_to_say", "sentences", "shorten", "spoken_words", "stem", "stems"]
