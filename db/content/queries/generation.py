"""A generation belongs to a topic, an interest and a style: requests for the same share it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

#: The style of a request that names none (vividly.md, content_requests.style).
DEFAULT_STYLE = "conversational"


@dataclass(frozen=True)
class Generation:
    """What is made once for all requests for it."""

    topic_id: str
    interest_id: str
    style: str = DEFAULT_STYLE

    @property
    def cache_key(self) -> str:
        """Name the content: SHA-256 of topic, interest and style, each trimmed and in lower case."""
        parts = (part.strip().lower() for part in (self.topic_id, self.interest_id, self.style))
        return hashlib.sha256("|".join(parts).encode()).hexdigest()

    @property
    def content_id(self) -> str:
        """Name the row of generated_content."""
        return f"content_{self.cache_key[:16]}"

    @property
    def unique_key(self) -> str:
        """Name the one unfinished job that this generation may have in the whole fleet, whichever stage it is at."""
        return f"content.generation:{self.cache_key}"

    @property
    def args(self) -> dict[str, str]:
        """Return the arguments of a stage's job."""
        return {"topic_id": self.topic_id, "interest_id": self.interest_id, "style": self.style}
