"""So many letters a minute to one domain, fleet-wide: what is more waits for its place in line; others pass."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from threading import Lock

from bellwork.db.settings import settings
from bellwork.db.vocabulary.letter import Wait
from bellwork.workers import limits

_MINUTE = 60.0
_lock = Lock()
#: Until when the letters that this process has put off have places, by domain.
_line: dict[str, datetime] = {}


def full_until(domain: str) -> Wait | None:
    """Return until when a letter has to wait, where its domain has had MAIL_PER_DOMAIN in this minute; None: it may go.

    Each one that is put off gets a later place than the one before, at the rate that is allowed: so a hundred thousand
    letters to one domain are each looked at once or twice, and not in every minute.
    """
    most = settings().mail_per_domain
    if most is None or limits.may_begin(f"mail to {domain}", most):
        return None
    now = datetime.now(UTC)
    with _lock:
        # The minute that is full passes bit by bit: the first place is half of it away.
        first = now + timedelta(seconds=_MINUTE / 2)
        place = max(first, _line.get(domain, first)) + timedelta(seconds=_MINUTE / most)
        _line[domain] = place
        for passed in [each for each, until in _line.items() if until < now]:
            del _line[passed]
    return Wait(place, f"{most} letters went to its domain in this minute")
