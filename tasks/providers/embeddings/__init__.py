"""What a text means as numbers: near texts have near embeddings.

protocol   Embedder, and what every embedding is
hashed     words, pairs of words and pieces of words, hashed, offline
openai_embeddings   any server that speaks OpenAI's protocol for embeddings
"""

from __future__ import annotations

from bellwork.tasks.providers.embeddings.hashed import HashedWords
from bellwork.tasks.providers.embeddings.openai_embeddings import OpenAIEmbeddings
from bellwork.tasks.providers.embeddings.protocol import DIMENSIONS, Embedder

__all__ = ["DIMENSIONS", "Embedder", "HashedWords", "OpenAIEmbeddings"]
