"""Who may type into a lab: whoever has its ticket, which ends when the lab does."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.settings import settings
from bellwork.tasks.providers.labs.ticket import PATH, ticket

if TYPE_CHECKING:
    from datetime import datetime


def terminal_url(container_id: str, expires_at: datetime) -> str | None:
    """Return where a browser reaches the terminal of a lab on this host, until it ends; None where none is offered."""
    chosen = settings()
    if not chosen.labs_terminal_url or not chosen.labs_key:
        return None
    return f"{chosen.labs_terminal_url}{PATH}/{ticket(container_id, expires_at, chosen.labs_key)}"


def renewed(url: str | None, container_id: str, expires_at: datetime) -> str | None:
    """Return the same address, which may be another host's, with a ticket that ends later."""
    key = settings().labs_key
    return f"{url.rpartition('/')[0]}/{ticket(container_id, expires_at, key)}" if url and key else None
