"""What a provider's errors mean for a job here: come back later, never again, or try as the actor's options say."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from bellwork.tasks.providers import ProviderBusy, ProviderRefused
from bellwork.workers import Permanent, Snooze

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def outside() -> Iterator[None]:
    """Call a provider: busy snoozes the job and burns no retry, refused makes it dead, all else takes its retries."""
    try:
        yield
    except ProviderBusy as busy:
        raise Snooze(busy.retry_after, str(busy)) from busy
    except ProviderRefused as refused:
        raise Permanent(str(refused)) from refused
