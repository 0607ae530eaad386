"""What course texts mean as numbers: which texts there are, what of them is embedded, and search among them.

plan     the view of texts and the function `search`, as every caller has them
contents a text as it is now, its pieces replaced, what is not embedded as it is now
"""

from __future__ import annotations

from bellwork.db.courses.embeddings.contents import Content, forget, outdated, read, replace, texts_of
from bellwork.db.courses.embeddings.search import Hit, search

__all__ = ["Content", "Hit", "forget", "outdated", "read", "replace", "search", "texts_of"]
