"""The worker process as its parts see it: LedgerBroker without its file, which imports all of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from uuid import UUID

    from dramatiq.actor import Actor
    from dramatiq.middleware import Middleware
    from dramatiq.worker import Worker
    from sqlalchemy import Connection

    from bellwork.db.ledger import Claimed
    from bellwork.workers.attempt import Attempt, Holder, LedgerMessage
    from bellwork.workers.capacity import Capacity
    from bellwork.workers.finisher import Finisher
    from bellwork.workers.listener import Listener


class Taker(Protocol):
    """One queue's consumer as the rest of its process sees it."""

    @property
    def in_flight(self) -> Holder:
        """What of the queue runs here."""

    def hand_over(self, attempt: Attempt) -> bool:
        """Give a thread a known attempt, whose slot the caller holds; False where it cannot be run."""


class Engine(Protocol):
    """What the parts of a worker process share; LedgerBroker says what each does."""

    actors: dict[str, Actor[Any, Any]]
    middleware: list[Middleware]
    queues: dict[str, str]
    capacity: Capacity
    listener: Listener
    finisher: Finisher
    worker: Worker | None
    worker_id: UUID
    quarantined: set[str]

    @property
    def consumers(self) -> Mapping[str, Taker]:
        """The consumer of each queue that this process takes."""

    def lane(self, queue_name: str) -> str:
        """Name the lane of a queue."""

    def fit_actors(self) -> list[str]:
        """List the actors whose jobs are claimed here."""

    def get_actor(self, actor_name: str) -> Actor[Any, Any]:
        """Look an actor up by name."""

    def take(self, claim: Callable[[Connection], Claimed | None]) -> Attempt | None:
        """Claim a job in a transaction of its own."""

    def register_anew(self, gone: UUID) -> None:
        """Register under a new id."""

    def hand_back_waiting(self) -> None:
        """Hand back what was claimed and waits for a thread."""

    def is_watched(self) -> bool:
        """Tell whether another author's middleware hears of each message."""

    def acknowledge(self, message: LedgerMessage) -> None:
        """Call the hooks for the end of a message."""

    def emit_before(self, signal: str, *args: Any, **kwargs: Any) -> None:
        """Call the hooks that come before."""

    def emit_after(self, signal: str, *args: Any, **kwargs: Any) -> None:
        """Call the hooks that come after."""
