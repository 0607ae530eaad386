"""The catalogue in the words of the providers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.tasks.providers import Interest, Topic

if TYPE_CHECKING:
    from bellwork.db.content.queries import Named


def as_topic(named: Named) -> Topic:
    """Put a topic of the catalogue before a provider."""
    return Topic(id=named.id, title=named.name, description=named.description, metadata=named.metadata)


def as_interest(named: Named) -> Interest:
    """Put an interest of the catalogue before a provider."""
    return Interest(id=named.id, name=named.name, description=named.description, metadata=named.metadata)
