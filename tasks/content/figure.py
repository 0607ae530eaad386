"""The figure that a topic's metadata names: an object of the storage, shown while the topic is explained."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.tasks.providers import MissingObjectError, StorageError, storage
from bellwork.workers import Permanent

if TYPE_CHECKING:
    from bellwork.db.content.queries import Named


def figure_of(topic: Named) -> bytes | None:
    """Return the figure's bytes, or None for a topic that names none.

    Raises Permanent for one that is no key or not there: another try cannot help, the catalogue has to be mended.
    """
    key = topic.metadata.get("figure")
    if key is None:
        return None
    if not _is_key(key):
        raise Permanent(f"the topic {topic.id!r} names the figure {str(key)[:80]!r}, which is no key of the storage")
    try:
        return storage().get(key)
    except MissingObjectError as missing:
        raise Permanent(f"the topic {topic.id!r} names the figure {key!r}, which is not in the storage") from missing


def _is_key(key: object) -> bool:
    if not isinstance(key, str):
        return False
    try:
        return bool(storage().url(key))
    except StorageError:
        return False
