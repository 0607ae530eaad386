"""What a provider's errors mean for a job: come back later, never again, or try as the actor's options say."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

from bellwork.tasks.providers import FigureUnreadable, ProviderBusy, ProviderRefused, ScriptRejected
from bellwork.workers import Permanent, Snooze

if TYPE_CHECKING:
    from collections.abc import Iterator

_UNSAFE = "not safe for students: "


@contextmanager
def outside() -> Iterator[None]:
    """Call a provider: busy snoozes the job and burns no retry, refused makes it dead, all else takes its retries."""
    try:
        yield
    except ProviderBusy as busy:
        raise Snooze(busy.retry_after, str(busy)) from busy
    except (ProviderRefused, FigureUnreadable) as refused:
        raise Permanent(str(refused)) from refused
    except ScriptRejected as rejected:
        if rejected.unsafe:
            raise Permanent(f"{_UNSAFE}{rejected}") from rejected
        raise


def is_retryable(reason: str) -> bool:
    """Tell whether a dead job's request may be taken up again: always, unless safety stands against it."""
    return not reason.startswith(_UNSAFE)
