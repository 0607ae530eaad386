"""A loop is one duty, repeated; it outlives every failure and says once that it began, and once that it is over."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from bellwork.db.outdated import through_migrations
from bellwork.db.wording import words_of

if TYPE_CHECKING:
    from collections.abc import Callable

log = structlog.get_logger("bellwork.scheduler")


@dataclass
class Loop:
    """A duty that is called every so many seconds, never twice at the same time."""

    name: str
    every: float
    duty: Callable[[], object]
    _trouble: str | None = field(default=None, init=False)

    def __call__(self) -> bool:
        """Do the duty once; False where it failed, which is logged when the kind of failure is new."""
        try:
            through_migrations(self.duty)()
        # Whatever one round raises, the next one is due: a scheduler that gave up would stop the whole fleet.
        except Exception as error:  # noqa: BLE001
            self._note(words_of(error), type(error).__name__)
            return False
        self._note("", None)
        return True

    def _note(self, words: str, trouble: str | None) -> None:
        if trouble == self._trouble:
            return
        if trouble:
            log.warning("loop fails and goes on trying", loop=self.name, every=self.every, error=words)
        else:
            log.info("loop works again", loop=self.name)
        self._trouble = trouble
