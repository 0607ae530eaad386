"""Which queue is which host's: a lab is reset, judged and released where it is."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from bellwork.workers import broker

if TYPE_CHECKING:
    from dramatiq.actor import Actor

#: Where a lab is made: any host whose workers hear it.
QUEUE = "labs"


def queue_of(host: str) -> str:
    """Name the queue of a host of labs."""
    return f"{QUEUE}-{host}"


def send_to(to: str, actor: Actor[Any, Any], unique_key: str | None = None, /, **args: Any) -> None:
    """Send a job to the workers of a host, in the open transaction."""
    options: dict[str, Any] = {"unique_key": unique_key} if unique_key else {}
    message = actor.message_with_options(kwargs=args, **options)
    broker.enqueue(message.copy(queue_name=queue_of(to)))
