"""Translates a message that is sent into the job it stands for, and refuses what no worker could run."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from bellwork.db.ledger import NewJob
from bellwork.db.plain import plain_arguments
from bellwork.db.refusal import check_run_at, check_unique_key, is_unique_while_waiting
from bellwork.db.tracing import sent
from bellwork.workers.arguments import sent_arguments
from bellwork.workers.declaration import label_of
from bellwork.workers.pipelines import check as check_pipeline
from bellwork.workers.pipelines import unkept, written_stages

if TYPE_CHECKING:
    from dramatiq.broker import Broker
    from dramatiq.message import Message

#: Options of a message that the ledger has columns for, and what Retries notes on a message, for which it has, too.
_COLUMNS = {"unique_key", "unique", "priority", "run_at", "message_id", "job_id", "waiting_key", "put_off"} | {
    "retries",
    "traceback",
    "requeue_timestamp",
}


def as_job(broker: Broker, message: Message[Any], delay: int | None = None) -> NewJob:
    """Translate a message into the job it stands for; raises TypeError for arguments that do not fit.

    Once it is in the ledger, the message's option `job_id` is the job's id, or None where an unfinished job has
    its `unique_key`. A worker's message has the same message_id as the sender's.
    """
    options, actor = message.options, broker.actors.get(message.actor_name)
    kept: dict[str, Any] = {"message_id": message.message_id}
    if options:
        _check_options(broker, message)
        kept |= {name: value for name, value in written_stages(broker, options).items() if name not in _COLUMNS}
    if actor:
        args = sent_arguments(actor, message.args, message.kwargs)
    else:
        args = plain_arguments(message.actor_name, dict(message.kwargs))
    unique_key = options.get("unique_key")
    if context := sent(message.actor_name, message.queue_name, message.message_id, kept):
        kept |= context
    return NewJob(
        actor=message.actor_name,
        # Every argument is named, so that the ledger reads the same by whatever way it was enqueued.
        args=args,
        queue=message.queue_name,
        priority=options.get("priority", actor.priority if actor else 0),
        delay=(delay or 0) / 1000,
        run_at=options.get("run_at"),
        unique_key=unique_key,
        waiting=unique_key is not None and _is_unique_while_waiting(broker, message),
        options=kept,
        told=partial(options.__setitem__, "job_id"),
        declared=actor is not None,
        subject=label_of(actor, "subject") if actor else None,
        tenant=label_of(actor, "tenant") if actor else None,
    )


def _check_options(broker: Broker, message: Message[Any]) -> None:
    if lost := unkept(broker.middleware, message.options):
        msg = f"a message for {message.actor_name!r} cannot be sent: {lost}"
        raise ValueError(msg)
    check_pipeline(broker, message)
    check_run_at(message.options.get("run_at"))
    check_unique_key(message.options.get("unique_key"))


def _is_unique_while_waiting(broker: Broker, message: Message[Any]) -> bool:
    declared = broker.actors[message.actor_name].options if message.actor_name in broker.actors else {}
    return is_unique_while_waiting(message.options.get("unique", declared.get("unique", "unfinished")))
