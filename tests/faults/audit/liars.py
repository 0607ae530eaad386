"""Storages that do something else than they say: what is stored is damaged or missing, or nothing is answered."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.tasks import providers
from bellwork.tasks.providers.errors import StorageError

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class Liar:
    """A storage that says it has done what it was asked, and has done something else with Parquet files."""

    def __init__(self, lie: Callable[[bytes], bytes | None], only_ending: str = ".parquet") -> None:
        self._lie, self._ending = lie, only_ending
        self._true = providers.storage()

    def __getattr__(self, name: str) -> Any:
        """All else is told truly."""
        return getattr(self._true, name)

    def put(self, key: str, content: bytes | Path) -> str:
        """Store something else, or nothing."""
        whole = content if isinstance(content, bytes) else content.read_bytes()
        kept = self._lie(whole) if key.endswith(self._ending) else whole
        return self._true.url(key) if kept is None else self._true.put(key, kept)


class Away:
    """A storage that answers nothing but errors to some requests."""

    def __init__(self, *away: str) -> None:
        self._away = away

    def __getattr__(self, name: str) -> Any:
        """Refuse what is away."""
        if name in self._away:
            return self._refuse
        return getattr(providers.storage(), name)

    def _refuse(self, *_: object) -> None:
        raise StorageError("503 Service Unavailable: SlowDown")


def flipped(content: bytes, at: int) -> bytes:
    """Change one bit of a content."""
    whole = bytearray(content)
    whole[at] ^= 0x10
    return bytes(whole)


LIES: dict[str, Callable[[], Any]] = {
    "half of the file": lambda: Liar(lambda content: content[: len(content) // 2]),
    "the last byte missing": lambda: Liar(lambda content: content[:-1]),
    "an empty file": lambda: Liar(lambda _: b""),
    "a bit flipped in the data": lambda: Liar(lambda content: flipped(content, 200)),
    "a bit flipped in the footer": lambda: Liar(lambda content: flipped(content, len(content) - 30)),
    "nothing, in spite of a success": lambda: Liar(lambda _: None),
    "something else": lambda: Liar(lambda _: b"<html>Sign in</html>"),
    "a manifest that is no JSON": lambda: Liar(lambda _: b"<html>", ".json"),
    "a manifest of something else": lambda: Liar(lambda _: b'{"rows": 200}', ".json"),
    "no manifest": lambda: Liar(lambda _: None, ".json"),
    "503 at the upload": lambda: Away("put"),
    "503 at the reading": lambda: Away("fetch"),
    "503 at the reading of the manifest": lambda: Away("get"),
}
