"""The actor that delivers: a job for each event and endpoint, by name of its delivery."""

from __future__ import annotations

from typing import TYPE_CHECKING

from bellwork.db.webhooks import Holder
from bellwork.tasks.webhooks.sender import Sender, join_in
from bellwork.tasks.webhooks.tell import tell
from bellwork.workers import job
from bellwork.workers.actor import actor

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sqlalchemy import Connection

    from bellwork.db.webhooks import Again, Ended


@actor(
    actor_name="webhooks.deliver",
    callers="internal",
    queue_name="webhooks",
    max_retries=1_000,
    min_backoff=1_000,
    max_backoff=60_000,
    time_limit=120_000,
)
def deliver(delivery_id: int | None = None) -> None:
    """Deliver an event to an endpoint, without one whatever is due.

    One job of a process makes the calls of all: others give it theirs and end. If that process dies, its job runs
    again, and then looks for everything that is due.
    """
    attempt = job.current()
    wanted = delivery_id if attempt.number == 1 else None
    sender = join_in(wanted, lambda: Sender(Holder(attempt.id, attempt.number), _Jobs()))
    if sender is not None:
        sender.run()
        with job.transaction() as conn:
            sender.end(conn)


class _Jobs:
    """Sends what comes after a delivery."""

    def again(self, again: Iterable[Again]) -> None:
        for each in again:
            key = f"webhooks.deliver:{each.delivery}:{each.tries}"
            deliver.send_with_options(kwargs={"delivery_id": each.delivery}, run_at=each.at, unique_key=key)

    def ended(self, conn: Connection, ended: Iterable[Ended]) -> None:
        for each in ended:
            tell(conn, each)

    def left(self, deliveries: Iterable[int | None]) -> None:
        for each in deliveries:
            deliver.send(delivery_id=each)
